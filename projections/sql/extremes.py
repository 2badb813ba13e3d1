"""The least and the greatest of a column, shown as they were written, the same whatever the plan.

Equal values may be written differently: 1.1 and 1.10, or one instant in two offsets. Of numbers the one with the
most digits is shown, of times the one that comes first (or last) as text. In an array null comes last, so the least
array is never that of a null if there is any other.
"""

from typing import Literal, LiteralString, assert_never

from psycopg.sql import SQL, Composable

from domain.columns import ColumnType

Extreme = Literal["min", "max"]

# An instant as text of 20 characters, in the order of time from year 1 to 9999, whatever its offset.
_TIME_TEXT: LiteralString = "to_char(extract(epoch FROM {value}) + 100000000000, '000000000000.000000')"


def extreme_sql(extreme: Extreme, value: Composable, text: Composable, type: ColumnType) -> Composable:
    """The aggregate over `value`, as `value_sql` gives it, and `text`, as it was written; null for no value.

    A number for numbers, text for all else. There is none of booleans and JSON.
    """
    return SQL(_template(extreme, type)).format(value=value, text=text)


def _template(extreme: Extreme, type: ColumnType) -> LiteralString:
    least = extreme == "min"
    match type:
        case ColumnType.DECIMAL if least:
            return "(min(ARRAY[{value}, -scale({value})]))[1]"
        case ColumnType.DECIMAL:
            return "-(min(ARRAY[-{value}, -scale({value})]))[1]"
        case ColumnType.DATETIME:
            return "substr(" + ("min" if least else "max") + "(" + _TIME_TEXT + " || {text}), 21)"
        case ColumnType.STRING | ColumnType.INTEGER | ColumnType.DATE:
            return "min({value})" if least else "max({value})"
        case ColumnType.BOOLEAN | ColumnType.JSON:
            raise ValueError(f"{type} values have no order")
        case _:
            assert_never(type)
