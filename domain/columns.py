"""Column types and the values that each accepts.

A value is JSON null, boolean, string or number, in `json` columns also an array or an object; a number keeps
every digit, so it is an `int` or a `Decimal`, never a float. Dates and datetimes are strings as in RFC 3339.
"""

import datetime
import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

Value = bool | int | Decimal | str | list[Any] | dict[str, Any] | None
"""Arrays and objects contain values of the same kinds."""

MAX_DIGITS = 1000
"""The most digits that a number may have; a longer sequence of digits is text."""

MAX_DEPTH = 100
"""How deep arrays and objects of a `json` value may be nested."""

_NUMBER_LIMIT: int = 10**MAX_DIGITS


class ColumnType(StrEnum):
    """The types that a column can have."""

    STRING = "string"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    JSON = "json"

    @property
    def is_number(self) -> bool:
        return self in (ColumnType.INTEGER, ColumnType.DECIMAL)

    @property
    def has_formats(self) -> bool:
        """Whether the values have a notation of their own in text."""
        return self not in (ColumnType.STRING, ColumnType.JSON)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a dataset. `position` is its index in a record's array of values and never changes.

    `format` is the notation of the values in the source file (the separator of a datetime, the spelling of
    booleans), None for the canonical notation. `null_text` is how that file wrote null, None for empty cells.
    """

    name: str
    type: ColumnType
    position: int
    required: bool = False
    unique: bool = False
    format: str | None = None
    null_text: str | None = None


_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DATETIME = re.compile(
    r"(\d{4}-\d\d-\d\d)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:0\d|1[0-5]):[0-5]\d)?",
    re.ASCII,
)


def is_date(text: str) -> bool:
    """Whether `text` is a Gregorian date from year 1 to 9999, `YYYY-MM-DD`."""
    if not _DATE.fullmatch(text):
        return False
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_datetime(text: str) -> bool:
    """Whether `text` is an RFC 3339 time. Without an offset it is a local time, which is compared like UTC."""
    match = _DATETIME.fullmatch(text)
    return match is not None and is_date(match.group(1))


def describe_type_error(column_type: ColumnType, value: Value) -> str | None:
    """Why a column of this type does not accept `value`; None if it does. The schema decides about null."""
    match column_type:
        case ColumnType.STRING:
            return _describe_string_error(value)
        case ColumnType.INTEGER:
            return (
                None if _is_integer(value) and _is_short(value) else f"expected an integer, got {quote_value(value)}"
            )
        case ColumnType.DECIMAL:
            return None if _is_number(value) and _is_short(value) else f"expected a number, got {quote_value(value)}"
        case ColumnType.BOOLEAN:
            return None if isinstance(value, bool) else f"expected true or false, got {quote_value(value)}"
        case ColumnType.DATE:
            fits = isinstance(value, str) and is_date(value)
            return None if fits else f"expected a date like 2024-01-31, got {quote_value(value)}"
        case ColumnType.DATETIME:
            fits = isinstance(value, str) and is_datetime(value)
            return None if fits else f"expected a time like 2024-01-31T12:30:00Z, got {quote_value(value)}"
        case ColumnType.JSON:
            return _describe_json_error(value, 0)


def quote_value(value: object) -> str:
    """`value` as quoted in an error message, shortened."""
    match value:
        case None:
            text = "null"
        case bool():
            text = "true" if value else "false"
        case str():
            text = f"'{value}'"
        case int() | Decimal():
            text = str(value)
        case list():
            text = "an array"
        case _:
            text = "an object"
    return text if len(text) <= 60 else text[:57] + "…"


def _describe_string_error(value: Value) -> str | None:
    if not isinstance(value, str):
        return f"expected a string, got {quote_value(value)}"
    if "\x00" in value:
        return "a string must not contain the character U+0000"
    try:
        value.encode()
    except UnicodeEncodeError:
        return "a string must not contain half of a surrogate pair"
    return None


def _describe_json_error(value: Value, depth: int) -> str | None:
    if depth > MAX_DEPTH:
        return f"a value must not be nested deeper than {MAX_DEPTH} arrays and objects"
    match value:
        case str():
            return _describe_string_error(value)
        case list():
            return next((why for item in value if (why := _describe_json_error(item, depth + 1))), None)
        case dict():
            parts = (part for pair in value.items() for part in pair)
            return next((why for part in parts if (why := _describe_json_error(part, depth + 1))), None)
        case int() | Decimal():
            return (
                None
                if isinstance(value, bool) or _is_short(value)
                else f"the number {quote_value(value)} is too long"
            )
        case None:
            return None


def _is_number(value: Value) -> bool:
    return not isinstance(value, bool) and isinstance(value, int | Decimal)


def _is_integer(value: Value) -> bool:
    if isinstance(value, Decimal):
        return value.as_tuple()[2] == 0
    return isinstance(value, int) and not isinstance(value, bool)


def _is_short(value: Value) -> bool:
    if isinstance(value, int):
        return abs(value) < _NUMBER_LIMIT
    if not isinstance(value, Decimal):
        return False
    digits, exponent = value.as_tuple().digits, value.as_tuple().exponent
    if not isinstance(exponent, int):
        return False
    return len(digits) <= MAX_DIGITS and abs(exponent) <= MAX_DIGITS
