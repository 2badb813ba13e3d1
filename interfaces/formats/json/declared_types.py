"""Values of a column whose type was said beforehand: those that do not fit are refused, not guessed at."""

import re

import msgspec

from domain.columns import ColumnType, shown
from domain.exact_json import loads
from interfaces.formats.json.tokens import NOTHING, NUMBERS, Kind, pattern, told
from interfaces.formats.values.number_forms import DECIMAL, INTEGER

_PLAIN = {
    ColumnType.STRING: Kind.TEXT,
    ColumnType.INTEGER: Kind.INTEGER,
    ColumnType.DECIMAL: NUMBERS,
    ColumnType.BOOLEAN: Kind.BOOLEAN,
    ColumnType.DATE: Kind.DATE,
    ColumnType.DATETIME: Kind.LOCAL | Kind.OFFSET,
    ColumnType.JSON: Kind.BOOLEAN | NUMBERS | Kind.TEXT,
}
_EXPECTED = {
    ColumnType.STRING: "a string",
    ColumnType.INTEGER: "an integer",
    ColumnType.DECIMAL: "a number",
    ColumnType.BOOLEAN: "true or false",
    ColumnType.DATE: "a date like 2024-01-31",
    ColumnType.DATETIME: "a time like 2024-01-31T12:30:00Z",
    ColumnType.JSON: "a value",
}


def wanted_pattern(wanted: ColumnType) -> "re.Pattern[bytes]":
    """Matches lines of values that fit as they are."""
    return pattern(_PLAIN[wanted])


def fitted(wanted: ColumnType, token: bytes) -> bytes:
    """The value as one of this type: a string that holds just a number or a boolean counts as one, and a number or
    a boolean is its text where a string is wanted. Raises ValueError for all others."""
    kind, value = told(token)
    if kind is NOTHING or kind & _PLAIN[wanted] or (wanted is ColumnType.JSON and kind is Kind.NESTED):
        return value
    match wanted:
        case ColumnType.STRING if kind & (NUMBERS | Kind.HUGE | Kind.BOOLEAN):
            return b'"' + token + b'"'
        case ColumnType.STRING if kind is not Kind.NESTED:
            return value
        case ColumnType.INTEGER | ColumnType.DECIMAL | ColumnType.BOOLEAN if kind is Kind.TEXT:
            text = msgspec.json.decode(token, type=str)
            if _holds(wanted, text):
                return text.encode()
    raise ValueError(f"expected {_EXPECTED[wanted]}, got {shown(_value(kind, token))}")


def _holds(wanted: ColumnType, text: str) -> bool:
    match wanted:
        case ColumnType.INTEGER:
            return INTEGER.accepts(text)
        case ColumnType.DECIMAL:
            return DECIMAL.accepts(text)
        case _:
            return text in ("true", "false")


def _value(kind: Kind, token: bytes) -> object:
    if kind is Kind.NESTED:
        return [] if token[:1] == b"[" else {}
    return token.decode() if kind is Kind.HUGE else loads(token)
