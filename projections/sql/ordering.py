"""Translate a sort to SQL: nulls last in both directions, ties by record id, and conditions for the next page."""

from collections.abc import Iterator, Sequence
from typing import LiteralString, assert_never

from psycopg.sql import SQL, Composable, Identifier, Literal

from domain.columns import Column, ColumnType
from domain.query.filter.term_types import get_term_type
from domain.query.filter.tree import Builtin
from domain.query.sort import SortKey, SortRule
from projections.sql.filter_sql import term_sql
from projections.sql.fragments import SqlFragment, bind_value, fill_template, join_fragments
from projections.sql.value_sql import value_sql

MAX_RANGE_DEPTH = 3
"""The number of sort keys that get ranges of their own."""


def append_id_key(keys: Sequence[SortKey]) -> tuple[SortKey, ...]:
    """The keys with the id appended, unless they contain it."""
    has_id = any(key.by is Builtin.ID for key in keys)
    return (*keys, *(() if has_id else (SortKey(Builtin.ID),)))


def order_by_sql(keys: Sequence[SortKey]) -> SqlFragment:
    return join_fragments(", ", [fill_template(_direction_template(key), sort_value_sql(key)) for key in keys])


def order_by_names_sql(keys: Sequence[SortKey], names: Sequence[Identifier]) -> Composable:
    """The same order, of a statement that selects the keys' values under these names."""
    named = zip(keys, names, strict=True)
    return SQL(", ").join([SQL(_direction_template(key)).format(name) for key, name in named])


def sort_value_sql(key: SortKey) -> SqlFragment:
    """The value by which a record is sorted."""
    match key.by:
        case Builtin():
            return SqlFragment(value_sql(key.by))
        case Column():
            return SqlFragment(ruled_value_sql(key.by, key.rule))
        case _:
            return fill_template(_computed_template(key), term_sql(key.by))


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
        column = sort_value_sql(key)
        if value is None:
            if key.nulls_first:
                branches.append(join_fragments(" AND ", [*equal, fill_template("{0} IS NOT NULL", column)]))
            equal.append(fill_template("{0} IS NULL", column))
            continue
        bound_value = bind_value(_cast_template(key), value)
        beyond = fill_template("{0} < {1}" if key.descending else "{0} > {1}", column, bound_value)
        if _may_be_null(key) and not key.nulls_first:
            beyond = fill_template("({0} OR {1} IS NULL)", beyond, column)
        branches.append(join_fragments(" AND ", [*equal, beyond]))
        equal.append(fill_template("{0} = {1}", column, bound_value))
    return fill_template("({0})", join_fragments(" OR ", [fill_template("({0})", branch) for branch in branches]))


def ranges_after(keys: Sequence[SortKey], values: Sequence[object]) -> tuple[SqlFragment, ...]:
    """The same records as `after_sql`, as several conditions in the order of the sort. They do not overlap.

    Each condition is one range of an index on `keys`. A single condition with OR would scan the index from its start.
    The reader takes the ranges in turn until the page is full. After `MAX_RANGE_DEPTH` keys the rest is one
    condition, and so it is from a computed key on, which no index serves: each condition would scan the table again.
    """
    return tuple(_ranges_after(list(zip(keys, values, strict=True)), MAX_RANGE_DEPTH))


def _ranges_after(places: Sequence[tuple[SortKey, object]], depth: int) -> Iterator[SqlFragment]:
    (key, value), rest = places[0], places[1:]
    if not isinstance(key.by, Column | Builtin):
        yield after_sql(*zip(*places, strict=True))
        return
    column = sort_value_sql(key)
    bound_value = bind_value(_cast_template(key), value)
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
    if _may_be_null(key) and not key.nulls_first:
        yield fill_template("{0} IS NULL", column)


def _direction_template(key: SortKey) -> LiteralString:
    """Id and version are never null. Without a rule for nulls the primary key serves them in both directions."""
    if key.nulls_first:
        return "{0} NULLS FIRST"
    if not key.descending:
        return "{0}"
    return "{0} DESC NULLS LAST" if _may_be_null(key) else "{0} DESC"


def _may_be_null(key: SortKey) -> bool:
    return not isinstance(key.by, Builtin)


def _computed_template(key: SortKey) -> LiteralString:
    """Text compares by code point, whatever computed it."""
    is_text = get_term_type(key.term) in (ColumnType.STRING, ColumnType.DATE)
    return '({0}) COLLATE "C"' if is_text else "({0})"


def _cast_template(key: SortKey) -> LiteralString:
    """Turns the text of a key's value back into the value."""
    if isinstance(key.by, Builtin):
        return "{}::text::bigint"
    match get_term_type(key.term):
        case ColumnType.STRING | ColumnType.DATE | ColumnType.JSON | None:
            return "{}::text"
        case ColumnType.INTEGER | ColumnType.DECIMAL:
            return "{}::text::numeric"
        case ColumnType.BOOLEAN:
            return "{}::text::boolean"
        case ColumnType.DATETIME:
            return "{}::text::timestamptz"
        case unknown:
            assert_never(unknown)
