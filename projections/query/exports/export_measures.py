"""Measure the values of an export, column by column. A typed file needs these sizes before its first row."""

from dataclasses import dataclass
from typing import Any, LiteralString

from psycopg import AsyncConnection
from psycopg.sql import SQL, Composable, Literal

from domain.columns import Column, ColumnType
from projections.query.exports.export_rows import ExportSelection, text_cell_sql

_MEASURE_COLUMNS = SQL("""
SELECT max(octet_length(values::text)), avg(octet_length(values::text))::bigint, ARRAY[{measures}]::bigint[]
FROM {table} WHERE {condition}
""")
"""The largest and average size of a record, and the measures of all columns as one array."""

_FIND_PRESENT = SQL("""
SELECT array_agg(DISTINCT cell) FROM {table}, unnest(ARRAY[{cells}]) AS cells (cell)
WHERE {condition} AND cell = ANY (%s)
""")
"""The distinct string cells that equal one of the candidates."""

_COLUMNS_PER_PASS = 500
"""PostgreSQL compares each aggregate of a query with all others, which takes a minute for 5,000 columns."""

_DIGITS: LiteralString = "max(length(ltrim(split_part({0}, '.', 1), '-')))"
_SCALE: LiteralString = "(length({0}) - length(split_part({0}, '.', 1) || '.'))"
_FRACTION: LiteralString = "max(length(rtrim(substring({0} FROM '[.]([0-9]+)'), '0')))"
_WITH_OFFSET: LiteralString = "count(*) FILTER (WHERE {0} ~ '(Z|[+-][0-9][0-9]:[0-9][0-9])$')"
_OUT_OF_RANGE: LiteralString = """count(*) FILTER (WHERE NOT rowledger_instant(values->{1})
    BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999999+00')"""
_TOO_LARGE: LiteralString = """count(*) FILTER (WHERE NOT rowledger_number(values->{1})
    BETWEEN -9223372036854775808 AND 9223372036854775807)"""

_MEASURES_BY_TYPE: dict[ColumnType, tuple[LiteralString, ...]] = {
    ColumnType.INTEGER: (_DIGITS, _TOO_LARGE),
    ColumnType.DECIMAL: (_DIGITS, f"min(greatest({_SCALE}, 0))", f"max(greatest({_SCALE}, 0))"),
    ColumnType.DATETIME: ("count({0})", _FRACTION, _WITH_OFFSET, _OUT_OF_RANGE),
}


@dataclass(frozen=True, slots=True)
class ColumnMeasure:
    """The sizes of a column's values that are not null.

    Integers: the most `digits`, and how many values do not fit 64 bits (`too_large`). Decimals: the most `digits`
    before the point, the fewest (`min_scale`) and the most (`max_scale`) after it. Datetimes: the number of values,
    the most significant digits of a fraction of a second (`fraction_digits`), how many have an offset, and how many
    are outside the years 1 to 9999 in UTC (`out_of_range`).
    """

    digits: int = 0
    too_large: int = 0
    min_scale: int = 0
    max_scale: int = 0
    values: int = 0
    fraction_digits: int = 0
    with_offset: int = 0
    out_of_range: int = 0


_FIELDS_BY_TYPE: dict[ColumnType, tuple[str, ...]] = {
    ColumnType.INTEGER: ("digits", "too_large"),
    ColumnType.DECIMAL: ("digits", "min_scale", "max_scale"),
    ColumnType.DATETIME: ("values", "fraction_digits", "with_offset", "out_of_range"),
}


@dataclass(frozen=True, slots=True)
class ExportMeasures:
    """The measures of each column, and the largest and average size of a record as JSON, in bytes."""

    columns: tuple[ColumnMeasure, ...]
    max_bytes: int
    average_bytes: int


async def measure_export(connection: "AsyncConnection[Any]", selection: ExportSelection) -> ExportMeasures:
    """Measure all columns, many in one pass over the records."""
    columns: list[ColumnMeasure] = []
    max_bytes = average_bytes = 0
    for start in range(0, len(selection.columns), _COLUMNS_PER_PASS):
        measured = selection.columns[start : start + _COLUMNS_PER_PASS]
        parts = [part for column in measured for part in _column_measures_sql(column)]
        statement = _MEASURE_COLUMNS.format(
            measures=SQL(", ").join(parts), table=selection.snapshot.table.identifier, condition=selection.condition
        )
        row = await (await connection.execute(statement, selection.params)).fetchone()
        assert row is not None
        max_bytes, average_bytes, numbers = row[0] or 0, row[1] or 0, iter(row[2])
        columns += [
            ColumnMeasure(**{name: next(numbers) or 0 for name in _FIELDS_BY_TYPE.get(column.type, ())})
            for column in measured
        ]
    return ExportMeasures(tuple(columns), max_bytes, average_bytes)


async def find_present_texts(
    connection: "AsyncConnection[Any]", selection: ExportSelection, candidates: tuple[str, ...]
) -> frozenset[str]:
    """Those `candidates` that occur as a value in a string column of the export."""
    cells = [text_cell_sql(column) for column in selection.columns if column.type is ColumnType.STRING]
    if not cells:
        return frozenset()
    statement = _FIND_PRESENT.format(
        cells=SQL(", ").join(cells), table=selection.snapshot.table.identifier, condition=selection.condition
    )
    row = await (await connection.execute(statement, [*selection.params, list(candidates)])).fetchone()
    return frozenset(row[0] or ()) if row else frozenset()


def _column_measures_sql(column: Column) -> list[Composable]:
    position = Literal(column.position)
    return [
        SQL(measure).format(text_cell_sql(column), position) for measure in _MEASURES_BY_TYPE.get(column.type, ())
    ]
