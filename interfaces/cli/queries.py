"""`rowledger datasets`, `query` and `history`: what there is, now and then."""

from collections.abc import Iterator, Sequence
from typing import Annotated

import typer

from domain.columns import Column
from interfaces.cli import options, output, session
from interfaces.cli.session import Connection
from interfaces.http.query_parameters import record_id
from interfaces.http.reading import chosen, page
from interfaces.services import representations, wiring
from projections.query import listings, record_history
from projections.query.compiled import Asked, ask
from projections.query.pages import ranked_pages
from projections.query.pages.page_reader import Page
from projections.query.record_history import Entry
from projections.query.snapshots import Snapshot

app = typer.Typer()

ALL = 10**9


@app.command(epilog="Example: rowledger datasets")
def datasets(as_json: options.Json = False) -> None:
    """List the datasets, newest first."""
    rows = session.read(lambda reading: listings.datasets(reading, wiring.WORKSPACE, None, ALL))
    if as_json:
        output.json([representations.listed_dataset(row) for row in rows])
        return
    columns = ("slug", "version", "records", "updated_at", "dataset_id")
    output.table(
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

    async def found_by(reading: Connection) -> tuple[Snapshot, Sequence[Column], Page]:
        snapshot = await session.find(reading, dataset, as_of)
        question = ask(snapshot.definition, Asked(filter, sort, search), session.limits())
        columns = chosen(snapshot.definition, fields)
        return snapshot, columns, await ranked_pages.read(reading, snapshot, question, columns, limit)

    snapshot, columns, found = session.read(found_by)
    if as_json:
        typer.echo(page(found.records, found.next, limit, snapshot.version))
        return
    names = [column.name for column in columns]
    rows = [(id, *[values[name] for name in names]) for id, _, values in map(output.record, found.records)]
    output.table(("$id", *names), rows)
    more = "; there are more (see --limit)" if found.next else ""
    typer.echo(f"\n{output.number(len(rows), 'record')} of version {snapshot.version}{more}")


@app.command(epilog="Example: rowledger history orders 17")
def history(
    dataset: options.Dataset,
    record: Annotated[str | None, typer.Argument(help="A record's number.", show_default=False)] = None,
    limit: options.Limit = 50,
    as_json: options.Json = False,
) -> None:
    """List the versions of a dataset, or of one record, newest first."""
    if record is None:
        _dataset_history(dataset, limit, as_json)
    else:
        _record_history(dataset, record_id(record), limit, as_json)


def _dataset_history(dataset: str, limit: int, as_json: bool) -> None:
    async def ask(reading: Connection) -> list[listings.Row]:
        snapshot = await session.find(reading, dataset)
        return await listings.versions(reading, snapshot, snapshot.version, limit)

    rows = session.read(ask)
    if as_json:
        output.json([representations.version(row) for row in rows])
        return
    columns = ("version", "type", "at", "actor", "added", "changed", "removed", "comment")
    output.table(columns, [[row[column] for column in columns] for row in rows])


def _record_history(dataset: str, record: int, limit: int, as_json: bool) -> None:
    async def ask(reading: Connection) -> list[Entry]:
        return await record_history.read(reading, await session.find(reading, dataset), record)

    entries = session.read(ask)[:limit]
    if as_json:
        output.json([representations.history_entry(entry) for entry in entries])
        return
    rows = [row for entry in entries for row in _changes(entry)]
    output.table(("version", "type", "at", "actor", "column", "value"), rows)


def _changes(entry: Entry) -> Iterator[tuple[object, ...]]:
    """A row a changed column; what is the same for all of them stands in the first."""
    lead: tuple[object, ...] = (entry.version, entry.type, entry.at, entry.actor)
    if entry.values is None:
        yield (*lead, "(removed)", None)
        return
    for name in entry.changed:
        yield (*lead, name, entry.values[name])
        lead = (None,) * len(lead)
