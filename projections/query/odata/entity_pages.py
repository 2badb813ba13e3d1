"""Read pages of entities, or one entity, as of a version.

In OData null is less than any value: it comes first in an ascending sort and last in a descending one.
"""

from dataclasses import replace
from typing import Any

from psycopg import AsyncConnection
from psycopg.sql import SQL

from domain.columns import Column
from domain.errors import BadRequest, Unimplemented
from domain.query.filter.tree import Builtin
from domain.query.orderby import parse_orderby
from domain.query.search_expression import parse_search_expression
from domain.query.sort import SortKey
from domain.schema import Definition
from projections.query.compiled import CompiledQuery, QueryLimits, QuerySpec, QuerySyntax, compile_query
from projections.query.pages.cursors import PageCursor
from projections.query.pages.page_reader import PageReader, RecordPage
from projections.query.snapshots import Snapshot

_ENTITY = SQL("SELECT {row} FROM {table} WHERE id = %s AND version <= %s AND until > %s")
"""One record as of a version."""


def compile_entity_query(definition: Definition, spec: QuerySpec, limits: QueryLimits) -> CompiledQuery:
    """Compile a query whose sort and search are written as in OData, and that sorts nulls as OData requires.

    Raises BadRequest as `compile_query` does, or Unimplemented for functions that are not supported.
    """
    try:
        row = compile_query(definition, spec, limits, _SYNTAX)
    except BadRequest as refused:
        if refused.code == "function-not-offered":
            raise Unimplemented(refused.code, refused.detail, refused.faults) from None
        raise
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
    is_required = isinstance(key.by, Column) and key.by.required
    may_be_null = not (is_required or isinstance(key.by, Builtin))
    return replace(key, nulls_first=may_be_null and not key.descending)


def _parse_orderby(text: str, definition: Definition, limits: QueryLimits) -> tuple[SortKey, ...]:
    return parse_orderby(text, definition, limits.filter, limits.sort_columns)


_SYNTAX = QuerySyntax(_parse_orderby, parse_search_expression)
