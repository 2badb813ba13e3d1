"""Classifies JSON values by their text: booleans, numbers, dates, other strings, nested values."""

import re
from enum import IntFlag

from interfaces.formats.json.nested import has_nul, normalize_nested
from interfaces.formats.json.numbers import normalize_number
from interfaces.formats.values.dates.date_forms import CANONICAL_DATE, build_date_format


class JsonKind(IntFlag):
    """The kinds of values in a column, except null.

    HUGE are numbers out of range, kept as text; LOCAL and OFFSET are times without and with an offset from UTC.
    """

    BOOLEAN = 1
    INTEGER = 2
    DECIMAL = 4
    HUGE = 8
    DATE = 16
    LOCAL = 32
    OFFSET = 64
    TEXT = 128
    NESTED = 256


NO_KIND = JsonKind(0)
NUMBER_KINDS = JsonKind.INTEGER | JsonKind.DECIMAL
STRING_KINDS = JsonKind.DATE | JsonKind.LOCAL | JsonKind.OFFSET | JsonKind.TEXT

(_DATE,) = build_date_format(CANONICAL_DATE).patterns
_LOCAL_TIME = rf"(?:{_DATE})T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{{1,9}})?"
_PATTERNS = {
    JsonKind.BOOLEAN: "true|false",
    JsonKind.INTEGER: "0|-?[1-9][0-9]{0,499}",
    JsonKind.DECIMAL: r"(?:0|-?[1-9][0-9]{0,499})\.[0-9]{1,500}|-0\.[0-9]{0,499}[1-9][0-9]{0,499}",
    JsonKind.DATE: f'"(?:{_DATE})"',
    JsonKind.LOCAL: f'"{_LOCAL_TIME}"',
    JsonKind.OFFSET: f'"{_LOCAL_TIME}(?:Z|[+-](?:0[0-9]|1[0-5]):[0-5][0-9])"',
    JsonKind.TEXT: r'"[^\n]*+',
}
_TEMPORAL_PATTERNS = tuple(
    (kind, re.compile(_PATTERNS[kind].encode())) for kind in (JsonKind.DATE, JsonKind.LOCAL, JsonKind.OFFSET)
)


def kinds_pattern(kinds: JsonKind) -> "re.Pattern[bytes]":
    """A pattern for lines with one value each that is null or of these kinds, and can be stored unchanged."""
    if JsonKind.TEXT in kinds:
        kinds &= ~(JsonKind.DATE | JsonKind.LOCAL | JsonKind.OFFSET)
    alternatives = "|".join(["null", *(expression for kind, expression in _PATTERNS.items() if kind in kinds)])
    return re.compile(rf"(?>(?:{alternatives})\n)*+".encode())


def classify_token(token: bytes) -> tuple[JsonKind, bytes]:
    """The kind of a valid JSON value and the JSON to store. Raises ValueError if it cannot be stored."""
    match token[:1]:
        case b'"':
            if has_nul(token):
                raise ValueError("a string may not contain the character U+0000")
            return _string_kind(token), token
        case b"{" | b"[":
            return JsonKind.NESTED, normalize_nested(token)
        case b"t" | b"f":
            return JsonKind.BOOLEAN, token
        case b"n":
            return NO_KIND, token
    number = normalize_number(token)
    if number is None:
        return JsonKind.HUGE, b'"' + token + b'"'
    return (JsonKind.DECIMAL if b"." in number else JsonKind.INTEGER), number


def _string_kind(token: bytes) -> JsonKind:
    if 12 <= len(token) <= 40:
        for kind, expression in _TEMPORAL_PATTERNS:
            if expression.fullmatch(token):
                return kind
    return JsonKind.TEXT
