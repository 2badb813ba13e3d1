"""Converts values from one column type to another: directly, or by way of the text that stands for the value."""

from decimal import Decimal
from typing import assert_never

from domain import exact_json
from domain.columns import ColumnType, Value, describe_type_error, quote_value

MIDNIGHT = "T00:00:00"

_TIMES = (ColumnType.DATE, ColumnType.DATETIME)


class CannotConvert(ValueError):
    """The value has no equal of the other type; says why."""


def keeps_values(before: ColumnType, after: ColumnType) -> bool:
    """Whether every value of the one type is the same value of the other."""
    if before is ColumnType.INTEGER and after is ColumnType.DECIMAL:
        return True
    return before is not ColumnType.STRING and after is ColumnType.JSON


def needs_text(before: ColumnType, after: ColumnType, value: Value) -> bool:
    """Whether the text of a value decides what becomes of it. Null has none, except where text is wanted."""
    if value is None:
        return after is ColumnType.STRING
    if isinstance(value, list | dict):
        return after is ColumnType.STRING
    match after:
        case ColumnType.STRING:
            return True
        case ColumnType.INTEGER | ColumnType.DECIMAL:
            return isinstance(value, bool | str)
        case ColumnType.BOOLEAN:
            return not isinstance(value, bool)
        case ColumnType.DATE:
            return before is not ColumnType.DATETIME
        case ColumnType.DATETIME:
            return before is not ColumnType.DATE
        case ColumnType.JSON:
            return False
        case _:
            assert_never(after)


def file_may_know_text(before: ColumnType, after: ColumnType) -> bool:
    """Whether some values of the one type need text for the other that a file may have written differently.

    A string is its own text, and a value in a `json` column stands as in the file, unless text is wanted.
    """
    if before is ColumnType.STRING or after is ColumnType.JSON:
        return False
    if before is ColumnType.JSON:
        return after is ColumnType.STRING
    return not ((before.is_number and after.is_number) or (before in _TIMES and after in _TIMES))


def convert_directly(before: ColumnType, after: ColumnType, value: Value) -> Value:
    """The value in the type `after`, if it does not need text. Raises CannotConvert.

    Text in a `json` column is the array or the object that it contains, else a string.
    """
    if value is None or after is ColumnType.DECIMAL:
        return _require_type(after, value)
    match after:
        case ColumnType.INTEGER:
            return _to_integer(value)
        case ColumnType.DATETIME if before is ColumnType.DATE and isinstance(value, str):
            return value + MIDNIGHT
        case ColumnType.DATE if before is ColumnType.DATETIME and isinstance(value, str):
            return _to_date(value)
        case ColumnType.JSON if before is ColumnType.STRING and isinstance(value, str):
            return _parse_nested(value)
        case _:
            return _require_type(after, value)


def write_plain_text(value: Value) -> str | None:
    """A value as text: a string unchanged, everything else as JSON; None for null."""
    return value if value is None or isinstance(value, str) else exact_json.dumps(value)


def _require_type(after: ColumnType, value: Value) -> Value:
    if value is not None and (why := describe_type_error(after, value)):
        raise CannotConvert(why)
    return value


def _to_integer(value: Value) -> Value:
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    return _require_type(ColumnType.INTEGER, value)


def _to_date(value: str) -> str:
    date, _, time = value.partition("T")
    if time.rstrip("0") not in ("", "00:00:", "00:00:00."):
        raise CannotConvert(f"{quote_value(value)} has a time of day, or an offset from UTC")
    return date


def _parse_nested(text: str) -> Value:
    if not text.strip().startswith(("[", "{")):
        return text
    try:
        value: Value = exact_json.loads(text)
    except ValueError:
        return text
    return text if describe_type_error(ColumnType.JSON, value) else value
