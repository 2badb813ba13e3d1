"""How large the values of an export are, column by column: what a typed file must know before its first row."""

from dataclasses import dataclass
from typing import Any, LiteralString

from psycopg import AsyncConnection
from psycopg.sql import SQL, Composable, Literal

from domain.columns import Column, ColumnType
from projections.query.exports import ExportSelection, text_cell_sql

_MEASURE = SQL("""
SELECT max(octet_length(values::text)), avg(octet_length(values::text))::bigint, ARRAY[{measures}]::bigint[]
FROM {table} WHERE {kept}
""")

_PRESENT = SQL("""
SELECT array_agg(DISTINCT cell) FROM {table}, unnest(ARRAY[{cells}]) AS cells (cell)
WHERE {kept} AND cell = ANY (%s)
""")

_DIGITS: LiteralString = "max(length(ltrim(split_part({0}, '.', 1), '-')))"
_SCALE: LiteralString = "(length({0}) - length(split_part({0}, '.', 1) || '.'))"
_FRACTION: LiteralString = "max(length(rtrim(substring({0} FROM '[.]([0-9]+)'), '0')))"
_OFFSET: LiteralString = "count(*) FILTER (WHERE {0} ~ '(Z|[+-][0-9][0-9]:[0-9][0-9])$')"
_OUTSIDE: LiteralString = """count(*) FILTER (WHERE NOT rowledger_instant(values->{1})
    BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999999+00')"""
_TOO_LARGE: LiteralString = """count(*) FILTER (WHERE NOT rowledger_number(values->{1})
    BETWEEN -9223372036854775808 AND 9223372036854775807)"""

_MEASURES_BY_TYPE: dict[ColumnType, tuple[LiteralString, ...]] = {
    ColumnType.INTEGER: (_DIGITS, _TOO_LARGE),
    ColumnType.DECIMAL: (_DIGITS, f"min(greatest({_SCALE}, 0))", f"max(greatest({_SCALE}, 0))"),
    ColumnType.DATETIME: ("count({0})", _FRACTION, _OFFSET, _OUTSIDE),
}


@dataclass(frozen=True, slots=True)
class ColumnMeasure:
    """Of a column's values that are not null: of integers `digits` and how many do not fit 64 bits; of decimals the
    most digits before the point, the least and the most behind it; of datetimes how many there are, the most
    significant digits of a second's fraction, how many have an offset, and how many lie in no year 1–9999 in UTC."""

    digits: int = 0
    too_great: int = 0
    least_scale: int = 0
    scale: int = 0
    values: int = 0
    fraction: int = 0
    offsets: int = 0
    outside: int = 0


_FIELDS_BY_TYPE: dict[ColumnType, tuple[str, ...]] = {
    ColumnType.INTEGER: ("digits", "too_great"),
    ColumnType.DECIMAL: ("digits", "least_scale", "scale"),
    ColumnType.DATETIME: ("values", "fraction", "offsets", "outside"),
}


@dataclass(frozen=True, slots=True)
class ExportMeasures:
    """The measure of each column, and the bytes of a record as JSON: at most, and on average."""

    columns: tuple[ColumnMeasure, ...]
    longest: int
    average: int


async def measure_export(connection: "AsyncConnection[Any]", selection: ExportSelection) -> ExportMeasures:
    """One pass over the records."""
    parts = [part for column in selection.columns for part in _column_measures_sql(column)]
    query = _MEASURE.format(
        measures=SQL(", ").join(parts), table=selection.snapshot.table.identifier, kept=selection.kept
    )
    row = await (await connection.execute(query, selection.params)).fetchone()
    assert row is not None
    longest, average, found = row
    numbers = iter(found)
    columns = tuple(
        ColumnMeasure(**{name: next(numbers) or 0 for name in _FIELDS_BY_TYPE.get(column.type, ())})
        for column in selection.columns
    )
    return ExportMeasures(columns, longest or 0, average or 0)


async def find_present_texts(
    connection: "AsyncConnection[Any]", selection: ExportSelection, candidates: tuple[str, ...]
) -> frozenset[str]:
    """Those of the candidates that some string of the export equals."""
    cells = [text_cell_sql(column) for column in selection.columns if column.type is ColumnType.STRING]
    if not cells:
        return frozenset()
    query = _PRESENT.format(
        cells=SQL(", ").join(cells), table=selection.snapshot.table.identifier, kept=selection.kept
    )
    row = await (await connection.execute(query, [*selection.params, list(candidates)])).fetchone()
    return frozenset(row[0] or ()) if row else frozenset()


def _column_measures_sql(column: Column) -> list[Composable]:
    place = Literal(column.position)
    return [SQL(measure).format(text_cell_sql(column), place) for measure in _MEASURES_BY_TYPE.get(column.type, ())]
