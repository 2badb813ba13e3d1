"""Figures of groups of records, as of a version: counts, sums, means and extremes, exact to the last digit.

A page of groups is the whole grouping, sorted and cut: what was skipped is counted, for a version's groups and
their order never change.
"""

from dataclasses import dataclass
from typing import Any, assert_never

from psycopg import AsyncConnection
from psycopg.sql import SQL, Composable, Composed, Identifier

from domain.columns import Column, ColumnType
from domain.query.aggregation import Aggregate, Aggregation, Group, Measure, type_of
from domain.query.filter.tree import Builtin, Call, Field
from projections.query.compiled import Question
from projections.query.snapshots import Snapshot
from projections.sql.extremes import extreme_sql
from projections.sql.filter_sql import filter_sql
from projections.sql.json_sql import object_json, value_json
from projections.sql.value_sql import text_sql, value_sql

# `LIMIT ALL` keeps the cells a query of their own: each is computed once, in parallel too, and the planner, which
# would take every value for different, hashes the groups instead of sorting the records.
_PAGE = SQL("""
SELECT concat('{{"group":', {group}, ',"measures":', {measures}, '}}')
FROM (SELECT * FROM (
          SELECT {results}
          FROM (SELECT {inputs} FROM {table} WHERE version <= %s AND until > %s AND {where} LIMIT ALL) AS cells
          GROUP BY {keys}) AS groups
      ORDER BY {order} OFFSET %s LIMIT %s) AS page
""")


@dataclass(frozen=True, slots=True)
class Page:
    """Groups as JSON texts, and whether more follow."""

    groups: list[str]
    more: bool


async def read(
    connection: "AsyncConnection[Any]",
    snapshot: Snapshot,
    question: Question,
    aggregation: Aggregation,
    limit: int,
    skipped: int = 0,
) -> Page:
    """At most `limit` groups of the records that the question's filter keeps, after the first `skipped`.

    Without groups all records are one, also where there is none.
    """
    parameters = [snapshot.version, snapshot.version, *question.where.params, skipped, limit + 1]
    rows = await (await connection.execute(_page(snapshot, question, aggregation), parameters)).fetchall()
    return Page([row[0] for row in rows[:limit]], len(rows) > limit)


def _page(snapshot: Snapshot, question: Question, aggregation: Aggregation) -> Composed:
    groups, measures = aggregation.groups, aggregation.measures
    names: dict[Group | Measure, str] = {group: f"group {number}" for number, group in enumerate(groups)}
    names |= {measure: f"figure {number}" for number, measure in enumerate(measures)}
    inputs: list[Composable] = []
    results: list[Composable] = []
    for one, name in names.items():
        value, text = _inputs(one)
        inputs += [SQL("{} AS {}").format(value, _value(name)), SQL("{} AS {}").format(text, _text(name))]
        result = _shown(one, name) if isinstance(one, Group) else _figure(one, name)
        results.append(SQL("{} AS {}").format(result, Identifier(name)))
    order: list[Composable] = []
    for number, key in enumerate(aggregation.order):
        by = Identifier(f"order {number}")
        results.append(SQL("{} AS {}").format(_sorted_by(key.by, names[key.by]), by))
        order.append(SQL("{} DESC NULLS LAST" if key.descending else "{}").format(by))
    return _PAGE.format(
        group=object_json([(one.label, value_json(Identifier(names[one]), one.type)) for one in groups]),
        measures=object_json([(one.label, value_json(Identifier(names[one]), _result(one))) for one in measures]),
        results=SQL(", ").join(results),
        inputs=SQL(", ").join(inputs),
        table=snapshot.table.identifier,
        where=question.where.text,
        keys=SQL(", ").join([_value(names[group]) for group in groups]) if groups else SQL("()"),
        order=SQL(", ").join(order or [Identifier(names[measures[0]])]),
    )


def _inputs(one: Group | Measure) -> tuple[Composable, Composable]:
    """The value that is grouped or measured, and how it was written."""
    if one.column is None:
        return SQL("NULL"), SQL("NULL")
    if isinstance(one, Group) and one.function is not None:
        value = _called(one.function, one.column)
        return value, value
    value = value_sql(one.column)
    return value, text_sql(one.column) if isinstance(one.column, Column) else value


def _called(function: str, column: Column | Builtin) -> Composable:
    return filter_sql(Call(function, (Field(column),))).text


def _shown(group: Group, name: str) -> Composable:
    """The group's value as its records write it: where they differ, with the most digits, or the first as text."""
    if group.type is ColumnType.DECIMAL:
        return SQL("round({value}, max(scale({value})))").format(value=_value(name))
    if group.type is ColumnType.DATETIME:
        return SQL("min({})").format(_text(name))
    return _value(name)


def _figure(measure: Measure, name: str) -> Composable:
    value, text = _value(name), _text(name)
    match measure.aggregate:
        case Aggregate.COUNT:
            return SQL("count(*)") if measure.column is None else SQL("count({})").format(text)
        case Aggregate.COUNT_DISTINCT:
            return SQL("count(DISTINCT {})").format(value)
        case Aggregate.SUM:
            return SQL("sum({})").format(value)
        case Aggregate.AVG:
            return SQL("trim_scale(avg({}))").format(value)
        case Aggregate.MIN:
            return extreme_sql("min", value, text, _type(measure))
        case Aggregate.MAX:
            return extreme_sql("max", value, text, _type(measure))
        case _:
            assert_never(measure.aggregate)


def _type(measure: Measure) -> ColumnType:
    return ColumnType.INTEGER if measure.column is None else type_of(measure.column)


def _result(measure: Measure) -> ColumnType:
    """The type of the figure: that of the column for an extreme, else a number."""
    extreme = measure.aggregate in (Aggregate.MIN, Aggregate.MAX)
    return _type(measure) if extreme else ColumnType.DECIMAL


def _sorted_by(one: Group | Measure, name: str) -> Composable:
    """What orders the groups; of times the instant, however it is written."""
    if isinstance(one, Group):
        return _value(name)
    if _result(one) is ColumnType.DATETIME:
        return SQL("min({})" if one.aggregate is Aggregate.MIN else "max({})").format(_value(name))
    return _figure(one, name)


def _value(name: str) -> Identifier:
    return Identifier(f"{name} value")


def _text(name: str) -> Identifier:
    return Identifier(f"{name} text")
