"""A sort as SQL: nulls last both ways, the record id breaking ties, and where to go on after a record."""

from collections.abc import Sequence
from typing import LiteralString, assert_never

from psycopg.sql import SQL, Composable

from domain.columns import Column, ColumnType
from domain.filter_tree import Builtin
from domain.sorting import SortKey
from projections.sql_pieces import Piece, bound, filled, joined
from projections.value_sql import value_sql


def with_id(keys: Sequence[SortKey]) -> tuple[SortKey, ...]:
    """The keys with the id at their end, unless they name it."""
    named = any(key.column is Builtin.ID for key in keys)
    return (*keys, *(() if named else (SortKey(Builtin.ID),)))


def order_by(keys: Sequence[SortKey]) -> Composable:
    return SQL(", ").join(
        [SQL("{} DESC NULLS LAST" if key.descending else "{}").format(value_sql(key.column)) for key in keys]
    )


def after(keys: Sequence[SortKey], values: Sequence[object]) -> Piece:
    """The condition for the records that come after the one whose key values are `values`: texts, None for null,
    or what stands for texts that are bound later."""
    branches = []
    equal: list[Piece] = []
    for key, value in zip(keys, values, strict=True):
        column = Piece(value_sql(key.column))
        if value is None:
            equal.append(filled("{0} IS NULL", column))
            continue
        bound_value = _bound(key.column, value)
        further = filled("{0} < {1}" if key.descending else "{0} > {1}", column, bound_value)
        if isinstance(key.column, Column):
            further = filled("({0} OR {1} IS NULL)", further, column)
        branches.append(joined(" AND ", [*equal, further]))
        equal.append(filled("{0} = {1}", column, bound_value))
    return filled("({0})", joined(" OR ", [filled("({0})", branch) for branch in branches]))


def _bound(column: Column | Builtin, value: object) -> Piece:
    return bound(_template(column), value)


def _template(column: Column | Builtin) -> LiteralString:
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
