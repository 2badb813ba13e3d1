"""Encodes a workbook's values as JSON, and classifies them by kind.

A kind is one bit, so that the kinds of a column fit in one integer. A cell is the bytes of its JSON. Errors, formulas
without a stored value, and numbers shown with leading zeros have no JSON value: they are strings that begin with NUL,
which no cell can contain.
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
PADDED, FULL_WIDTH = 1 << 12, 1 << 13
"""WHOLE is an integer written with a decimal point (`5.0`); MIDNIGHT is a date with the time 00:00:00.

Numbers with a format such as `00000` are PADDED if they are shown with leading zeros, else FULL_WIDTH.
"""
PLAIN_NUMBER_KINDS = INTEGER | WHOLE | DECIMAL
NUMBER_KINDS = PLAIN_NUMBER_KINDS | PADDED | FULL_WIDTH
DATE_KINDS = DATE | DATETIME | MIDNIGHT
TEXT_KINDS = TEXT | TIME

ERROR_MARK = b'"\\u0000E'
PADDED_MARK = b'"\\u0000P'
NO_VALUE_CELL = b'"\\u0000F"'

_NULL_WORD_CELLS = frozenset(orjson.dumps(word) for word in NULL_WORDS)
_BLANK = re.compile(rb'"(?:[ \x1f]|\\[nrt]|\xc2\xa0)*"')
_INTEGER = re.compile(rb"0|-?[1-9][0-9]{0,999}")
_POINT = re.compile(rb"(?:-?[1-9][0-9]{0,499}|0|-0(?=\.0*[1-9]))\.[0-9]{1,499}")
_WHOLE = re.compile(rb"[^.]*\.0+")
_NUMBER = re.compile(rb"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,9})?")
_STORED_FLOAT = re.compile(rb"-?(?P<digits>[0-9]+\.[0-9]*[1-9])(?:[eE][+-]?[0-9]{1,3})?")
_STORED_DIGITS = range(17, 22)
"""Excel writes the 17 digits that give a float, Gnumeric up to 21. Text with more digits is no float's."""
_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")
_MAX_EXPONENT = 308


def text_cell(text: str) -> bytes:
    """A string as JSON. NUL and unpaired surrogates are escaped the way Excel does: `_x0000_`, `_xD800_`."""
    if "\x00" in text:
        text = text.replace("\x00", "_x0000_")
    try:
        return orjson.dumps(text)
    except orjson.JSONEncodeError:
        return orjson.dumps("".join(f"_x{ord(c):04X}_" if "\ud800" <= c <= "\udfff" else c for c in text))


def unescape_text(text: str) -> str:
    """Decode the `_xHHHH_` escapes of Office Open XML (ECMA-376, ST_Xstring) and join surrogate pairs."""
    if "_x" not in text:
        return text
    decoded = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    if not _has_surrogates(decoded):
        return decoded
    return decoded.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def text_kind(cell: bytes) -> int:
    """NULL_WORD for a text that means a missing value in a column of another type (`N/A`, blanks), else TEXT."""
    return NULL_WORD if cell in _NULL_WORD_CELLS or _BLANK.fullmatch(cell) else TEXT


def number_cell(raw: bytes) -> tuple[int, bytes]:
    """Kind and JSON of a number, with all its digits and without an exponent. Anything else becomes text."""
    if len(raw) > _STORED_DIGITS.start:
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
    """Undo the notation in which spreadsheet programs store floats: 1.1000000000000001 becomes 1.1.

    Only fractions with 17 to 21 significant digits change, and only to fewer digits.
    """
    match = _STORED_FLOAT.fullmatch(raw)
    digits = len(match["digits"].replace(b".", b"").lstrip(b"0")) if match else 0
    if digits not in _STORED_DIGITS:
        return raw
    value = Decimal(repr(float(raw)))
    is_shorter = value.is_finite() and value and len(value.as_tuple().digits) < digits
    return format(value, "f").encode() if is_shorter else raw


def error_cell(name: str) -> bytes:
    """The cell of an error, such as `#N/A`."""
    return ERROR_MARK + text_cell(name)[1:]


def padded_cell(number: bytes, shown: str) -> bytes:
    """The cell of a number that is shown with leading zeros."""
    return PADDED_MARK + number + b"|" + text_cell(shown)[1:]


def padded_number(cell: bytes) -> bytes:
    """The number of such a cell; any other cell as it is."""
    return cell[len(PADDED_MARK) :].partition(b"|")[0] if cell.startswith(PADDED_MARK) else cell


def null_cells(values: Sequence[str] | None) -> frozenset[bytes]:
    """The cells that the option `null_values` declares as null: the words as text, as numbers and as errors."""
    words = values or ()
    return frozenset(
        cell for word in words for cell in (text_cell(word), number_cell(word.encode())[1], error_cell(word))
    )


def is_null_cell(cell: bytes, nulls: frozenset[bytes]) -> bool:
    """Whether a cell is one of `nulls`; one with leading zeros also by its number, or by what is shown."""
    if cell.startswith(PADDED_MARK):
        return padded_number(cell) in nulls or text_cell(display_text(cell) or "") in nulls
    return cell in nulls


def display_text(cell: bytes) -> str | None:
    """A cell as a spreadsheet program displays it; None for null and for a formula without a value."""
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
    elif cell.startswith(PADDED_MARK):
        cell = b'"' + cell.partition(b"|")[2]
    text: str = orjson.loads(cell)
    return text


def _expand_number(raw: bytes) -> bytes | None:
    """A number in any other notation as plain digits; None if it is not a number or out of range."""
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
