"""The SQL that reads one value of a record. An index serves a filter or a sort only if both use this same SQL.

The table's columns are `id bigint, version bigint, until bigint, values jsonb`, the last an array.
"""

from typing import LiteralString, assert_never

from psycopg import sql

from domain.columns import Column, ColumnType
from domain.query.filter.tree import Builtin


def value_sql(column: Column | Builtin) -> sql.Composable:
    """The value of `column` in a form that compares correctly, or SQL null. It cannot fail on any row.

    Dates compare as text, which sorts them correctly; times compare as instants, to the microsecond.
    """
    if isinstance(column, Builtin):
        return sql.Identifier(column.value.removeprefix("$"))
    match column.type:
        case ColumnType.STRING | ColumnType.DATE | ColumnType.JSON:
            return text_sql(column)
        case ColumnType.INTEGER | ColumnType.DECIMAL:
            return _value_at("rowledger_number(values->{})", column)
        case ColumnType.BOOLEAN:
            return _value_at("rowledger_boolean(values->{})", column)
        case ColumnType.DATETIME:
            return _value_at("rowledger_instant(values->{})", column)
        case _:
            assert_never(column.type)


def text_sql(column: Column) -> sql.Composable:
    """The value as it was written, whatever its type."""
    return _value_at('(values->>{}) COLLATE "C"', column)


def _value_at(template: LiteralString, column: Column) -> sql.Composable:
    return sql.SQL(template).format(sql.Literal(column.position))
