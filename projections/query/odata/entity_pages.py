"""Pages of entities, one entity, and their number: as of a version.

OData's order: null is less than any value, so it comes first in an ascending sort and last in a descending one.
"""

from dataclasses import replace
from typing import Any

from psycopg import AsyncConnection
from psycopg.sql import SQL

from domain.columns import Column
from domain.query.sort import SortKey
from domain.schema import Definition
from projections.query.compiled import CompiledQuery, QueryLimits, QuerySpec, compile_query
from projections.query.pages.cursors import PageCursor
from projections.query.pages.page_reader import PageReader, RecordPage
from projections.query.snapshots import Snapshot

_ENTITY = SQL("SELECT {row} FROM {table} WHERE id = %s AND version <= %s AND until > %s")


def compile_entity_query(definition: Definition, asked: QuerySpec, limits: QueryLimits) -> CompiledQuery:
    """The question with nulls where OData wants them. Raises BadRequest as `ask` does."""
    found = compile_query(definition, asked, limits)
    return replace(found, keys=tuple(_put_nulls_lowest(key) for key in found.keys))


async def read(
    connection: "AsyncConnection[Any]",
    snapshot: Snapshot,
    question: CompiledQuery,
    row: SQL,
    limit: int,
    skip: int = 0,
    cursor: PageCursor | None = None,
) -> RecordPage:
    """At most `limit` (1 or more) entities after `cursor`, without the first `skip` of them.

    Raises BadRequest `invalid-cursor` if the cursor does not fit the sort.
    """
    reading = PageReader(snapshot.table, question, row)
    return await reading.page(connection, [snapshot.id, "", None], snapshot.version, limit, cursor, skip)


async def read_one(connection: "AsyncConnection[Any]", snapshot: Snapshot, id: int, row: SQL) -> str | None:
    """The entity of a record as JSON; None if there is no such record at the snapshot's version."""
    query = _ENTITY.format(row=row, table=snapshot.table.identifier)
    found = await (await connection.execute(query, [id, snapshot.version, snapshot.version])).fetchone()
    return None if found is None else str(found[0])


def _put_nulls_lowest(key: SortKey) -> SortKey:
    """Where nulls may be; a required column has none, and is served by more indexes without them."""
    may_be_null = isinstance(key.column, Column) and not key.column.required
    return replace(key, nulls_first=may_be_null and not key.descending)
