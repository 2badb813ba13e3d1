"""`rowledger projections`: how far the read models are; rebuild them; compare them with the log."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Annotated
from uuid import UUID

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from interfaces.cli import dataset_names, options, output, session
from interfaces.services import database
from interfaces.services.wiring import Service
from projections import rebuild as rebuilding
from projections.models.registry import READ_MODELS, followers
from projections.status import ModelStatus, read_status
from projections.verify import verify as verify_one

_SELECT_DATASETS = "SELECT originator_id FROM events WHERE originator_version = 1 ORDER BY notification_id"

Dataset = Annotated[str | None, typer.Argument(help="The dataset's slug or id. [dim]Default: all.[/dim]")]

app = typer.Typer(help="Look after the read models.", no_args_is_help=True)


@app.command(epilog="Example: rowledger projections status")
def status(as_json: options.Json = False) -> None:
    """Show each read model's position in the log and how far it lags behind, in events and in seconds."""
    with session.open_service() as service, database.transaction(service.pool) as cursor:
        found = [read_status(cursor, model, service.store.head()) for model in READ_MODELS]
    if as_json:
        output.print_json([_status_json(one) for one in found])
    else:
        output.print_table(tuple(_status_json(found[0])), [tuple(_status_json(one).values()) for one in found])


@app.command(epilog="Example: rowledger projections rebuild parks")
def rebuild(dataset: Dataset = None, as_json: options.Json = False) -> None:
    """Rebuild read models from events and chunks and swap them in; readers and writers go on.

    Without a dataset, read models that follow the log begin again too.
    """
    reports = []
    with session.open_service() as service:
        for dataset_id in _select_datasets(service, dataset):
            with _show_progress(f"Rebuilding {dataset_id}") as watch:
                report = rebuilding.rebuild(service.source(), dataset_id, watch)
            reports.append((report.stream_id, report.version, report.changes, Decimal(f"{report.seconds:.3f}")))
        if dataset is None:
            with database.transaction(service.pool) as cursor:
                for model in followers(READ_MODELS):
                    rebuilding.reset_follower(cursor, model)
    columns = ("dataset", "version", "changes", "seconds")
    if as_json:
        output.print_json([_row_json(columns, row) for row in reports])
    else:
        output.print_table(columns, reports)


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
    columns = ("dataset", "version", "rows", "digest", "state")
    if as_json:
        output.print_json({"datasets": [_row_json(columns, row) for row in verdicts]})
    else:
        output.print_table(columns, verdicts)
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


def _row_json(columns: Sequence[str], row: Sequence[object]) -> dict[str, object]:
    return {name: str(value) if isinstance(value, UUID) else value for name, value in zip(columns, row, strict=True)}


def _status_json(one: ModelStatus) -> dict[str, object]:
    return {
        "projection": one.name,
        "kind": one.kind,
        "position": one.position,
        "head": one.head,
        "lag": one.lag,
        "lag_seconds": Decimal(str(one.lag_seconds)),
    }
