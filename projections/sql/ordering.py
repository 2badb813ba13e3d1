"""Translate a sort to SQL: nulls last in both directions, ties by record id, and conditions for the next page."""

from collections.abc import Iterator, Sequence
from typing import LiteralString, assert_never

from psycopg.sql import SQL, Composable, Literal

from domain.columns import Column, ColumnType
from domain.query.filter.tree import Builtin
from domain.query.sort import SortKey, SortRule
from projections.sql.fragments import SqlFragment, bind_value, fill_template, join_fragments
from projections.sql.value_sql import value_sql

MAX_RANGE_DEPTH = 3
"""The number of sort keys that get ranges of their own."""


def append_id_key(keys: Sequence[SortKey]) -> tuple[SortKey, ...]:
    """The keys with the id appended, unless they contain it."""
    has_id = any(key.column is Builtin.ID for key in keys)
    return (*keys, *(() if has_id else (SortKey(Builtin.ID),)))


def order_by_sql(keys: Sequence[SortKey]) -> Composable:
    return SQL(", ").join([SQL(_direction_template(key)).format(sort_value_sql(key)) for key in keys])


def sort_value_sql(key: SortKey) -> Composable:
    """The value by which a record is sorted."""
    return value_sql(key.column) if isinstance(key.column, Builtin) else ruled_value_sql(key.column, key.rule)


def ruled_value_sql(column: Column, rule: SortRule) -> Composable:
    """The value of a column as the rule compares it; of long text, the first 100 characters."""
    match rule:
        case SortRule.CODE_POINT:
            return value_sql(column)
        case SortRule.CASE_INSENSITIVE:
            return SQL('rowledger_sort_ci(values->>{}) COLLATE "C"').format(Literal(column.position))
        case SortRule.NATURAL:
            return SQL('rowledger_sort_natural(values->>{}) COLLATE "C"').format(Literal(column.position))
        case _:
            assert_never(rule)


def after_sql(keys: Sequence[SortKey], values: Sequence[object]) -> SqlFragment:
    """The condition for records after the one with these sort values: texts, None for null, or slots for texts that
    are bound later."""
    branches = []
    equal: list[SqlFragment] = []
    for key, value in zip(keys, values, strict=True):
        column = SqlFragment(sort_value_sql(key))
        if value is None:
            if key.nulls_first:
                branches.append(join_fragments(" AND ", [*equal, fill_template("{0} IS NOT NULL", column)]))
            equal.append(fill_template("{0} IS NULL", column))
            continue
        bound_value = _bind_key(key.column, value)
        beyond = fill_template("{0} < {1}" if key.descending else "{0} > {1}", column, bound_value)
        if isinstance(key.column, Column) and not key.nulls_first:
            beyond = fill_template("({0} OR {1} IS NULL)", beyond, column)
        branches.append(join_fragments(" AND ", [*equal, beyond]))
        equal.append(fill_template("{0} = {1}", column, bound_value))
    return fill_template("({0})", join_fragments(" OR ", [fill_template("({0})", branch) for branch in branches]))


def ranges_after(keys: Sequence[SortKey], values: Sequence[object]) -> tuple[SqlFragment, ...]:
    """The same records as `after_sql`, as several conditions in the order of the sort. They do not overlap.

    Each condition is one range of an index on `keys`. A single condition with OR would scan the index from its start.
    The reader takes the ranges in turn until the page is full. After `MAX_RANGE_DEPTH` keys the rest is one
    condition.
    """
    return tuple(_ranges_after(list(zip(keys, values, strict=True)), MAX_RANGE_DEPTH))


def _ranges_after(places: Sequence[tuple[SortKey, object]], depth: int) -> Iterator[SqlFragment]:
    (key, value), rest = places[0], places[1:]
    column = SqlFragment(sort_value_sql(key))
    bound_value = _bind_key(key.column, value)
    same = fill_template("{0} IS NULL", column) if value is None else fill_template("{0} = {1}", column, bound_value)
    if depth == 1 and rest:
        yield fill_template("{0} AND {1}", same, after_sql(*zip(*rest, strict=True)))
    elif rest:
        yield from (fill_template("{0} AND {1}", same, one) for one in _ranges_after(rest, depth - 1))
    if value is None:
        if key.nulls_first:
            yield fill_template("{0} IS NOT NULL", column)
        return
    yield fill_template("{0} < {1}" if key.descending else "{0} > {1}", column, bound_value)
    if isinstance(key.column, Column) and not key.nulls_first:
        yield fill_template("{0} IS NULL", column)


def _direction_template(key: SortKey) -> LiteralString:
    """Id and version are never null. Without a rule for nulls the primary key serves them in both directions."""
    if key.nulls_first:
        return "{} NULLS FIRST"
    if not key.descending:
        return "{}"
    return "{} DESC NULLS LAST" if isinstance(key.column, Column) else "{} DESC"


def _bind_key(column: Column | Builtin, value: object) -> SqlFragment:
    return bind_value(_cast_template(column), value)


def _cast_template(column: Column | Builtin) -> LiteralString:
    if isinstance(column, Builtin):
        return "{}::text::bigint"
    match column.type:
        case ColumnType.STRING | ColumnType.DATE | ColumnType.JSON:
            return "{}::text"
        case ColumnType.INTEGER | ColumnType.DECIMAL:
            return "{}::text::numeric"
        case ColumnType.BOOLEAN:
            return "{}::text::boolean"
        case ColumnType.DATETIME:
            return "{}::text::timestamptz"
        case _:
            assert_never(column.type)
