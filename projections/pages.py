"""Pages of a dataset's records: filtered, sorted, pinned to a version.

A page at a version never changes, so a cursor walks a fixed picture while others write.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from psycopg import AsyncConnection, errors
from psycopg.sql import SQL, Composable, Composed, Identifier

from domain.columns import Column
from projections import cursors
from projections.cursors import Cursor
from projections.lookup import Snapshot
from projections.ordering import after, order_by
from projections.questions import Question
from projections.row_json import record_json
from projections.sql_pieces import NO_CONDITION, Piece
from projections.value_sql import value_sql

CountMode = Literal["none", "exact", "estimate"]

_PAGE = SQL("""
SELECT {record}, ARRAY[{keys}]
FROM (SELECT id, version, values{key_columns} FROM {table}
      WHERE version <= %s AND until > %s AND {where}
      ORDER BY {order} LIMIT %s) AS page
""")

_COUNT = SQL("SELECT count(*) FROM {table} WHERE version <= %s AND until > %s AND {where}")

_ESTIMATE = SQL("EXPLAIN (FORMAT JSON) SELECT FROM {table} WHERE version <= %s AND until > %s AND {where}")


@dataclass(frozen=True, slots=True)
class Page:
    """Records as JSON texts, the cursor of the next page (None at the end), and the count if asked."""

    records: list[str]
    next: str | None
    count: int | None


async def read(
    connection: "AsyncConnection[Any]",
    snapshot: Snapshot,
    question: Question,
    columns: Sequence[Column],
    limit: int,
    cursor: Cursor | None = None,
) -> Page:
    """The page of at most `limit` records after `cursor`, with `columns` of each.

    Raises BadRequest `invalid-cursor` if the cursor does not fit the sort.
    """
    begin = NO_CONDITION
    if cursor is not None:
        if len(cursor.after) != len(question.keys):
            raise cursors.refused()
        begin = after(question.keys, cursor.after)
    query = _page(snapshot, question, columns, begin)
    parameters = [snapshot.version, snapshot.version, *question.where.params, *begin.params, limit + 1]
    try:
        rows = await (await connection.execute(query, parameters)).fetchall()
    except (errors.DataError, errors.InvalidTextRepresentation):
        if cursor is None:
            raise
        raise cursors.refused() from None
    following = None
    if len(rows) > limit:
        _, keys = rows[limit - 1]
        following = cursors.encode(Cursor(snapshot.version, question.asked, tuple(keys)))
    return Page([row[0] for row in rows[:limit]], following, None)


async def count(
    connection: "AsyncConnection[Any]", snapshot: Snapshot, question: Question, mode: CountMode
) -> int | None:
    """How many records the filter keeps; without a filter the number is known."""
    if mode == "none":
        return None
    if question.tree is None:
        return snapshot.records
    query = (_COUNT if mode == "exact" else _ESTIMATE).format(
        table=snapshot.table.identifier, where=question.where.text
    )
    parameters = [snapshot.version, snapshot.version, *question.where.params]
    row = await (await connection.execute(query, parameters)).fetchone()
    assert row is not None
    return int(row[0] if mode == "exact" else row[0][0]["Plan"]["Plan Rows"])


def _page(snapshot: Snapshot, question: Question, columns: Sequence[Column], begin: Piece) -> Composed:
    names = [Identifier(f"key {number}") for number in range(len(question.keys))]
    values = [value_sql(key.column) for key in question.keys]
    key_columns = [SQL(", {} AS {}").format(value, name) for value, name in zip(values, names, strict=True)]
    where: list[Composable] = [question.where.text, begin.text]
    return _PAGE.format(
        record=record_json(tuple(columns)),
        keys=SQL(", ").join([SQL("{}::text").format(name) for name in names]),
        key_columns=SQL("").join(key_columns),
        table=snapshot.table.identifier,
        where=SQL(" AND ").join(where),
        order=order_by(question.keys),
    )
