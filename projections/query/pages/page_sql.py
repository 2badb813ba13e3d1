"""Build the statement that reads a page, or a record, together with the dataset's newest version.

PostgreSQL builds the JSON outside the subquery with the limit, so that it builds it for the page's records only. A
statement is built once per query and executed again with other versions and positions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from psycopg.sql import SQL, Composable, Identifier

from projections.models.datasets.dataset_reads import NEWEST_VERSION
from projections.query.compiled import CompiledQuery
from projections.sql.fragments import NO_CONDITION, SqlFragment, fill_template, join_fragments
from projections.sql.ordering import order_by_names_sql, ranges_after, sort_value_sql
from projections.sql.raw_statements import number_placeholders
from projections.sql.record_tables import RecordTable

RECORD_SEPARATOR = ",\n"
"""The text between two records as JSON. A record contains no line break, so a page can be split at it."""

_PAGE = SQL("SELECT ({newest}), count(*), {rows}, ARRAY[{keys}] FROM {page} AS page")
"""The rows and the keys have the page's order, because they are aggregated directly from it. The result has one row
more than the page, which the reader cuts off: numbering the rows would cost a third of the time."""

_RANGES = SQL("(SELECT * FROM ({ranges}) AS range LIMIT {one_more})")
"""The first rows of several ranges, which are read one after another."""

_RANGE = SQL("""(SELECT id, version, values{key_columns} FROM {table}
  WHERE version <= %s AND until > %s AND {where} ORDER BY {order} LIMIT {one_more} OFFSET %s)""")
"""One range of the sort order. PostgreSQL reads the ranges of a UNION ALL in turn, only as far as the page needs."""

_RECORD = SQL("""
SELECT newest, row, version
FROM (SELECT ({newest}) AS newest) AS head
LEFT JOIN (SELECT {row} AS row, version FROM {table} WHERE id = %s AND version <= %s AND until > %s) AS record ON true
""")
"""The newest version and one record; the record's columns are null if it does not exist."""


class ParameterSlot(Enum):
    """A parameter whose value is known when the statement is executed."""

    VERSION = "version"
    SKIP = "rows to skip"


@dataclass(frozen=True, slots=True)
class PageStatement:
    """SQL whose first parameters are those of `NEWEST_VERSION`. The others are in `slots`: a value, a slot for the
    version or the rows to skip, or a slot for a sort value of the record before the page."""

    text: bytes
    slots: tuple[object, ...]

    def parameters(
        self, newest_parameters: Sequence[object], version: int, after: Sequence[object], skip: int
    ) -> list[object]:
        filled = {ParameterSlot.VERSION: version, ParameterSlot.SKIP: skip}
        rest = [
            filled[slot]
            if isinstance(slot, ParameterSlot)
            else after[slot.index]
            if isinstance(slot, _KeySlot)
            else slot
            for slot in self.slots
        ]
        return [*newest_parameters, *rest]


@dataclass(frozen=True, slots=True)
class _KeySlot:
    index: int


def page_statement(
    table: RecordTable,
    query: CompiledQuery,
    row: Composable,
    separator: str | None,
    nulls: Sequence[bool] | None,
    limit: int,
) -> PageStatement:
    """The statement for a page. Its columns: newest version, number of rows, rows, sort values of the last row shown.

    The rows are one text with `separator` between them, or an array if it is None. `nulls` tells which sort values of
    the record before the page are null; None means the first page. The limit is part of the SQL text because the plan
    depends on it.
    """
    ranges: Sequence[SqlFragment] = [NO_CONDITION]
    if nulls is not None:
        ranges = ranges_after(query.sort_keys, [None if null else _KeySlot(at) for at, null in enumerate(nulls)])
    names = [Identifier(f"key {number}") for number in range(len(query.sort_keys))]
    values = [sort_value_sql(key) for key in query.sort_keys]
    selected = [
        fill_template(", {0} AS {1}", value, SqlFragment(name)) for value, name in zip(values, names, strict=True)
    ]
    key_columns = join_fragments("", selected)
    texts, slots = list[Composable](), list[object]()
    for range_condition in ranges:
        texts.append(_range_sql(table, query, range_condition, key_columns, names, limit))
        slots += [
            *key_columns.params,
            ParameterSlot.VERSION,
            ParameterSlot.VERSION,
            *query.where.params,
            *range_condition.params,
            ParameterSlot.SKIP,
        ]
    page = texts[0]
    if len(texts) > 1:
        page = _RANGES.format(ranges=SQL(" UNION ALL ").join(texts), one_more=limit + 1)
    text = _PAGE.format(
        newest=NEWEST_VERSION,
        rows=SQL("array_agg({})").format(row)
        if separator is None
        else SQL("string_agg({}, {})").format(row, separator),
        keys=SQL(", ").join([SQL("(array_agg({}::text))[{}]").format(name, limit) for name in names]),
        page=page,
    )
    return PageStatement(number_placeholders(text), tuple(slots))


def _range_sql(
    table: RecordTable,
    query: CompiledQuery,
    range_condition: SqlFragment,
    key_columns: SqlFragment,
    names: Sequence[Identifier],
    limit: int,
) -> Composable:
    return _RANGE.format(
        key_columns=key_columns.text,
        table=table.identifier,
        where=SQL(" AND ").join([query.where.text, range_condition.text]),
        order=order_by_names_sql(query.sort_keys, names),
        one_more=limit + 1,
    )


def record_statement(table: RecordTable, row: Composable) -> bytes:
    """The statement for one record. Its parameters: those of `NEWEST_VERSION`, the id, and the version twice."""
    return number_placeholders(_RECORD.format(newest=NEWEST_VERSION, row=row, table=table.identifier))
