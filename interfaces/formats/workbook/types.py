"""Chooses the type of a sheet's column from the kinds of its cells, and the converter of cells to that type."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from application.imports.file_format import FileOptions, RequestedType
from domain.columns import ColumnType, is_date, is_datetime, quote_value
from interfaces.formats.json.embedded import parse_embedded
from interfaces.formats.values.blanks import BLANKS, has_blanks
from interfaces.formats.values.declared_text import TextReader, declared_text_reader
from interfaces.formats.values.numbers.number_forms import DECIMAL as DECIMAL_FORM
from interfaces.formats.values.numbers.number_forms import INTEGER as INTEGER_FORM
from interfaces.formats.workbook.cells import (
    BOOLEAN,
    DATE,
    DATE_KINDS,
    DATETIME,
    DECIMAL,
    ERROR,
    ERROR_MARK,
    MIDNIGHT,
    NO_VALUE,
    NO_VALUE_CELL,
    NULL,
    NULL_WORD,
    NUMBER_KINDS,
    PADDED,
    PADDED_MARK,
    PLAIN_NUMBER_KINDS,
    TEXT_KINDS,
    WHOLE,
    display_text,
    padded_number,
    text_cell,
    text_kind,
)
from interfaces.formats.workbook.sheet_rows import SeenKinds

CellConverter = Callable[[bytes], bytes | None]
"""Converts a cell to the JSON of its column's type; returns None if it does not fit."""

TYPE_TITLES = {
    ColumnType.STRING: "text",
    ColumnType.INTEGER: "an integer",
    ColumnType.DECIMAL: "a number",
    ColumnType.BOOLEAN: "true or false",
    ColumnType.DATE: "a date",
    ColumnType.DATETIME: "a time",
    ColumnType.JSON: "JSON",
}
_TRUE_FALSE = {"true": b"true", "false": b"false"}
_WHOLE_NUMBER = re.compile(rb"(-?[0-9]+)\.0+")
_AT_MIDNIGHT = b'T00:00:00"'


@dataclass(frozen=True, slots=True)
class ColumnTyping:
    """A column's type. `convert` is None if every cell can stay as it was read."""

    type: ColumnType
    convert: CellConverter | None


def choose_type(name: str, seen: SeenKinds, options: FileOptions) -> ColumnTyping:
    """The type for all cells of a column, or the declared one."""
    kinds, declared, error_cells = seen.kinds, options.columns.get(name), options.error_cells
    type = declared.type if declared is not None else type_of_kinds(kinds)
    reader = declared_text_reader(declared, options.decimal) if declared is not None else None
    trims = options.trim is True and bool(kinds & (TEXT_KINDS | NULL_WORD))
    if type is type_of_kinds(kinds) and not trims and not _needs_conversion(type, kinds):
        return ColumnTyping(type, None)
    convert = _reading_text(_CONVERTERS[type], reader)
    return ColumnTyping(type, _converting_errors(_trimming(convert) if trims else convert, type, error_cells))


def cell_reader(type: ColumnType, options: FileOptions) -> CellConverter:
    """The converter of single cells to a type, as if the client had declared it."""
    return _reading_text(_CONVERTERS[type], declared_text_reader(RequestedType(type), options.decimal))


def _reading_text(convert: CellConverter, reader: TextReader | None) -> CellConverter:
    """The converter that also accepts texts which `reader` can read as a value of the declared type."""
    if reader is None:
        return convert

    def convert_text(cell: bytes) -> bytes | None:
        converted, text = convert(cell), _cell_text(cell)
        if converted is not None or text is None:
            return converted
        read = reader(text)
        return None if read is None else read.encode()

    return convert_text


def _trimming(convert: CellConverter) -> CellConverter:
    """The converter of cells without the blanks around their text; a cell of nothing but blanks is null."""

    def convert_trimmed(cell: bytes) -> bytes | None:
        text = _cell_text(cell)
        if text is None or not text or not has_blanks(text):
            return convert(cell)
        trimmed = text.strip(BLANKS)
        return convert(text_cell(trimmed)) if trimmed else NULL

    return convert_trimmed


def _converting_errors(convert: CellConverter, type: ColumnType, error_cells: str | None) -> CellConverter:
    """The converter of error cells too: they become null, or are rejected, or are text if nothing else is said."""
    if error_cells is None and type is ColumnType.STRING:
        return convert
    replacement = None if error_cells == "reject" else NULL
    prepare = _unchanged if type is ColumnType.STRING else padded_number
    return lambda cell: replacement if cell.startswith(ERROR_MARK) else convert(prepare(cell))


def explain_mismatch(name: str, type: ColumnType, cell: bytes) -> str:
    """Why a cell does not fit the type of its column."""
    if cell == NO_VALUE_CELL:
        what = "the formula has no stored value; open and save the workbook in a spreadsheet program"
    elif cell.startswith(ERROR_MARK):
        what = f"expected {TYPE_TITLES[type]}, the cell has the error {display_text(cell)}"
    else:
        what = f"expected {TYPE_TITLES[type]}, got {quote_value(display_text(cell))}"
    return f"column {name!r}: {what}"


