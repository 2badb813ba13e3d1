"""`rowledger demo`: import, query, edit and export real data in a temporary data folder."""

import io
import re
import shlex
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import typer

from application.commands.envelope import CommandEnvelope
from domain import exact_json
from domain.dataset.commands import UpdateRecord
from domain.schema import map_values_by_name
from interfaces.cli import dataset_names, session
from interfaces.cli.session import CliError
from interfaces.services import database, wiring
from interfaces.services.wiring import Service

app = typer.Typer()

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
FILE = "national-parks.csv"
DATASET = "national-parks"
SAND_DUNES = 27
EDIT = {"known_for": "The tallest dunes in North America, Medano Creek, elk"}

ONE_RECORD = f"--filter '$id eq {SAND_DUNES}' --fields name,known_for"
COMMANDS_BEFORE_EDIT = (
    ("A CSV file becomes a dataset.", f"rowledger import examples/{FILE} --key code"),
    (
        "Codes keep their zeros, decimals their digits.",
        f"rowledger query {DATASET} --sort state_fips,-area_km2 --limit 5 --fields code,name,state_fips,area_km2",
    ),
    (
        "Filter and sort.",
        f"rowledger query {DATASET} --filter \"area_km2 gt 5000 and contains(states,'Alaska')\" --sort -area_km2"
        " --fields name,states,area_km2",
    ),
)
COMMANDS_AFTER_EDIT = (
    ("The full history of a record: what changed, when and by whom.", f"rowledger history {DATASET} {SAND_DUNES}"),
    ("The record now …", f"rowledger query {DATASET} {ONE_RECORD}"),
    ("… and as it was before.", f"rowledger query {DATASET} --as-of 1 {ONE_RECORD}"),
    ("The versions of the dataset.", f"rowledger history {DATASET}"),
    ("Export the dataset as of any version.", f"rowledger export {DATASET} --as-of 1 --sort code | head -4"),
)

_VARYING_TEXT = (
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "…"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ"), "2026-01-31 12:00:00Z"),
)
"""Text that differs between runs (ids and times) and the text shown instead."""


@app.command(epilog="Example: rowledger demo")
def demo(context: typer.Context) -> None:
    """Show the main features on real data: import, query, edit, history, time travel, export."""
    if not (EXAMPLES / FILE).exists():
        raise CliError(f"{EXAMPLES / FILE} is missing: the demo needs the source tree's examples")
    with _temporary_service() as service, session.use_service(service):
        for title, line in COMMANDS_BEFORE_EDIT:
            _print_step(title, line, _run_line(context, line))
        _print_step("Edit one record: that makes version 2.", _edit_line(), _edit_record(service))
        for title, line in COMMANDS_AFTER_EDIT:
            _print_step(title, line, _run_line(context, line))


@contextmanager
def _temporary_service() -> Iterator[Service]:
    """A service on a temporary data folder, with its own database unless the settings name one."""
    with tempfile.TemporaryDirectory(prefix="rowledger-demo-") as folder:
        Path(folder).chmod(0o755)
        settings = replace(session.load_settings(), data=Path(folder))
        with wiring.open_service(settings) as service:
            yield service


def _print_step(title: str, line: str, result: str) -> None:
    typer.echo(f"# {title}\n$ {line}\n{_mask_varying_text(result).rstrip()}\n")


def _run_line(context: typer.Context, line: str) -> str:
    """The output of the command line; `| head -N` keeps the first N lines."""
    command, _, head = line.partition(" | head -")
    arguments = [_resolve_file(part) for part in shlex.split(command)[1:]]
    text = _capture_output(context, arguments)
    return "".join(text.splitlines(keepends=True)[: int(head)]) if head else text


def _capture_output(context: typer.Context, arguments: list[str]) -> str:
    captured = io.TextIOWrapper(io.BytesIO(), "utf-8", newline="", write_through=True)
    with redirect_stdout(captured):
        context.find_root().command.main(arguments, standalone_mode=False)
    captured.flush()
    captured.seek(0)
    return captured.read()


def _resolve_file(part: str) -> str:
    return str(EXAMPLES / FILE) if part == f"examples/{FILE}" else part


def _edit_line() -> str:
    body = exact_json.dumps({"values": EDIT})
    return f"curl -X PATCH --json '{body}' localhost:8000/v1/datasets/{DATASET}/records/{SAND_DUNES}"


def _edit_record(service: Service) -> str:
    """Execute the command the HTTP request would execute; return the same response body."""
    dataset_id = dataset_names.find_dataset(service, DATASET).id
    envelope = CommandEnvelope(dataset_id, UpdateRecord(SAND_DUNES, EDIT), wiring.local_context(str(uuid4())))
    with database.transaction(service.pool) as cursor:
        state = service.handler.execute_one(cursor, envelope).state
    record = state.records[SAND_DUNES]
    values = map_values_by_name(state.definition, record.values)
    return exact_json.dumps({"id": SAND_DUNES, "version": record.version, "values": values})


def _mask_varying_text(text: str) -> str:
    for pattern, shown in _VARYING_TEXT:
        text = pattern.sub(shown, text)
    return text
