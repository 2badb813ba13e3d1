"""`rowledger projections`: shows the positions of read models, rebuilds them, and compares them with the log."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Annotated
from uuid import UUID

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from application.log import event_table, positions
from domain.errors import suggest_nearest
from interfaces.cli import dataset_names, options, output, session
from interfaces.services import database
from interfaces.services.read_model_status import ReadModelStatus, read_model_statuses
from interfaces.services.wiring import Service
from projections.follower_rebuild import rebuild_follower, verify_follower
from projections.models.registry import READ_MODELS, followers
from projections.rebuild import rebuild as rebuild_stream
from projections.verify import verify as verify_stream

Dataset = Annotated[str | None, typer.Argument(help="The dataset's slug or id. [dim]Default: all.[/dim]")]

app = typer.Typer(help="Inspect, rebuild and verify the read models.", no_args_is_help=True)


@app.command(epilog="Example: rowledger projections status")
def status(as_json: options.Json = False) -> None:
    """Show each read model's position in the log, its lag in events and seconds, and whether it is stopped."""
    with session.open_service() as service:
        found = read_model_statuses(service)
    rows = [_status_json(one) for one in found]
    if as_json:
        output.print_json(rows)
    else:
        output.print_table(tuple(rows[0]), [tuple(row.values()) for row in rows])


@app.command(epilog="Example: rowledger projections rebuild parks")
def rebuild(dataset: Dataset = None, as_json: options.Json = False) -> None:
    """Rebuild read models from events and chunks and swap them in, while reads and writes continue.

    Without a dataset, read models that follow the log are rebuilt too.
    """
    datasets: list[tuple[object, ...]] = []
    models: list[tuple[object, ...]] = []
    with session.open_service() as service:
        for dataset_id in _select_datasets(service, dataset):
            with _show_progress(f"Rebuilding {dataset_id}") as watch:
                report = rebuild_stream(service.source(), dataset_id, watch)
            datasets.append((report.stream_id, report.version, report.changes, _seconds(report.seconds)))
        for model in followers(READ_MODELS) if dataset is None else ():
            with _show_progress(f"Rebuilding {model.name}") as watch:
                done = rebuild_follower(service.source(), model, watch)
            models.append((done.name, done.position, done.events, _seconds(done.seconds)))
    _print_tables(
        as_json,
        datasets=(("dataset", "version", "changes", "seconds"), datasets),
        projections=(("projection", "position", "events", "seconds"), models),
    )


@app.command(epilog="Example: rowledger projections verify")
def verify(dataset: Dataset = None, as_json: options.Json = False) -> None:
    """Compare read models with events and chunks without changing anything; fail with the first difference."""
    datasets: list[tuple[object, ...]] = []
    models: list[tuple[object, ...]] = []
    differences: list[str] = []
    with session.open_service() as service:
        for dataset_id in _select_datasets(service, dataset):
            with _show_progress(f"Verifying {dataset_id}") as watch:
                found = verify_stream(service.source(), dataset_id, watch)
            datasets.append((dataset_id, found.version, found.rows, found.digest, _verdict(found.difference)))
            if found.difference is not None:
                differences.append(f"dataset {dataset_id}: {found.difference}")
        for model in followers(READ_MODELS) if dataset is None else ():
            with _show_progress(f"Verifying {model.name}") as watch:
                done = verify_follower(service.source(), model, watch)
            models.append((done.name, done.position, done.events, _verdict(done.difference)))
            if done.difference is not None:
                differences.append(f"{done.name}: {done.difference}")
    _print_tables(
        as_json,
        datasets=(("dataset", "version", "rows", "digest", "state"), datasets),
        projections=(("projection", "position", "events", "state"), models),
    )
    if differences:
        raise session.CliError("; ".join(differences))


@app.command(epilog="Example: rowledger projections resume audit")
def resume(
    name: Annotated[str, typer.Argument(help="The read model's name, as in `projections status`.")],
) -> None:
    """Resume a read model that stopped at an event it could not apply."""
    known = [model.name for model in followers(READ_MODELS)]
    if name not in known:
        raise session.CliError(f"no read model {name!r} follows the log: {suggest_nearest(name, known)}")
    with session.open_service() as service, database.transaction(service.pool) as cursor:
        resumed = positions.resume_follower(cursor, name)
    output.message_console().print(f"{name} tries again." if resumed else f"{name} was not stopped.")


def _select_datasets(service: Service, dataset: str | None) -> list[UUID]:
    """The ids of the named dataset (deleted or not), or of all datasets in the log."""
    with database.transaction(service.pool) as cursor:
        known = event_table.read_stream_ids(cursor)
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


def _print_tables(as_json: bool, **tables: tuple[tuple[str, ...], Sequence[tuple[object, ...]]]) -> None:
    """As JSON an object with a list for each table; for people the tables that have rows."""
    if as_json:
        output.print_json(
            {name: [_row_json(columns, row) for row in rows] for name, (columns, rows) in tables.items()}
        )
        return
    for columns, rows in tables.values():
        if rows:
            output.print_table(columns, rows)


def _seconds(value: float) -> Decimal:
    return Decimal(f"{value:.3f}")


def _verdict(difference: str | None) -> str:
    return "clean" if difference is None else "differs"


def _status_json(one: ReadModelStatus) -> dict[str, object]:
    return {
        "projection": one.progress.name,
        "kind": one.progress.kind,
        "position": one.progress.position,
        "head": one.progress.head,
        "lag": one.progress.lag,
        "lag_seconds": Decimal(str(one.progress.lag_seconds)),
        "stopped": None if one.failure is None else str(one.failure),
    }
