"""`rowledger datasets`, `query` and `history`: read datasets, records and their versions."""

from collections.abc import Iterator, Sequence
from typing import Annotated

import typer

from domain.columns import Column
from interfaces.cli import options, output, session
from interfaces.cli.session import Connection
from interfaces.http.query_parameters import parse_record_id
from interfaces.http.reading import page_json, select_columns
from interfaces.services import representations
from interfaces.services.authentication import LOCAL_ACCESS
from projections.models.datasets import dataset_reads
from projections.models.versions import VersionRow
from projections.query import listings
from projections.query.compiled import QuerySpec, compile_query
from projections.query.pages import ranked_pages
from projections.query.pages.page_reader import RecordPage
from projections.query.records import record_history
from projections.query.records.record_history import HistoryEntry
from projections.query.snapshots import Snapshot

app = typer.Typer()

NO_LIMIT = 10**9


@app.command(epilog="Example: rowledger datasets")
def datasets(as_json: options.Json = False) -> None:
    """List the datasets, newest first."""
    rows = session.run_read(lambda reading: dataset_reads.list_datasets(reading, LOCAL_ACCESS, None, NO_LIMIT))
    if as_json:
        output.print_json([representations.listed_dataset_json(row) for row in rows])
        return
    columns = ("slug", "version", "records", "updated_at", "dataset_id")
    output.print_table(
        ("slug", "version", "records", "updated", "id"), [[row[column] for column in columns] for row in rows]
    )


@app.command(epilog="Example: rowledger query orders --filter \"city eq 'Oslo'\" --sort -price --limit 10")
def query(
    dataset: options.Dataset,
    filter: options.Filter = "",
    sort: options.Sort = "",
    search: options.Search = "",
    as_of: options.AsOf = None,
    limit: options.Limit = 50,
    fields: options.Fields = None,
    as_json: options.Json = False,
) -> None:
    """Show a dataset's records: filtered, sorted, as of any version."""

    async def read_page(reading: Connection) -> tuple[Snapshot, Sequence[Column], RecordPage]:
        snapshot = await session.find_snapshot(reading, dataset, as_of)
        query = compile_query(snapshot.definition, QuerySpec(filter, sort, search), session.load_query_limits())
        columns = select_columns(snapshot.definition, fields)
        return snapshot, columns, await ranked_pages.read(reading, snapshot, query, columns, limit)

    snapshot, columns, found = session.run_read(read_page)
    if as_json:
        typer.echo(page_json(found.records, found.next, limit, snapshot.version))
        return
    names = [column.name for column in columns]
    rows = [(id, *[values[name] for name in names]) for id, _, values in map(output.parse_record, found.records)]
    output.print_table(("$id", *names), rows)
    more = "; there are more (see --limit)" if found.next else ""
    typer.echo(f"\n{output.format_count(len(rows), 'record')} of version {snapshot.version}{more}")


@app.command(epilog="Example: rowledger history orders 17")
def history(
    dataset: options.Dataset,
    record: Annotated[str | None, typer.Argument(help="A record's number.", show_default=False)] = None,
    limit: options.Limit = 50,
    as_json: options.Json = False,
) -> None:
    """List the versions of a dataset, or of one record, newest first."""
    if record is None:
        _show_dataset_history(dataset, limit, as_json)
    else:
        _show_record_history(dataset, parse_record_id(record), limit, as_json)


def _show_dataset_history(dataset: str, limit: int, as_json: bool) -> None:
    async def read_rows(reading: Connection) -> list[VersionRow]:
        snapshot = await session.find_snapshot(reading, dataset)
        return await listings.versions(reading, snapshot, snapshot.version, limit)

    rows = session.run_read(read_rows)
    if as_json:
        output.print_json([representations.version_json(row) for row in rows])
        return
    columns = ("version", "type", "at", "actor", "added", "changed", "removed", "comment")
    output.print_table(columns, [[row[column] for column in columns] for row in rows])


def _show_record_history(dataset: str, record: int, limit: int, as_json: bool) -> None:
    async def read_rows(reading: Connection) -> list[HistoryEntry]:
        return await record_history.read(reading, await session.find_snapshot(reading, dataset), record)

    entries = session.run_read(read_rows)[:limit]
    if as_json:
        output.print_json([representations.history_entry_json(entry) for entry in entries])
        return
    rows = [row for entry in entries for row in _change_rows(entry)]
    output.print_table(("version", "type", "at", "actor", "column", "value"), rows)


def _change_rows(entry: HistoryEntry) -> Iterator[tuple[object, ...]]:
    """One row per changed column. Only the first row shows version, type, time and actor."""
    leading_cells: tuple[object, ...] = (entry.version, entry.type, entry.at, entry.actor)
    if entry.values is None:
        yield (*leading_cells, "(removed)", None)
        return
    for name in entry.changed:
        yield (*leading_cells, name, entry.values[name])
        leading_cells = (None,) * len(leading_cells)
