"""The minimum and maximum of a column, shown as they were written. The result does not depend on the query plan.

Equal values may be written differently: 1.1 and 1.10, or one instant in two offsets. For numbers the one with the
most digits is shown; for times the one that comes first (or last) as text. Arrays sort null last, so the minimum of
the arrays is never that of a null unless all values are null.
"""

from typing import Literal, LiteralString, assert_never

from psycopg.sql import SQL, Composable

from domain.columns import ColumnType

Extreme = Literal["min", "max"]

# An instant as text of 20 characters that sorts by time from year 1 to 9999, whatever its offset.
_TIME_TEXT: LiteralString = "to_char(extract(epoch FROM {value}) + 100000000000, '000000000000.000000')"


def extreme_sql(extreme: Extreme, value: Composable, text: Composable, type: ColumnType) -> Composable:
    """The aggregate over `value` (from `value_sql`) and `text` (the value as it was written); null if there are none.

    The result is a number for numbers and text for other types. Raises ValueError for booleans and JSON, which have
    no order.
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
