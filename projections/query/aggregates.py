"""Aggregate groups of records, as of a version: counts, sums, means and extremes, exact to the last digit.

Each page computes all groups, sorts them and returns a part of them. Pages use an offset: the groups of a version and
their order never change.
"""

from dataclasses import dataclass
from typing import Any, assert_never

from psycopg import AsyncConnection
from psycopg.sql import SQL, Composable, Composed, Identifier

from domain.columns import Column, ColumnType
from domain.query.aggregation import (
    AggregateFunction,
    Aggregation,
    GroupingTerm,
    MeasureTerm,
    get_column_type,
)
from domain.query.filter.tree import Builtin, Call, Field
from projections.query.compiled import CompiledQuery
from projections.query.snapshots import Snapshot
from projections.sql.extremes import extreme_sql
from projections.sql.filter_sql import filter_sql
from projections.sql.json_sql import object_json, value_json
from projections.sql.value_sql import text_sql, value_sql

# `LIMIT ALL` keeps the cells in a subquery of their own. PostgreSQL then computes each cell once, also in parallel,
# and hashes the groups. Without it the planner would assume that all values are different and sort the records.
_PAGE = SQL("""
SELECT concat('{{"group":', {group}, ',"measures":', {measures}, '}}')
FROM (SELECT * FROM (
          SELECT {results}
          FROM (SELECT {inputs} FROM {table} WHERE version <= %s AND until > %s AND {where} LIMIT ALL) AS cells
          GROUP BY {keys}) AS groups
      ORDER BY {order} OFFSET %s LIMIT %s) AS page
""")
"""Computes all groups, then sorts them and cuts out the page."""


@dataclass(frozen=True, slots=True)
class GroupPage:
    """Groups as JSON texts, and whether more groups follow."""

    groups: list[str]
    has_more: bool


async def read(
    connection: "AsyncConnection[Any]",
    snapshot: Snapshot,
    query: CompiledQuery,
    aggregation: Aggregation,
    limit: int,
    skipped: int = 0,
) -> GroupPage:
    """At most `limit` groups of the records that match the query, after the first `skipped` groups.

    Without group columns all records form one group, even if there are no records.
    """
    parameters = [snapshot.version, snapshot.version, *query.where.params, skipped, limit + 1]
    rows = await (await connection.execute(_page_sql(snapshot, query, aggregation), parameters)).fetchall()
    return GroupPage([row[0] for row in rows[:limit]], len(rows) > limit)


def _page_sql(snapshot: Snapshot, query: CompiledQuery, aggregation: Aggregation) -> Composed:
    groups, measures = aggregation.groups, aggregation.measures
    names: dict[GroupingTerm | MeasureTerm, str] = {group: f"group {number}" for number, group in enumerate(groups)}
    names |= {measure: f"figure {number}" for number, measure in enumerate(measures)}
    inputs: list[Composable] = []
    results: list[Composable] = []
    for one, name in names.items():
        value, text = _input_sql(one)
        inputs += [SQL("{} AS {}").format(value, _value_name(name)), SQL("{} AS {}").format(text, _text_name(name))]
        result = _group_value_sql(one, name) if isinstance(one, GroupingTerm) else _measure_sql(one, name)
        results.append(SQL("{} AS {}").format(result, Identifier(name)))
    order: list[Composable] = []
    for number, key in enumerate(aggregation.order):
        by = Identifier(f"order {number}")
        results.append(SQL("{} AS {}").format(_order_sql(key.by, names[key.by]), by))
        order.append(SQL("{} DESC NULLS LAST" if key.descending else "{}").format(by))
    return _PAGE.format(
        group=object_json([(one.label, value_json(Identifier(names[one]), one.type)) for one in groups]),
        measures=object_json(
            [(one.label, value_json(Identifier(names[one]), _result_type(one))) for one in measures]
        ),
        results=SQL(", ").join(results),
        inputs=SQL(", ").join(inputs),
        table=snapshot.table.identifier,
        where=query.where.text,
        keys=SQL(", ").join([_value_name(names[group]) for group in groups]) if groups else SQL("()"),
        order=SQL(", ").join(order or [Identifier(names[measures[0]])]),
    )


def _input_sql(one: GroupingTerm | MeasureTerm) -> tuple[Composable, Composable]:
    """The value that is grouped or measured, and the same value as it was written."""
    if one.column is None:
        return SQL("NULL"), SQL("NULL")
    if isinstance(one, GroupingTerm) and one.function is not None:
        value = _call_sql(one.function, one.column)
        return value, value
    value = value_sql(one.column)
    return value, text_sql(one.column) if isinstance(one.column, Column) else value


def _call_sql(function: str, column: Column | Builtin) -> Composable:
    return filter_sql(Call(function, (Field(column),))).text


def _group_value_sql(group: GroupingTerm, name: str) -> Composable:
    """The group's value as written in its records. If they differ: the most digits, or the first time as text."""
    if group.type is ColumnType.DECIMAL:
        return SQL("round({value}, max(scale({value})))").format(value=_value_name(name))
    if group.type is ColumnType.DATETIME:
        return SQL("min({})").format(_text_name(name))
    return _value_name(name)


def _measure_sql(measure: MeasureTerm, name: str) -> Composable:
    value, text = _value_name(name), _text_name(name)
    match measure.aggregate:
        case AggregateFunction.COUNT:
            return SQL("count(*)") if measure.column is None else SQL("count({})").format(text)
        case AggregateFunction.COUNT_DISTINCT:
            return SQL("count(DISTINCT {})").format(value)
        case AggregateFunction.SUM:
            return SQL("sum({})").format(value)
        case AggregateFunction.AVG:
            return SQL("trim_scale(avg({}))").format(value)
        case AggregateFunction.MIN:
            return extreme_sql("min", value, text, _measured_type(measure))
        case AggregateFunction.MAX:
            return extreme_sql("max", value, text, _measured_type(measure))
        case _:
            assert_never(measure.aggregate)


def _measured_type(measure: MeasureTerm) -> ColumnType:
    return ColumnType.INTEGER if measure.column is None else get_column_type(measure.column)


def _result_type(measure: MeasureTerm) -> ColumnType:
    """The type of the measure: the column's type for `min` and `max`, else a number."""
    extreme = measure.aggregate in (AggregateFunction.MIN, AggregateFunction.MAX)
    return _measured_type(measure) if extreme else ColumnType.DECIMAL


def _order_sql(one: GroupingTerm | MeasureTerm, name: str) -> Composable:
    """The expression that sorts the groups. Times sort by instant, however they are written."""
    if isinstance(one, GroupingTerm):
        return _value_name(name)
    if _result_type(one) is ColumnType.DATETIME:
        return SQL("min({})" if one.aggregate is AggregateFunction.MIN else "max({})").format(_value_name(name))
    return _measure_sql(one, name)


def _value_name(name: str) -> Identifier:
    return Identifier(f"{name} value")


def _text_name(name: str) -> Identifier:
    return Identifier(f"{name} text")