def type_of_kinds(kinds: int) -> ColumnType:
    """The type for cells of these kinds: text if they are mixed."""
    values = kinds & (NUMBER_KINDS | BOOLEAN | DATE_KINDS | TEXT_KINDS)
    if not values or values & TEXT_KINDS or _is_padded(values):
        return ColumnType.STRING
    if not values & ~NUMBER_KINDS:
        return ColumnType.DECIMAL if values & DECIMAL else ColumnType.INTEGER
    if values == BOOLEAN:
        return ColumnType.BOOLEAN
    if not values & ~DATE_KINDS:
        return ColumnType.DATETIME if values & DATETIME else ColumnType.DATE
    return ColumnType.STRING


def _is_padded(kinds: int) -> bool:
    """Whether all numbers of a column have a format that shows leading zeros, and some are shown with them."""
    return bool(kinds & PADDED) and not kinds & PLAIN_NUMBER_KINDS


def _unchanged(cell: bytes) -> bytes:
    return cell


def _needs_conversion(type: ColumnType, kinds: int) -> bool:
    """Whether some cells differ from the JSON of the type."""
    if kinds & (ERROR | NO_VALUE | PADDED):
        return True
    if type is ColumnType.STRING:
        return bool(kinds & (NUMBER_KINDS | BOOLEAN))
    other = {ColumnType.INTEGER: WHOLE, ColumnType.DATE: MIDNIGHT, ColumnType.DATETIME: DATE}
    return bool(kinds & (NULL_WORD | other.get(type, 0)))


def _as_string(cell: bytes) -> bytes | None:
    if cell[:1] == b'"':
        if cell == NO_VALUE_CELL:
            return None
        return text_cell(display_text(cell) or "") if cell.startswith((ERROR_MARK, PADDED_MARK)) else cell
    return NULL if cell == NULL else text_cell(display_text(cell) or "")


def _as_integer(cell: bytes) -> bytes | None:
    if (text := _cell_text(cell)) is not None:
        return _convert_number_text(cell, text, INTEGER_FORM.accepts(text))
    if match := _WHOLE_NUMBER.fullmatch(cell):
        return b"0" if match[1] == b"-0" else match[1]
    return cell if cell == NULL or INTEGER_FORM.accepts(cell.decode()) else None


def _as_decimal(cell: bytes) -> bytes | None:
    if (text := _cell_text(cell)) is not None:
        return _convert_number_text(cell, text, DECIMAL_FORM.accepts(text))
    return None if cell in (b"true", b"false") else cell


def _as_boolean(cell: bytes) -> bytes | None:
    if (text := _cell_text(cell)) is not None:
        return _TRUE_FALSE.get(text.lower(), NULL if _is_missing(cell) else None)
    return cell if cell in (b"true", b"false", NULL) else None


def _as_date(cell: bytes) -> bytes | None:
    if _cell_text(cell) is not None:
        day = cell.replace(_AT_MIDNIGHT, b'"')
        return day if is_date(day[1:-1].decode()) else NULL if _is_missing(cell) else None
    return NULL if cell == NULL else None


def _as_datetime(cell: bytes) -> bytes | None:
    if (text := _cell_text(cell)) is not None:
        if is_date(text):
            return cell[:-1] + _AT_MIDNIGHT
        moment = text[:10] + "T" + text[11:] if text[10:11] == " " else text
        return text_cell(moment) if is_datetime(moment) else NULL if _is_missing(cell) else None
    return NULL if cell == NULL else None


def _as_json(cell: bytes) -> bytes | None:
    if cell[:1] != b'"':
        return cell
    try:
        return parse_embedded(cell)
    except ValueError:
        return NULL if _is_missing(cell) else None


def _cell_text(cell: bytes) -> str | None:
    """The text of a cell, NUL for an error or missing value, None for other values."""
    if cell[:1] != b'"':
        return None
    return "\x00" if cell.startswith(b'"\\u0000') else display_text(cell)


def _convert_number_text(cell: bytes, text: str, fits: bool) -> bytes | None:
    return text.encode() if fits else NULL if _is_missing(cell) else None


def _is_missing(cell: bytes) -> bool:
    return text_kind(cell) == NULL_WORD


_CONVERTERS: dict[ColumnType, CellConverter] = {
    ColumnType.STRING: _as_string,
    ColumnType.INTEGER: _as_integer,
    ColumnType.DECIMAL: _as_decimal,
    ColumnType.BOOLEAN: _as_boolean,
    ColumnType.DATE: _as_date,
    ColumnType.DATETIME: _as_datetime,
    ColumnType.JSON: _as_json,
}
