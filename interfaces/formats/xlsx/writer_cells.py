"""Formats values as cells of a sheet's XML.

Excel keeps doubles, milliseconds, and dates from March 1900 on. A value beyond that is written as text, unchanged.
"""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import lru_cache

from domain.columns import ColumnType

MAX_CELL_CHARACTERS = 32_767
"""The limit of a cell, in UTF-16 code units."""

MAX_TEXT_FORMAT_CHARACTERS = 255
"""Older versions of Excel display ##### for longer text in a cell with the text format."""

DAY, TIME, MILLISECONDS, TEXT, HEADER, FIRST_DECIMAL = 1, 2, 3, 4, 5, 6
"""Styles as `package_parts` numbers them; from FIRST_DECIMAL on for 1, 2, 3 … decimals."""

MAX_DECIMALS = 15

CellFormatter = Callable[[str, str], str]
"""Formats a cell's XML from its reference and its text."""

_SAFE_DIGITS = 15
_MAX_NUMBER_CHARACTERS = 299
"""The exponents of doubles end at 308."""

_EPOCH = date(1899, 12, 30).toordinal()
_FIRST_DAY = "1900-03-01"
_ESCAPED = re.compile(r"[&<>\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_TIME = re.compile(r"([0-9-]{10})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:[.]([0-9]+))?")


class CellTextTooLong(ValueError):
    """A text has more characters than a cell may have."""


def cell_formatter(type: ColumnType, decimals: int) -> CellFormatter:
    """The formatter for the cells of a column that shows `decimals` decimals (0: as many as a value has)."""
    match type:
        case ColumnType.INTEGER | ColumnType.DECIMAL:
            style = f' s="{FIRST_DECIMAL + decimals - 1}"' if 0 < decimals <= MAX_DECIMALS else ""
            return lambda reference, text: format_number_cell(reference, text, style)
        case ColumnType.BOOLEAN:
            return lambda reference, text: f'<c r="{reference}" t="b"><v>{int(text == "true")}</v></c>'
        case ColumnType.DATE:
            return format_date_cell
        case ColumnType.DATETIME:
            return format_datetime_cell
        case _:
            return format_text_cell


def format_text_cell(reference: str, text: str, style: int = TEXT) -> str:
    """A text cell. Raises CellTextTooLong."""
    if len(text) > MAX_TEXT_FORMAT_CHARACTERS:
        if len(text.encode("utf-16-le")) > 2 * MAX_CELL_CHARACTERS:
            raise CellTextTooLong
        style = 0 if style == TEXT else style
    if _ESCAPED.search(text):
        text = _ESCAPED.sub(_escape_character, text)
    return f'<c r="{reference}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def format_number_cell(reference: str, text: str, style: str) -> str:
    """A number cell, or a text cell for a number whose digits Excel would change."""
    if len(text) > _SAFE_DIGITS and not _keeps_digits(text):
        return format_text_cell(reference, text)
    return f'<c r="{reference}"{style}><v>{text}</v></c>'


def format_date_cell(reference: str, text: str) -> str:
    """A date cell, or a text cell for a date before March 1900."""
    if text < _FIRST_DAY:
        return format_text_cell(reference, text)
    return f'<c r="{reference}" s="{DAY}"><v>{_day_number(text)}</v></c>'


def format_datetime_cell(reference: str, text: str) -> str:
    """A time cell, or a text cell for a time with an offset, before March 1900, or with more than milliseconds."""
    match = _TIME.fullmatch(text)
    fraction = (match[5] or "").rstrip("0") if match else ""
    if match is None or len(fraction) > 3 or text < _FIRST_DAY:
        return format_text_cell(reference, text)
    seconds = int(match[2]) * 3600 + int(match[3]) * 60 + int(match[4])
    milliseconds = seconds * 1000 + int(fraction.ljust(3, "0"))
    style = MILLISECONDS if fraction else TIME
    return f'<c r="{reference}" s="{style}"><v>{_day_number(match[1]) + milliseconds / 86_400_000!r}</v></c>'


@lru_cache(maxsize=10_000)
def _day_number(text: str) -> int:
    return date.fromisoformat(text).toordinal() - _EPOCH


def _escape_character(sign: re.Match[str]) -> str:
    """An XML entity, or Office's `_xHHHH_` escape for what XML cannot contain or what looks like such an escape."""
    return _ENTITIES.get(sign[0]) or f"_x{ord(sign[0]):04X}_"


def _keeps_digits(text: str) -> bool:
    """Whether Excel, which reads the number as a double, has its digits.

    Integers of more than 15 digits, most of which are identifiers, do not count: Excel displays zeros for the rest.
    """
    if len(text) > _MAX_NUMBER_CHARACTERS:
        return False
    if len(text.lstrip("-").replace(".", "").strip("0")) <= _SAFE_DIGITS:
        return True
    return "." in text and Decimal(repr(float(text))) == Decimal(text)
