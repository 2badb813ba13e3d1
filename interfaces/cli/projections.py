"""`rowledger projections`: how far the read models are; make them anew; compare them with the log."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Annotated
from uuid import UUID

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from interfaces.cli import dataset_names, options, output, session
from interfaces.services.wiring import Service
from projections.rebuild import rebuild as rebuild_one
from projections.verify import verify as verify_one

INLINE_MODELS = ("records", "heads", "versions", "imports")
"""They change in the transaction that appends, all at once: what `versions` has seen, each has."""

_SELECT_DATASETS = "SELECT originator_id FROM events WHERE originator_version = 1 ORDER BY notification_id"

Dataset = Annotated[str | None, typer.Argument(help="The dataset's slug or id. [dim]Default: all.[/dim]")]

_SELECT_POSITION = "SELECT coalesce(max(position), 0) FROM versions"

app = typer.Typer(help="Look after the read models.", no_args_is_help=True)


@app.command(epilog="Example: rowledger projections status")
def status(as_json: options.Json = False) -> None:
    """Show each read model's position in the log and how far it lags behind."""
    with session.open_service() as service:
        with service.pool.connection() as connection:
            row = connection.execute(_SELECT_POSITION).fetchone()
        head = service.store.head()
    position = int(row[0]) if row else 0
    rows = [(name, "inline", position, head, head - position) for name in INLINE_MODELS]
    columns = ("projection", "kind", "position", "head", "lag")
    if as_json:
        output.print_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        output.print_table(columns, rows)


@app.command(epilog="Example: rowledger projections rebuild parks")
def rebuild(dataset: Dataset = None, as_json: options.Json = False) -> None:
    """Make read models anew from events and chunks and swap them in; readers and writers go on."""
    reports = []
    with session.open_service() as service:
        for dataset_id in _select_datasets(service, dataset):
            with _show_progress(f"Rebuilding {dataset_id}") as watch:
                report = rebuild_one(service.source(), dataset_id, watch)
            reports.append((report.dataset_id, report.version, report.changes, Decimal(f"{report.seconds:.3f}")))
    _print_report(("dataset", "version", "changes", "seconds"), reports, as_json)


@app.command(epilog="Example: rowledger projections verify")
def verify(dataset: Dataset = None, as_json: options.Json = False) -> None:
    """Compare read models with what events and chunks say; change nothing, fail naming the first difference."""
    verdicts, differences = [], []
    with session.open_service() as service:
        for dataset_id in _select_datasets(service, dataset):
            with _show_progress(f"Verifying {dataset_id}") as watch:
                found = verify_one(service.source(), dataset_id, watch)
            state = "clean" if found.difference is None else "differs"
            verdicts.append((dataset_id, found.version, found.rows, found.digest, state))
            if found.difference is not None:
                differences.append(f"dataset {dataset_id}: {found.difference}")
    _print_report(("dataset", "version", "rows", "digest", "state"), verdicts, as_json)
    if differences:
        raise session.CliError("; ".join(differences))


def _select_datasets(service: Service, dataset: str | None) -> list[UUID]:
    """The dataset named, deleted or not, or all that the log knows."""
    with service.pool.connection() as connection:
        known: list[UUID] = [row[0] for row in connection.execute(_SELECT_DATASETS).fetchall()]
    if dataset is None:
        return known
    by_id = [dataset_id for dataset_id in known if str(dataset_id) == dataset]
    return by_id or [dataset_names.find_dataset(service, dataset).id]


@contextmanager
def _show_progress(what: str) -> Iterator[Callable[[int], None]]:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TextColumn("{task.completed:,} changes"))
    with Progress(*columns, TimeElapsedColumn(), console=output.message_console(), transient=True) as progress:
        task = progress.add_task(what, total=None)
        yield lambda changes: progress.update(task, completed=changes)


def _print_report(columns: tuple[str, ...], rows: Sequence[tuple[object, ...]], as_json: bool) -> None:
    if as_json:
        output.print_json(
            [{name: _json_value(value) for name, value in zip(columns, row, strict=True)} for row in rows]
        )
    else:
        output.print_table(columns, rows)


def _json_value(value: object) -> object:
    return str(value) if isinstance(value, UUID) else value
