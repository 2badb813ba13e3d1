"""The constants of a filter as bound parameters, cast so that PostgreSQL knows their type."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import assert_never

from psycopg import sql

from domain.columns import ColumnType
from domain.query.filter.tree import Literal
from projections.sql.fragments import SqlFragment, bind_value, fill_template, join_fragments

_BIGINT = range(-(2**63), 2**63)


def literal_sql(literal: Literal) -> SqlFragment:
    """A constant in the same form as `value_sql` for a column of its type."""
    match literal.type:
        case None:
            return SqlFragment(sql.SQL("NULL"))
        case ColumnType.STRING | ColumnType.DATE | ColumnType.JSON:
            return bind_value('{}::text COLLATE "C"', literal.value)
        case ColumnType.INTEGER | ColumnType.DECIMAL:
            return bind_value("{}::numeric", literal.value)
        case ColumnType.BOOLEAN:
            return bind_value("{}::boolean", literal.value)
        case ColumnType.DATETIME:
            return bind_value("rowledger_instant({}::jsonb)", json.dumps(literal.value))
        case _:
            assert_never(literal.type)


def array_sql(literals: Sequence[Literal]) -> SqlFragment:
    """The constants as an array. All have the same type and none is null."""
    values = [literal.value for literal in literals]
    match literals[0].type:
        case ColumnType.STRING | ColumnType.DATE | ColumnType.JSON:
            return bind_value("{}::text[]", values)
        case ColumnType.INTEGER | ColumnType.DECIMAL:
            return bind_value("{}::numeric[]", values)
        case ColumnType.BOOLEAN:
            return bind_value("{}::boolean[]", values)
        case ColumnType.DATETIME | None:
            return fill_template("ARRAY[{0}]", join_fragments(", ", [literal_sql(literal) for literal in literals]))
        case _:
            assert_never(literals[0].type)


def bigint_sql(literal: Literal) -> SqlFragment | None:
    """A number as bigint, which an index on `id` needs; None if it is not a bigint."""
    number = _to_bigint(literal)
    return None if number is None else bind_value("{}::bigint", number)


def bigints_sql(literals: Sequence[Literal]) -> SqlFragment:
    """Those numbers that are bigints. No other number can be a record's id."""
    numbers = [_to_bigint(literal) for literal in literals]
    return bind_value("{}::bigint[]", [number for number in numbers if number is not None])


def _to_bigint(literal: Literal) -> int | None:
    value = literal.value
    if not isinstance(value, Decimal) or value.copy_abs() >= 2**64 or value != int(value):
        return None
    return int(value) if int(value) in _BIGINT else None
