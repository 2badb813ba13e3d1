"""Find the few cells that keep a column of a sheet from having a type."""

from collections.abc import Mapping, Sequence

from application.imports.file_format import FileOptions
from domain.columns import ColumnType, is_date, is_datetime
from interfaces.formats.values.blanks import BLANKS
from interfaces.formats.values.mismatch_notes import Mismatch, NearType, Remedy
from interfaces.formats.values.mixed_values import Majority, MixedValues, ValueGroup
from interfaces.formats.workbook.cells import (
    BOOLEAN,
    DATE_KINDS,
    ERROR_MARK,
    NO_VALUE_CELL,
    NULL_WORD,
    NUMBER_KINDS,
    PADDED_MARK,
    TEXT_KINDS,
    display_text,
    text_cell,
    text_kind,
)
from interfaces.formats.workbook.conversion import read_columns
from interfaces.formats.workbook.sheet_rows import SheetRows
from interfaces.formats.workbook.types import TYPE_TITLES, cell_reader, type_of_kinds

_GROUP_KINDS = {ValueGroup.NUMBER: NUMBER_KINDS, ValueGroup.BOOLEAN: BOOLEAN, ValueGroup.DATE: DATE_KINDS}


def find_near_types(sheet: SheetRows, names: Sequence[str], options: FileOptions) -> Mapping[int, NearType]:
    """The types that columns, counted from the first of the sheet, would have without a few of their cells."""
    mixed = {
        at: MixedValues(_classify)
        for at, name in enumerate(names)
        if name not in options.columns and _is_mixed(_kinds(sheet, at))
    }
    if not mixed:
        return {}
    for numbers, columns in read_columns(sheet):
        for at, values in mixed.items():
            values.add(zip(numbers, columns[at], strict=True))
    found = {
        at: _near_type(majority, _kinds(sheet, at), options)
        for at, values in mixed.items()
        if (majority := values.find_majority())
    }
    return {at: near for at, near in found.items() if near.type is not ColumnType.STRING}


def _kinds(sheet: SheetRows, at: int) -> int:
    seen = sheet.columns.get(sheet.first_column + at)
    return seen.kinds if seen else 0


def _is_mixed(kinds: int) -> bool:
    return sum(bool(kinds & group) for group in (*_GROUP_KINDS.values(), TEXT_KINDS)) > 1


def _classify(cell: bytes) -> ValueGroup | None:
    """The group of a cell; None for nulls, errors and the like."""
    match cell[:1]:
        case b'"':
            return _classify_quoted(cell)
        case b"t" | b"f":
            return ValueGroup.BOOLEAN
        case b"n":
            return None
    return ValueGroup.NUMBER


def _classify_quoted(cell: bytes) -> ValueGroup | None:
    if cell.startswith(PADDED_MARK):
        return ValueGroup.NUMBER
    if cell == NO_VALUE_CELL or cell.startswith(ERROR_MARK) or text_kind(cell) == NULL_WORD:
        return None
    if not cell[1:2].isdigit():
        return ValueGroup.TEXT
    text = display_text(cell) or ""
    return ValueGroup.DATE if is_date(text) or is_datetime(text) else ValueGroup.TEXT


def _near_type(majority: Majority, kinds: int, options: FileOptions) -> NearType:
    """The type of nearly all cells; string if they have none, such as dates that are text."""
    type = type_of_kinds(kinds & _GROUP_KINDS[majority.group])
    read = cell_reader(type, options)
    examples = []
    for number, cell in majority.others:
        text = display_text(cell) or ""
        if read(cell) is not None:
            remedy = Remedy.DECLARE
        else:
            is_trimmed = text != (trimmed := text.strip(BLANKS)) and read(text_cell(trimmed)) is not None
            remedy = Remedy.TRIM_AND_DECLARE if is_trimmed else Remedy.NONE
        examples.append(Mismatch(text, f"row {number:,}", remedy))
    return NearType(TYPE_TITLES[type], type, examples, majority.more)
