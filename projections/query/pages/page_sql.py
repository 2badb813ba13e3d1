"""The one statement that reads a page, or a record, and the dataset's newest version beside it.

PostgreSQL builds the JSON, outside the limited subquery, so that it is built for the page's records only. Each
statement is put together once for a question and asked again with other versions, limits and places.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from psycopg.sql import SQL, Composable, Identifier

from projections.query.compiled import CompiledQuery
from projections.query.snapshot_cache import NEWEST_VERSION
from projections.sql.fragments import NO_CONDITION, SqlFragment
from projections.sql.ordering import order_by_sql, ranges_after
from projections.sql.raw_statements import number_placeholders
from projections.sql.record_tables import RecordTable
from projections.sql.value_sql import value_sql

RECORD_SEPARATOR = ",\n"
"""Stands between two records as JSON, which holds no line break: so a page can be taken apart again."""

_PAGE = SQL("SELECT ({newest}), count(*), {rows}, ARRAY[{keys}] FROM {page} AS page")
"""The rows and the keys come in the page's order, for nothing stands between them and it. There is one row more than
is shown, which whoever asks cuts off: to number the rows costs a third of the time."""

_RANGES = SQL("(SELECT * FROM ({stretches}) AS stretch LIMIT {one_more})")

_RANGE = SQL("""(SELECT id, version, values{key_columns} FROM {table}
  WHERE version <= %s AND until > %s AND {where} ORDER BY {order} LIMIT {one_more} OFFSET %s)""")
"""Stretches that follow one upon the other are read in turn, and no further than the page needs."""

_RECORD = SQL("""
SELECT newest, row, version
FROM (SELECT ({newest}) AS newest) AS head
LEFT JOIN (SELECT {row} AS row, version FROM {table} WHERE id = %s AND version <= %s AND until > %s) AS record ON true
""")


class ParameterSlot(Enum):
    """A parameter that is filled in when the statement is asked."""

    VERSION = "version"
    SKIP = "rows to leave out first"


@dataclass(frozen=True, slots=True)
class PageStatement:
    """SQL whose first parameters are those of `NEWEST`; in `slots` are the others, an index being that of the
    place to go on after."""

    text: bytes
    slots: tuple[object, ...]

    def parameters(self, newest: Sequence[object], version: int, place: Sequence[object], skip: int) -> list[object]:
        filled = {ParameterSlot.VERSION: version, ParameterSlot.SKIP: skip}
        rest = [
            filled[slot]
            if isinstance(slot, ParameterSlot)
            else place[slot.index]
            if isinstance(slot, _KeySlot)
            else slot
            for slot in self.slots
        ]
        return [*newest, *rest]


@dataclass(frozen=True, slots=True)
class _KeySlot:
    index: int


def page_statement(
    table: RecordTable,
    question: CompiledQuery,
    row: Composable,
    between: str | None,
    nulls: Sequence[bool] | None,
    limit: int,
) -> PageStatement:
    """A page of rows. Its columns: the newest version, the number of rows, the rows, the keys of the last one shown.

    The rows are one text with `between` between them, or an array without. `nulls` says which of the place's values
    are null; None: it is the first page. The limit stands in the text, for a plan depends on it.
    """
    begins: Sequence[SqlFragment] = [NO_CONDITION]
    if nulls is not None:
        begins = ranges_after(question.keys, [None if null else _KeySlot(at) for at, null in enumerate(nulls)])
    names = [Identifier(f"key {number}") for number in range(len(question.keys))]
    texts, slots = list[Composable](), list[object]()
    for begin in begins:
        texts.append(_range_sql(table, question, begin, names, limit))
        slots += [
            ParameterSlot.VERSION,
            ParameterSlot.VERSION,
            *question.where.params,
            *begin.params,
            ParameterSlot.SKIP,
        ]
    page = texts[0]
    if len(texts) > 1:
        page = _RANGES.format(stretches=SQL(" UNION ALL ").join(texts), one_more=limit + 1)
    text = _PAGE.format(
        newest=NEWEST_VERSION,
        rows=SQL("array_agg({})").format(row) if between is None else SQL("string_agg({}, {})").format(row, between),
        keys=SQL(", ").join([SQL("(array_agg({}::text))[{}]").format(name, limit) for name in names]),
        page=page,
    )
    return PageStatement(number_placeholders(text), tuple(slots))


def _range_sql(
    table: RecordTable, question: CompiledQuery, begin: SqlFragment, names: Sequence[Identifier], limit: int
) -> Composable:
    values = [value_sql(key.column) for key in question.keys]
    columns = [SQL(", {} AS {}").format(value, name) for value, name in zip(values, names, strict=True)]
    return _RANGE.format(
        key_columns=SQL("").join(columns),
        table=table.identifier,
        where=SQL(" AND ").join([question.where.text, begin.text]),
        order=order_by_sql(question.keys),
        one_more=limit + 1,
    )


def record_statement(table: RecordTable, row: Composable) -> bytes:
    """One record; its parameters are those of `NEWEST`, its id, and the version twice."""
    return number_placeholders(_RECORD.format(newest=NEWEST_VERSION, row=row, table=table.identifier))
