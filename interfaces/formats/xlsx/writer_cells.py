"""Values as cells of a sheet's XML. Excel keeps 15 digits, milliseconds, and days from March 1900 on; what is more
than that stays text, to the letter."""

import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache

from domain.columns import ColumnType

MAX_CELL_CHARACTERS = 32_767
"""Of a cell, in UTF-16 code units."""

MAX_TEXT_FORMAT_CHARACTERS = 255
"""Longer text in a cell whose format is text is shown as ##### by older Excels."""

DAY, TIME, MILLISECONDS, TEXT, HEADER, FIRST_DECIMAL = 1, 2, 3, 4, 5, 6
"""Styles, as `xlsx_package` numbers them; from FIRST_DECIMAL on for 1, 2, 3 … decimals."""

MAX_DECIMALS = 15

CellFormatter = Callable[[str, str], str]
"""A cell's XML, of its reference and its text."""

_EPOCH = date(1899, 12, 30).toordinal()
_FIRST_DAY = "1900-03-01"
_ESCAPED = re.compile(r"[&<>\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_TIME = re.compile(r"([0-9-]{10})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:[.]([0-9]+))?")


class CellTextTooLong(ValueError):
    """A text has more characters than a cell holds."""


def cell_formatter(type: ColumnType, decimals: int) -> CellFormatter:
    """What writes the cells of a column; `decimals`: shown behind the point, 0: as many as there are."""
    match type:
        case ColumnType.INTEGER | ColumnType.DECIMAL:
            style = f' s="{FIRST_DECIMAL + decimals - 1}"' if 0 < decimals <= MAX_DECIMALS else ""
            return lambda at, text: format_number_cell(at, text, style)
        case ColumnType.BOOLEAN:
            return lambda at, text: f'<c r="{at}" t="b"><v>{int(text == "true")}</v></c>'
        case ColumnType.DATE:
            return format_date_cell
        case ColumnType.DATETIME:
            return format_datetime_cell
        case _:
            return format_text_cell


def format_text_cell(at: str, text: str, style: int = TEXT) -> str:
    """Raises TooLong."""
    if len(text) > MAX_TEXT_FORMAT_CHARACTERS:
        if len(text.encode("utf-16-le")) > 2 * MAX_CELL_CHARACTERS:
            raise CellTextTooLong
        style = 0 if style == TEXT else style
    if _ESCAPED.search(text):
        text = _ESCAPED.sub(_escape_character, text)
    return f'<c r="{at}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def format_number_cell(at: str, text: str, style: str) -> str:
    if len(text) > 15 and not _is_exact(text):
        return format_text_cell(at, text)
    return f'<c r="{at}"{style}><v>{text}</v></c>'


def format_date_cell(at: str, text: str) -> str:
    if text < _FIRST_DAY:
        return format_text_cell(at, text)
    return f'<c r="{at}" s="{DAY}"><v>{_day_number(text)}</v></c>'


def format_datetime_cell(at: str, text: str) -> str:
    match = _TIME.fullmatch(text)
    fraction = (match[5] or "").rstrip("0") if match else ""
    if match is None or len(fraction) > 3 or text < _FIRST_DAY:
        return format_text_cell(at, text)
    seconds = int(match[2]) * 3600 + int(match[3]) * 60 + int(match[4])
    milliseconds = seconds * 1000 + int(fraction.ljust(3, "0"))
    style = MILLISECONDS if fraction else TIME
    return f'<c r="{at}" s="{style}"><v>{_day_number(match[1]) + milliseconds / 86_400_000!r}</v></c>'


@lru_cache(maxsize=10_000)
def _day_number(text: str) -> int:
    return date.fromisoformat(text).toordinal() - _EPOCH


def _escape_character(sign: re.Match[str]) -> str:
    """What XML cannot hold is written as Office does, and so is what would look like that."""
    return _ENTITIES.get(sign[0]) or f"_x{ord(sign[0]):04X}_"


def _is_exact(text: str) -> bool:
    """Whether a double of 15 digits holds the number."""
    digits = text.lstrip("-").replace(".", "").strip("0")
    return len(digits) <= 15 and len(text) < 300
