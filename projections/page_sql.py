"""The one statement that reads a page, or a record, and the dataset's newest version beside it.

PostgreSQL builds the JSON, outside the limited subquery, so that it is built for the page's records only. Each
statement is put together once for a question and asked again with other versions, limits and places.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from psycopg.sql import SQL, Composable, Identifier

from projections.ordering import order_by, stretches
from projections.questions import Question
from projections.raw import numbered
from projections.recent import NEWEST
from projections.record_tables import Table
from projections.sql_pieces import NO_CONDITION, Piece
from projections.value_sql import value_sql

BETWEEN = ",\n"
"""Stands between two records as JSON, which holds no line break: so a page can be taken apart again."""

_PAGE = SQL("""
SELECT ({newest}), count(*), string_agg({row}, {between} ORDER BY n) FILTER (WHERE n <= %s),
       max(ARRAY[{keys}]) FILTER (WHERE n = %s)
FROM (SELECT row_number() OVER () AS n, page.* FROM (SELECT * FROM ({stretches}) AS stretch LIMIT %s) AS page) AS page
""")

_STRETCH = SQL("""(SELECT id, version, values{key_columns} FROM {table}
  WHERE version <= %s AND until > %s AND {where} ORDER BY {order} LIMIT %s OFFSET %s)""")
"""Stretches that follow one upon the other are read in turn, and no further than the page needs."""

_RECORD = SQL("""
SELECT newest, row, version
FROM (SELECT ({newest}) AS newest) AS head
LEFT JOIN (SELECT {row} AS row, version FROM {table} WHERE id = %s AND version <= %s AND until > %s) AS record ON true
""")


class Slot(Enum):
    """A parameter that is filled in when the statement is asked."""

    VERSION = "version"
    LIMIT = "limit"
    ONE_MORE = "one more than the limit"
    SKIP = "rows to leave out first"


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL whose first parameters are those of `NEWEST`; in `slots` are the others, an index being that of the
    place to go on after."""

    text: bytes
    slots: tuple[object, ...]

    def parameters(
        self, newest: Sequence[object], version: int, limit: int, place: Sequence[object], skip: int
    ) -> list[object]:
        filled = {Slot.VERSION: version, Slot.LIMIT: limit, Slot.ONE_MORE: limit + 1, Slot.SKIP: skip}
        rest = [
            filled[slot] if isinstance(slot, Slot) else place[slot.index] if isinstance(slot, _Place) else slot
            for slot in self.slots
        ]
        return [*newest, *rest]


@dataclass(frozen=True, slots=True)
class _Place:
    index: int


def page_statement(
    table: Table, question: Question, row: Composable, between: str, nulls: Sequence[bool] | None
) -> Statement:
    """A page of rows with `between` between them.

    `nulls` says which of the place's values are null; None: it is the first page.
    """
    begins: Sequence[Piece] = [NO_CONDITION]
    if nulls is not None:
        begins = stretches(question.keys, [None if null else _Place(at) for at, null in enumerate(nulls)])
    names = [Identifier(f"key {number}") for number in range(len(question.keys))]
    values = [value_sql(key.column) for key in question.keys]
    key_columns = [SQL(", {} AS {}").format(value, name) for value, name in zip(values, names, strict=True)]
    texts, slots = list[Composable](), list[object]()
    for begin in begins:
        where = SQL(" AND ").join([question.where.text, begin.text])
        texts.append(
            _STRETCH.format(
                key_columns=SQL("").join(key_columns),
                table=table.identifier,
                where=where,
                order=order_by(question.keys),
            )
        )
        slots += [Slot.VERSION, Slot.VERSION, *question.where.params, *begin.params, Slot.ONE_MORE, Slot.SKIP]
    text = _PAGE.format(
        newest=NEWEST,
        row=row,
        between=between,
        keys=SQL(", ").join([SQL("{}::text").format(name) for name in names]),
        stretches=SQL(" UNION ALL ").join(texts),
    )
    return Statement(numbered(text), (Slot.LIMIT, Slot.LIMIT, *slots, Slot.ONE_MORE))


def record_statement(table: Table, row: Composable) -> bytes:
    """One record; its parameters are those of `NEWEST`, its id, and the version twice."""
    return numbered(_RECORD.format(newest=NEWEST, row=row, table=table.identifier))
