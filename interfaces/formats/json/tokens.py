"""What a JSON value is, told by its text alone."""

import re
from enum import IntFlag

from interfaces.formats.json.nested import has_nul, nested
from interfaces.formats.json.numbers import plain
from interfaces.formats.values.date_forms import CANONICAL_DATE, dated


class Kind(IntFlag):
    """The kinds of values seen in a column; null is none of them. HUGE are numbers that are kept as text."""

    BOOLEAN = 1
    INTEGER = 2
    DECIMAL = 4
    HUGE = 8
    DATE = 16
    LOCAL = 32
    OFFSET = 64
    TEXT = 128
    NESTED = 256


NOTHING = Kind(0)
NUMBERS = Kind.INTEGER | Kind.DECIMAL
STRINGS = Kind.DATE | Kind.LOCAL | Kind.OFFSET | Kind.TEXT

(_DATE,) = dated(CANONICAL_DATE).patterns
_LOCAL_TIME = rf"(?:{_DATE})T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{{1,9}})?"
_PATTERNS = {
    Kind.BOOLEAN: "true|false",
    Kind.INTEGER: "0|-?[1-9][0-9]{0,499}",
    Kind.DECIMAL: r"(?:0|-?[1-9][0-9]{0,499})\.[0-9]{1,500}|-0\.[0-9]{0,499}[1-9][0-9]{0,499}",
    Kind.DATE: f'"(?:{_DATE})"',
    Kind.LOCAL: f'"{_LOCAL_TIME}"',
    Kind.OFFSET: f'"{_LOCAL_TIME}(?:Z|[+-](?:0[0-9]|1[0-5]):[0-5][0-9])"',
    Kind.TEXT: r'"[^\n]*+',
}
_TIMES = tuple((kind, re.compile(_PATTERNS[kind].encode())) for kind in (Kind.DATE, Kind.LOCAL, Kind.OFFSET))


def pattern(kinds: Kind) -> "re.Pattern[bytes]":
    """Matches lines that each hold one value that is null or of these kinds and needs no rewriting."""
    if Kind.TEXT in kinds:
        kinds &= ~(Kind.DATE | Kind.LOCAL | Kind.OFFSET)
    ways = "|".join(["null", *(way for kind, way in _PATTERNS.items() if kind in kinds)])
    return re.compile(rf"(?>(?:{ways})\n)*+".encode())


def told(token: bytes) -> tuple[Kind, bytes]:
    """The kind of a valid JSON value and the text to store. Raises ValueError where it cannot be stored."""
    match token[:1]:
        case b'"':
            if has_nul(token):
                raise ValueError("a string may not hold the character U+0000")
            return _string_kind(token), token
        case b"{" | b"[":
            return Kind.NESTED, nested(token)
        case b"t" | b"f":
            return Kind.BOOLEAN, token
        case b"n":
            return NOTHING, token
    number = plain(token)
    if number is None:
        return Kind.HUGE, b'"' + token + b'"'
    return (Kind.DECIMAL if b"." in number else Kind.INTEGER), number


def _string_kind(token: bytes) -> Kind:
    if 12 <= len(token) <= 40:
        for kind, way in _TIMES:
            if way.fullmatch(token):
                return kind
    return Kind.TEXT
