"""Read pages of a dataset's records: filtered, sorted and as of a version.

A page at a version never changes, so a client that follows cursors sees a fixed state while others write.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from psycopg import AsyncConnection, errors
from psycopg.sql import SQL, Composable

from projections.query.compiled import CompiledQuery
from projections.query.index_recommendations import conjuncts, recommend_indexes
from projections.query.pages import cursors
from projections.query.pages.cursors import PageCursor
from projections.query.pages.page_sql import RECORD_SEPARATOR, PageStatement, page_statement
from projections.query.snapshots import Snapshot
from projections.sql.raw_statements import fetch_row
from projections.sql.record_tables import RecordTable

CountMode = Literal["none", "exact", "estimate"]

_COUNT = SQL("SELECT count(*) FROM {table} WHERE version <= %s AND until > %s AND {where}")
"""The exact number of records that match the query."""

_ESTIMATE = SQL("EXPLAIN (FORMAT JSON) SELECT FROM {table} WHERE version <= %s AND until > %s AND {where}")
"""The plan of the same query; it contains PostgreSQL's estimate of the number of rows."""


@dataclass(frozen=True, slots=True)
class RecordPage:
    """The text of the page's records, the cursor of the next page (None on the last page), and the dataset's newest
    version when the page was read (None: the dataset no longer exists)."""

    text: str
    next: str | None
    newest: int | None

    @property
    def records(self) -> list[str]:
        """The separate records of a page that is JSON."""
        return self.text.split(RECORD_SEPARATOR) if self.text else []


@dataclass(frozen=True, slots=True)
class RecordCount:
    """The number of records that match a query: `exact`, or PostgreSQL's estimate."""

    number: int
    exact: bool


class PageReader:
    """Reads pages of one query, at any version that has the columns it was compiled for.

    `row` is the SQL expression for the text of a record and `separator` the text between two records. With
    `one_line`, no record contains the separator, so the last record can be cut off the text of a page.
    """

    def __init__(
        self,
        table: RecordTable,
        query: CompiledQuery,
        row: Composable,
        separator: str = RECORD_SEPARATOR,
        one_line: bool = True,
    ) -> None:
        self.query = query
        self.table = table
        self.row = row
        self.separator = separator
        self._one_line = one_line
        self._statements: dict[tuple[tuple[bool, ...] | None, int], PageStatement] = {}

    @cached_property
    def served_by(self) -> str | None:
        """The text of the only index that serves the query, for any values; "" means the primary key.

        None: the best plan depends on the values, so PostgreSQL must plan each execution.
        """
        query = self.query
        if query.search is not None:
            return None
        specs = recommend_indexes(query)
        if not specs:
            return "" if query.tree is None and len(query.sort_keys) == 1 else None
        is_whole = len(specs) == 1 and len(list(conjuncts(query.tree))) == len(specs[0].equal)
        return specs[0].text if is_whole else None

    async def page(
        self,
        connection: "AsyncConnection[Any]",
        newest_parameters: Sequence[object],
        version: int,
        limit: int,
        cursor: PageCursor | None = None,
        skip: int = 0,
    ) -> RecordPage:
        """The page of at most `limit` records at `version` after `cursor`, without the first `skip` of them.

        `newest_parameters` are those of `NEWEST_VERSION`. Raises BadRequest `invalid-cursor` if the cursor does not
        fit the sort.
        """
        after = () if cursor is None else cursor.after
        statement = self._statement(None if cursor is None else after, limit)
        parameters = statement.parameters(newest_parameters, version, after, skip)
        try:
            row = await fetch_row(connection, statement.text, parameters)
        except (errors.DataError, errors.InvalidTextRepresentation):
            if cursor is None:
                raise
            raise cursors.invalid_cursor() from None
        assert row is not None
        newest, count, rows, keys = row
        if count <= limit:
            return RecordPage(self._text(rows), None, newest)
        return RecordPage(
            self._text(rows, limit), cursors.encode(PageCursor(version, self.query.spec, tuple(keys))), newest
        )

    def _text(self, rows: Any, limit: int | None = None) -> str:
        """The rows as one text. With a limit, `rows` has one more row, which is cut off."""
        if rows is None:
            return ""
        if self._one_line:
            return str(rows) if limit is None else str(rows[: rows.rindex(self.separator)])
        return self.separator.join(rows[:limit])

    def _statement(self, after: Sequence[str | None] | None, limit: int) -> PageStatement:
        nulls = None if after is None else tuple(value is None for value in after)
        if (nulls, limit) not in self._statements:
            if nulls is not None and len(nulls) != len(self.query.sort_keys):
                raise cursors.invalid_cursor()
            separator = self.separator if self._one_line else None
            statement = page_statement(self.table, self.query, self.row, separator, nulls, limit)
            self._statements[nulls, limit] = statement
        return self._statements[nulls, limit]


async def count_records(
    connection: "AsyncConnection[Any]",
    snapshot: Snapshot,
    query: CompiledQuery,
    mode: CountMode,
    seconds: float = 0,
) -> RecordCount | None:
    """The number of records that match the query; None if `mode` is "none".

    If an exact count takes longer than `seconds` (0: no limit), PostgreSQL's estimate is returned instead.
    """
    if mode == "none":
        return None
    if mode == "exact" or query.keeps_all:
        try:
            return RecordCount(await count_exactly(connection, snapshot, query, seconds), exact=True)
        except errors.QueryCanceled:
            if not seconds:
                raise
    ((plan,),) = await _fetch_rows(connection, _ESTIMATE, snapshot, query)
    return RecordCount(int(plan[0]["Plan"]["Plan Rows"]), exact=False)


async def count_exactly(
    connection: "AsyncConnection[Any]", snapshot: Snapshot, query: CompiledQuery, seconds: float = 0
) -> int:
    """The exact number of records that match the query. Raises QueryCanceled after `seconds` (0: no limit)."""
    if query.keeps_all:
        return snapshot.records
    if not seconds:
        ((number,),) = await _fetch_rows(connection, _COUNT, snapshot, query)
        return int(number)
    async with connection.transaction():
        limit = f"{seconds * 1000:.0f}ms"
        await connection.execute("SELECT set_config('statement_timeout', %s, true)", [limit])
        return await count_exactly(connection, snapshot, query)


async def _fetch_rows(
    connection: "AsyncConnection[Any]", statement: SQL, snapshot: Snapshot, query: CompiledQuery
) -> list[tuple[Any, ...]]:
    text = statement.format(table=snapshot.table.identifier, where=query.where.text)
    cursor = await connection.execute(text, [snapshot.version, snapshot.version, *query.where.params])
    return await cursor.fetchall()
