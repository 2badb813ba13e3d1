"""A workbook's values as JSON text, and the kind of each: one bit, so that a column's kinds are one number.

A cell travels as the bytes of its JSON. Two things that JSON has no value for are strings that begin with a NUL,
which no cell can hold: errors, and formulas whose value was not stored.
"""

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

import orjson

from domain.columns import MAX_DIGITS
from interfaces.formats.values.nulls import NULL_WORDS

NULL = b"null"
EMPTY = b'""'

NULL_WORD, TEXT, TIME, INTEGER, WHOLE, DECIMAL, BOOLEAN, DATE, DATETIME, MIDNIGHT, ERROR, NO_VALUE = (
    1 << bit for bit in range(12)
)
"""WHOLE is an integer written with a point (`5.0`); MIDNIGHT a time of a day that is the start of it."""
NUMBER_KINDS = INTEGER | WHOLE | DECIMAL
DATE_KINDS = DATE | DATETIME | MIDNIGHT
TEXT_KINDS = TEXT | TIME

ERROR_MARK = b'"\\u0000E'
NO_VALUE_CELL = b'"\\u0000F"'

_NULL_WORD_CELLS = frozenset(orjson.dumps(word) for word in NULL_WORDS)
_BLANK = re.compile(rb'"(?:[ \x1f]|\\[nrt]|\xc2\xa0)*"')
_INTEGER = re.compile(rb"0|-?[1-9][0-9]{0,999}")
_POINT = re.compile(rb"(?:-?[1-9][0-9]{0,499}|0|-0(?=\.0*[1-9]))\.[0-9]{1,499}")
_WHOLE = re.compile(rb"[^.]*\.0+")
_NUMBER = re.compile(rb"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,9})?")
_STORED_FLOAT = re.compile(rb"-?(?P<digits>[0-9]+\.[0-9]*[1-9])(?:[eE][+-]?[0-9]{1,3})?")
_STORED_DIGITS = 17
_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")
_MAX_EXPONENT = 308


def text_cell(text: str) -> bytes:
    """A string as JSON. What JSON or a dataset cannot hold stays in Excel's own spelling: `_x0000_`, `_xD800_`."""
    if "\x00" in text:
        text = text.replace("\x00", "_x0000_")
    try:
        return orjson.dumps(text)
    except orjson.JSONEncodeError:
        return orjson.dumps("".join(f"_x{ord(c):04X}_" if "\ud800" <= c <= "\udfff" else c for c in text))


def unescape_text(text: str) -> str:
    """Office's `_x000D_` as the character it stands for; pairs of surrogates joined."""
    if "_x" not in text:
        return text
    found = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    return (
        found.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass") if _has_surrogates(found) else found
    )


def text_kind(cell: bytes) -> int:
    """Whether a text may stand for a missing value in a column of another type."""
    return NULL_WORD if cell in _NULL_WORD_CELLS or _BLANK.fullmatch(cell) else TEXT


def number_cell(raw: bytes) -> tuple[int, bytes]:
    """A number's kind and JSON, digits as written; powers of ten written out. What is no number is text."""
    if len(raw) > _STORED_DIGITS:
        raw = shorten_float(raw)
    if _INTEGER.fullmatch(raw):
        return INTEGER, raw
    if not _POINT.fullmatch(raw):
        plain = _expand_number(raw.strip(b" \t\r\n"))
        if plain is None:
            return TEXT, text_cell(raw.decode())
        raw = plain
    if b"." not in raw:
        return INTEGER, raw
    return WHOLE if _WHOLE.fullmatch(raw) else DECIMAL, raw


def shorten_float(raw: bytes) -> bytes:
    """What was entered where a fraction has the 17 digits in which Excel stores every float: 1.1000000000000001 is
    1.1. Other numbers stay as they are written."""
    match = _STORED_FLOAT.fullmatch(raw)
    if not match or len(match["digits"].replace(b".", b"").lstrip(b"0")) != _STORED_DIGITS:
        return raw
    value = Decimal(repr(float(raw)))
    return format(value, "f").encode() if value and len(value.as_tuple().digits) < _STORED_DIGITS else raw


def error_cell(name: str) -> bytes:
    return ERROR_MARK + text_cell(name)[1:]


def null_cells(values: Sequence[str] | None) -> frozenset[bytes]:
    """The JSON of cells that stand for null by the sender's word: as text, and as numbers."""
    words = values or ()
    numbers = (number_cell(word.encode())[1] for word in words)
    return frozenset(text_cell(word) for word in words) | frozenset(numbers)


def display_text(cell: bytes) -> str | None:
    """A cell as a person sees it; None if there is nothing."""
    if cell == NULL:
        return None
    if cell in (b"true", b"false"):
        return cell.decode().upper()
    if cell[:1] != b'"':
        return cell.decode()
    if cell == NO_VALUE_CELL:
        return None
    if cell.startswith(ERROR_MARK):
        cell = b'"' + cell[len(ERROR_MARK) :]
    text: str = orjson.loads(cell)
    return text


def _expand_number(raw: bytes) -> bytes | None:
    """Another spelling of a number as plain digits, None if it is none or out of range."""
    if len(raw) > MAX_DIGITS or not _NUMBER.fullmatch(raw):
        return None
    try:
        number = Decimal(raw.decode())
    except InvalidOperation:
        return None
    if number.is_zero():
        return b"0"
    if abs(number.adjusted()) > _MAX_EXPONENT:
        return None
    return format(number, "f").encode()


def _has_surrogates(text: str) -> bool:
    return any("\ud800" <= c <= "\udfff" for c in text)
