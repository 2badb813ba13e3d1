"""Profile a column as of a version: how many values it has, how many are distinct, and how they are distributed.

One query per column counts each distinct value, on disk if the values do not fit into memory. All figures are derived
from these counts, so they are exact.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, LiteralString, assert_never

from psycopg import AsyncConnection
from psycopg.sql import SQL, Composable, Composed, Literal

from domain.columns import Column, ColumnType
from projections.query.compiled import CompiledQuery
from projections.query.snapshots import Snapshot
from projections.sql.value_sql import text_sql, value_sql

MAX_COMMON_VALUES = 10
HISTOGRAM_BINS = 20
MAX_STRING_LENGTH = 1000
"""The most characters read of a string. One more is selected to show that the string is longer."""

# `LIMIT ALL`: as in `aggregates.py`.
_PROFILE = SQL("""
WITH tally AS MATERIALIZED (
    SELECT value, count(*) AS times, {written} AS written
    FROM (SELECT {value} AS value, {text} AS text FROM {table}
          WHERE version <= %s AND until > %s AND {where} LIMIT ALL) AS cells
    GROUP BY value),
known AS (SELECT *, {shown} AS shown FROM tally WHERE value IS NOT NULL),
commonest AS (SELECT shown, times, value FROM known ORDER BY times DESC, value LIMIT {commonest})
SELECT coalesce(sum(times) FILTER (WHERE value IS NOT NULL), 0)::bigint,
       coalesce(sum(times) FILTER (WHERE value IS NULL), 0)::bigint,
       count(value),
       (SELECT shown FROM known ORDER BY value LIMIT 1),
       (SELECT shown FROM known ORDER BY value DESC LIMIT 1),
       {mean}, {shortest}, {longest},
       (SELECT array_agg(shown ORDER BY times DESC, value) FROM commonest),
       (SELECT array_agg(times ORDER BY times DESC, value) FROM commonest),
       {histogram}
FROM tally
""")
"""Counts each distinct value once and derives all figures from these counts."""

# Bins of equal width, starting at the lowest value. The last bin ends at the highest value. `div` is exact.
_HISTOGRAM = SQL("""(
WITH places AS MATERIALIZED (SELECT {place} AS place, times FROM known),
bounds AS (SELECT *, least(coalesce(div(high - low, nullif(width, 0)), 0), {bins} - 1) AS last
           FROM (SELECT low, high, {width} AS width
                 FROM (SELECT min(place) AS low, max(place) AS high FROM places) AS ends) AS measured),
filled AS (SELECT least(coalesce(div(place - low, nullif(width, 0)), 0), last) AS bin, sum(times) AS times
           FROM places, bounds GROUP BY bin)
SELECT array_agg(ARRAY[low + width * bin, CASE WHEN bin = last THEN high ELSE low + width * (bin + 1) END,
                       coalesce(times, 0)] ORDER BY bin)
FROM bounds CROSS JOIN LATERAL generate_series(0, last) AS bin LEFT JOIN filled USING (bin)
WHERE low IS NOT NULL)""")


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """The profile of one column. Values are text: numbers in full, strings cut after `MAX_STRING_LENGTH` + 1.

    `histogram` is a list of bins: start (inclusive), end (exclusive, except in the last bin) and count. The bounds
    are days since 1970-01-01 for dates and seconds since then for times.
    """

    filled: int
    missing: int
    distinct: int
    least: str | None
    greatest: str | None
    mean: Decimal | None
    shortest: int | None
    longest: int | None
    commonest: list[tuple[str, int]]
    histogram: list[tuple[Decimal, Decimal, int]] | None


async def read(
    connection: "AsyncConnection[Any]", snapshot: Snapshot, query: CompiledQuery, column: Column
) -> ColumnProfile:
    """The profile of `column` over the records that match the query."""
    parameters = [snapshot.version, snapshot.version, *query.where.params]
    row = await (await connection.execute(_profile_sql(snapshot, query, column), parameters)).fetchone()
    assert row is not None
    filled, missing, distinct, least, greatest, mean, shortest, longest, shown, times, bins = row
    if column.type in (ColumnType.BOOLEAN, ColumnType.JSON):
        least = greatest = None
    commonest = [] if column.type is ColumnType.JSON else list(zip(shown or (), times or (), strict=True))
    histogram = None if bins is None else [(low, high, int(number)) for low, high, number in bins]
    return ColumnProfile(filled, missing, distinct, least, greatest, mean, shortest, longest, commonest, histogram)


def _profile_sql(snapshot: Snapshot, query: CompiledQuery, column: Column) -> Composed:
    form = _type_expressions(column.type)
    histogram: Composable = SQL("NULL")
    if form.place is not None:
        width: LiteralString = (
            "(high - low) * 0.05" if column.type is ColumnType.DECIMAL else "div(high - low + 20, 20)"
        )
        histogram = _HISTOGRAM.format(place=SQL(form.place), width=SQL(width), bins=Literal(HISTOGRAM_BINS))
    is_number = column.type.is_number
    is_string = column.type is ColumnType.STRING
    return _PROFILE.format(
        value=_json_value_sql(column) if column.type is ColumnType.JSON else value_sql(column),
        text=text_sql(column),
        table=snapshot.table.identifier,
        where=query.where.text,
        written=SQL(form.written),
        shown=SQL(form.shown),
        commonest=Literal(MAX_COMMON_VALUES),
        mean=SQL(
            "trim_scale(sum(value * times) / sum(times) FILTER (WHERE value IS NOT NULL))" if is_number else "NULL"
        ),
        shortest=SQL("min(char_length(value))" if is_string else "NULL"),
        longest=SQL("max(char_length(value))" if is_string else "NULL"),
        histogram=histogram,
    )


@dataclass(frozen=True, slots=True)
class _ProfileExpressions:
    """SQL expressions for a type of column: how a value is shown, and its place on the number line (None: no place).

    `written` is an aggregate over equal values in the tally; the other expressions apply to rows of the tally.
    """

    written: LiteralString
    shown: LiteralString
    place: LiteralString | None


_DAYS: LiteralString = "div(extract(epoch FROM rowledger_instant(to_jsonb(value || 'T00:00:00Z'))), 86400)"


def _type_expressions(type: ColumnType) -> _ProfileExpressions:
    match type:
        case ColumnType.STRING:
            return _ProfileExpressions("NULL", "left(value, 1001)", None)
        case ColumnType.INTEGER:
            return _ProfileExpressions("NULL", "value::text", "value")
        case ColumnType.DECIMAL:
            return _ProfileExpressions("round(value, max(scale(value)))::text", "written", "value")
        case ColumnType.DATE:
            return _ProfileExpressions("NULL", "value", _DAYS)
        case ColumnType.DATETIME:
            return _ProfileExpressions("min(text)", "written", "floor(extract(epoch FROM value))")
        case ColumnType.BOOLEAN:
            return _ProfileExpressions("NULL", "value::text", None)
        case ColumnType.JSON:
            return _ProfileExpressions("NULL", "NULL::text", None)
        case _:
            assert_never(type)


def _json_value_sql(column: Column) -> Composable:
    """A JSON value with its quotes and digits; SQL null for null."""
    return SQL("""nullif((values->{})::text, 'null') COLLATE "C" """).format(Literal(column.position))
