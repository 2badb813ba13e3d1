"""Read pages of entities, or one entity, as of a version.

In OData null is less than any value: it comes first in an ascending sort and last in a descending one.
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
"""One record as of a version."""


def compile_entity_query(definition: Definition, spec: QuerySpec, limits: QueryLimits) -> CompiledQuery:
    """Compile a query that sorts nulls as OData requires. Raises BadRequest as `compile_query` does."""
    row = compile_query(definition, spec, limits)
    return replace(row, sort_keys=tuple(_put_nulls_lowest(key) for key in row.sort_keys))


async def read(
    connection: "AsyncConnection[Any]",
    snapshot: Snapshot,
    query: CompiledQuery,
    row: SQL,
    limit: int,
    skip: int = 0,
    cursor: PageCursor | None = None,
) -> RecordPage:
    """At most `limit` (1 or more) entities after `cursor`, without the first `skip` of them.

    Raises BadRequest `invalid-cursor` if the cursor does not fit the sort.
    """
    reader = PageReader(snapshot.table, query, row)
    return await reader.page(connection, [snapshot.id, "", None], snapshot.version, limit, cursor, skip)


async def read_one(connection: "AsyncConnection[Any]", snapshot: Snapshot, id: int, row: SQL) -> str | None:
    """The entity of a record as JSON; None if the record does not exist at the snapshot's version."""
    statement = _ENTITY.format(row=row, table=snapshot.table.identifier)
    entity = await (await connection.execute(statement, [id, snapshot.version, snapshot.version])).fetchone()
    return None if entity is None else str(entity[0])


def _put_nulls_lowest(key: SortKey) -> SortKey:
    """The key with nulls first or last as OData requires. A required column has no nulls: without a rule for nulls,
    more indexes can serve it."""
    may_be_null = isinstance(key.column, Column) and not key.column.required
    return replace(key, nulls_first=may_be_null and not key.descending)
