"""Converts JSON values to the type that the client declared for their column, or raises an error."""

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
from interfaces.formats.values.declared_text import TextReader

_ACCEPTED_KINDS = {
    ColumnType.STRING: JsonKind.TEXT,
    ColumnType.INTEGER: JsonKind.INTEGER,
    ColumnType.DECIMAL: NUMBER_KINDS,
    ColumnType.BOOLEAN: JsonKind.BOOLEAN,
    ColumnType.DATE: JsonKind.DATE,
    ColumnType.DATETIME: JsonKind.LOCAL | JsonKind.OFFSET,
    ColumnType.JSON: JsonKind.BOOLEAN | NUMBER_KINDS | JsonKind.TEXT,
}
TYPE_TITLES = {
    ColumnType.STRING: "a string",
    ColumnType.INTEGER: "an integer",
    ColumnType.DECIMAL: "a number",
    ColumnType.BOOLEAN: "true or false",
    ColumnType.DATE: "a date like 2024-01-31",
    ColumnType.DATETIME: "a time like 2024-01-31T12:30:00Z",
    ColumnType.JSON: "a value",
}


def declared_type_pattern(declared: ColumnType) -> "re.Pattern[bytes]":
    """A pattern for lines of values that fit the type unchanged."""
    return kinds_pattern(_ACCEPTED_KINDS[declared])


def convert_token(declared: ColumnType, token: bytes, reader: TextReader | None) -> bytes:
    """The value as JSON of the declared type.

    A string that `reader` reads as a value of the type is converted to it. A number or a boolean becomes its text
    where a string is declared. Raises ValueError for everything else.
    """
    kind, value = classify_token(token)
    if (
        kind is NO_KIND
        or kind & _ACCEPTED_KINDS[declared]
        or (declared is ColumnType.JSON and kind is JsonKind.NESTED)
    ):
        return value
    match declared:
        case ColumnType.STRING if kind & (NUMBER_KINDS | JsonKind.HUGE | JsonKind.BOOLEAN):
            return b'"' + token + b'"'
        case ColumnType.STRING if kind is not JsonKind.NESTED:
            return value
        case type if type is not ColumnType.JSON and kind is JsonKind.TEXT:
            read = reader(msgspec.json.decode(token, type=str)) if reader else None
            if read is not None:
                return read.encode()
    raise ValueError(f"expected {TYPE_TITLES[declared]}, got {quote_value(_token_value(kind, token))}")


def _token_value(kind: JsonKind, token: bytes) -> object:
    if kind is JsonKind.NESTED:
        return [] if token[:1] == b"[" else {}
    return token.decode() if kind is JsonKind.HUGE else loads(token)
