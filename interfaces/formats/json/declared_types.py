"""Values of a column whose type was said beforehand: those that do not fit are refused, not guessed at."""

import re

import msgspec

from domain.columns import ColumnType, quote_value
from domain.exact_json import loads
from interfaces.formats.json.tokens import (
    NO_KIND,
    NUMBER_KINDS,
    JsonKind,
    classify_token,
    kinds_pattern,
)
from interfaces.formats.values.number_forms import DECIMAL, INTEGER

_ACCEPTED_KINDS = {
    ColumnType.STRING: JsonKind.TEXT,
    ColumnType.INTEGER: JsonKind.INTEGER,
    ColumnType.DECIMAL: NUMBER_KINDS,
    ColumnType.BOOLEAN: JsonKind.BOOLEAN,
    ColumnType.DATE: JsonKind.DATE,
    ColumnType.DATETIME: JsonKind.LOCAL | JsonKind.OFFSET,
    ColumnType.JSON: JsonKind.BOOLEAN | NUMBER_KINDS | JsonKind.TEXT,
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


def declared_type_pattern(wanted: ColumnType) -> "re.Pattern[bytes]":
    """Matches lines of values that fit as they are."""
    return kinds_pattern(_ACCEPTED_KINDS[wanted])


def convert_token(wanted: ColumnType, token: bytes) -> bytes:
    """The value as one of this type: a string that holds just a number or a boolean counts as one, and a number or
    a boolean is its text where a string is wanted. Raises ValueError for all others."""
    kind, value = classify_token(token)
    if kind is NO_KIND or kind & _ACCEPTED_KINDS[wanted] or (wanted is ColumnType.JSON and kind is JsonKind.NESTED):
        return value
    match wanted:
        case ColumnType.STRING if kind & (NUMBER_KINDS | JsonKind.HUGE | JsonKind.BOOLEAN):
            return b'"' + token + b'"'
        case ColumnType.STRING if kind is not JsonKind.NESTED:
            return value
        case ColumnType.INTEGER | ColumnType.DECIMAL | ColumnType.BOOLEAN if kind is JsonKind.TEXT:
            text = msgspec.json.decode(token, type=str)
            if _is_text_of_type(wanted, text):
                return text.encode()
    raise ValueError(f"expected {_EXPECTED[wanted]}, got {quote_value(_token_value(kind, token))}")


def _is_text_of_type(wanted: ColumnType, text: str) -> bool:
    match wanted:
        case ColumnType.INTEGER:
            return INTEGER.accepts(text)
        case ColumnType.DECIMAL:
            return DECIMAL.accepts(text)
        case _:
            return text in ("true", "false")


def _token_value(kind: JsonKind, token: bytes) -> object:
    if kind is JsonKind.NESTED:
        return [] if token[:1] == b"[" else {}
    return token.decode() if kind is JsonKind.HUGE else loads(token)
