"""Pages of a dataset's records: filtered, sorted, pinned to a version.

A page at a version never changes, so a cursor walks a fixed picture while others write.
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

_ESTIMATE = SQL("EXPLAIN (FORMAT JSON) SELECT FROM {table} WHERE version <= %s AND until > %s AND {where}")


@dataclass(frozen=True, slots=True)
class RecordPage:
    """The text of its records, the cursor of the next page (None at the end), and the
    dataset's newest version when it was read (None: it is not there any more)."""

    text: str
    next: str | None
    newest: int | None

    @property
    def records(self) -> list[str]:
        """The records one by one, of a page as JSON."""
        return self.text.split(RECORD_SEPARATOR) if self.text else []


@dataclass(frozen=True, slots=True)
class RecordCount:
    """How many records a question keeps; `exact` or only the planner's estimate."""

    number: int
    exact: bool


class PageReader:
    """A question about a dataset with known columns, ready to be asked at any version that has them.

    `row` is the SQL of what a record becomes, `between` what stands between two of them. What is `one_line` a row can
    be taken off a text of many.
    """

    def __init__(
        self,
        table: RecordTable,
        question: CompiledQuery,
        row: Composable,
        between: str = RECORD_SEPARATOR,
        one_line: bool = True,
    ) -> None:
        self.question = question
        self.table = table
        self.row = row
        self.between = between
        self._one_line = one_line
        self._statements: dict[tuple[tuple[bool, ...] | None, int], PageStatement] = {}

    @cached_property
    def served_by(self) -> str | None:
        """The index that alone decides how such a question is read, whatever its values; "": the primary key does.

        None: it depends on the values, so that each is planned for.
        """
        question = self.question
        if question.search is not None:
            return None
        specs = recommend_indexes(question)
        if not specs:
            return "" if question.tree is None and len(question.keys) == 1 else None
        is_whole = len(specs) == 1 and len(list(conjuncts(question.tree))) == len(specs[0].equal)
        return specs[0].text if is_whole else None

    async def page(
        self,
        connection: "AsyncConnection[Any]",
        newest: Sequence[object],
        version: int,
        limit: int,
        cursor: PageCursor | None = None,
        skip: int = 0,
    ) -> RecordPage:
        """The page of at most `limit` records at `version` after `cursor`, or without one after the first `skip`.

        `newest` are the parameters of `NEWEST`.

        Raises BadRequest `invalid-cursor` if the cursor does not fit the sort.
        """
        place = () if cursor is None else cursor.after
        statement = self._statement(None if cursor is None else place, limit)
        parameters = statement.parameters(newest, version, place, skip)
        try:
            row = await fetch_row(connection, statement.text, parameters)
        except (errors.DataError, errors.InvalidTextRepresentation):
            if cursor is None:
                raise
            raise cursors.invalid_cursor() from None
        assert row is not None
        head, found, rows, keys = row
        if found <= limit:
            return RecordPage(self._text(rows), None, head)
        return RecordPage(
            self._text(rows, limit), cursors.encode(PageCursor(version, self.question.asked, tuple(keys))), head
        )

    def _text(self, rows: Any, limit: int | None = None) -> str:
        """The rows as one text; with a limit there is one row more."""
        if rows is None:
            return ""
        if self._one_line:
            return str(rows) if limit is None else str(rows[: rows.rindex(self.between)])
        return self.between.join(rows[:limit])

    def _statement(self, place: Sequence[str | None] | None, limit: int) -> PageStatement:
        nulls = None if place is None else tuple(value is None for value in place)
        if (nulls, limit) not in self._statements:
            if nulls is not None and len(nulls) != len(self.question.keys):
                raise cursors.invalid_cursor()
            between = self.between if self._one_line else None
            made = page_statement(self.table, self.question, self.row, between, nulls, limit)
            self._statements[nulls, limit] = made
        return self._statements[nulls, limit]


async def count_records(
    connection: "AsyncConnection[Any]",
    snapshot: Snapshot,
    question: CompiledQuery,
    mode: CountMode,
    seconds: float = 0,
) -> RecordCount | None:
    """How many records the question keeps; without a condition the number is known.

    An exact count that takes longer than `seconds` (0: however long) becomes the planner's estimate.
    """
    if mode == "none":
        return None
    if mode == "exact" or question.keeps_all:
        try:
            return RecordCount(await count_exactly(connection, snapshot, question, seconds), exact=True)
        except errors.QueryCanceled:
            if not seconds:
                raise
    ((plan,),) = await _fetch_rows(connection, _ESTIMATE, snapshot, question)
    return RecordCount(int(plan[0]["Plan"]["Plan Rows"]), exact=False)


async def count_exactly(
    connection: "AsyncConnection[Any]", snapshot: Snapshot, question: CompiledQuery, seconds: float = 0
) -> int:
    """How many records the question keeps, exactly. Raises QueryCanceled after `seconds` (0: however long)."""
    if question.keeps_all:
        return snapshot.records
    if not seconds:
        ((number,),) = await _fetch_rows(connection, _COUNT, snapshot, question)
        return int(number)
    async with connection.transaction():
        limit = f"{seconds * 1000:.0f}ms"
        await connection.execute("SELECT set_config('statement_timeout', %s, true)", [limit])
        return await count_exactly(connection, snapshot, question)


async def _fetch_rows(
    connection: "AsyncConnection[Any]", query: SQL, snapshot: Snapshot, question: CompiledQuery
) -> list[tuple[Any, ...]]:
    text = query.format(table=snapshot.table.identifier, where=question.where.text)
    cursor = await connection.execute(text, [snapshot.version, snapshot.version, *question.where.params])
    return await cursor.fetchall()
