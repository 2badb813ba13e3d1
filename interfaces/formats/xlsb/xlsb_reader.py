"""Reads binary Excel workbooks (XLSB; MS-XLSB): ZIP archives like XLSX, with BIFF12 records instead of XML."""

import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from domain.errors import TooLarge
from interfaces.formats.source import InputFile
from interfaces.formats.workbook.cells import (
    BOOLEAN,
    ERROR,
    NULL,
    error_cell,
    null_cells,
    text_cell,
    text_kind,
)
from interfaces.formats.workbook.error_names import error_name
from interfaces.formats.workbook.header import Cell, MergedRange
from interfaces.formats.workbook.numbers.dates import CellStyle, NumberStyle, style_of
from interfaces.formats.workbook.numbers.float_numbers import apply_nulls, float_cell
from interfaces.formats.workbook.parts import WorkbookArchive, corrupt_error, open_archive
from interfaces.formats.workbook.sheet_rows import SheetRows
from interfaces.formats.workbook.sheets import SheetContent, WorkbookSheet, describe_workbook
from interfaces.formats.workbook.table import WorkbookTable, key_faults, rows
from interfaces.formats.xlsb.records import (
    ARRAY_FORMULA,
    BLANK,
    CELL_BOOLEAN,
    CELL_ERROR,
    CELL_METADATA,
    CELL_REAL,
    CELL_RICH_TEXT,
    CELL_SHARED,
    CELL_TEXT,
    CELL_XFS,
    CELL_XFS_END,
    COLUMNS,
    DATA_TABLE,
    FORMAT,
    FORMATS,
    FORMATS_END,
    FORMULA_BOOLEAN,
    FORMULA_ERROR,
    FORMULA_NUMBER,
    FORMULA_TEXT,
    MERGED,
    RK,
    ROW,
    SHARED_FORMULA,
    SHARED_ITEM,
    SHEET,
    SHEET_DATA,
    SHEET_DATA_END,
    SHORT_CELLS,
    VALUE_METADATA,
    WORKBOOK_PROPERTIES,
    XF,
    decode_rk,
    read_records,
    read_wide_string,
)
from interfaces.formats.xlsx.read_parts import find_main_part, read_relations
from interfaces.formats.xlsx.shared_strings import MAX_STRINGS_BYTES

__all__ = ["describe", "key_faults", "rows"]

_CELL_RECORDS = frozenset((*range(BLANK, FORMULA_ERROR + 1), CELL_RICH_TEXT))
_BESIDE_CELLS = frozenset((CELL_METADATA, VALUE_METADATA, ARRAY_FORMULA, SHARED_FORMULA, DATA_TABLE))
"""Records between a row's cells that are no cells."""
_VISIBLE = 0
_HIDDEN_ROW, _HIDDEN_COLUMN = 0x10, 0x01
_MAX_COLUMN = 16_383


@dataclass(frozen=True, slots=True)
class _XlsbContext:
    strings: Sequence[bytes]
    styles: Sequence[CellStyle]
    epoch_1904: bool
    nulls: frozenset[bytes]


def describe(source: InputFile, *, exhaustive: bool = False) -> WorkbookTable:
    """Read a sheet into the spool and return its columns with their types; `exhaustive` makes no difference.

    Raises Invalid, TooLarge or UnsupportedFormat.
    """
    with open_archive(source) as archive, _refuse_xlsb_damage():
        main = find_main_part(archive)
        parts = read_relations(archive, main)
        sheets: list[WorkbookSheet] = []
        epoch = False
        with archive.part(main) as stream:
            for number, data in read_records(stream):
                if number == WORKBOOK_PROPERTIES:
                    epoch = bool(data[0] & 1)
                elif number == SHEET:
                    state, _ = struct.unpack_from("<II", data)
                    id, end = read_wide_string(data, 8)
                    if (relation := parts.get(id)) and relation.kind == "worksheet":
                        sheets.append(
                            WorkbookSheet(read_wide_string(data, end)[0], state == _VISIBLE, relation.target)
                        )
        named = {relation.kind: relation.target for relation in parts.values()}
        nulls = null_cells(source.options.null_values)
        strings = _read_strings(archive, named.get("sharedStrings", ""), nulls)
        context = _XlsbContext(strings, _read_styles(archive, named.get("styles", "")), epoch, nulls)
        return describe_workbook(source, "xlsb", sheets, lambda sheet: _read_sheet(source, archive, sheet, context))


@contextmanager
def _refuse_xlsb_damage() -> Iterator[None]:
    try:
        yield
    except (struct.error, IndexError):
        raise corrupt_error("a record is too short") from None


def _read_strings(archive: WorkbookArchive, part: str, nulls: frozenset[bytes]) -> list[bytes]:
    found: list[bytes] = []
    size = 0
    if part in archive:
        with archive.part(part) as stream:
            for number, data in read_records(stream):
                if number == SHARED_ITEM:
                    text = text_cell(read_wide_string(data, 1)[0])
                    size += len(text) + 41
                    if size > MAX_STRINGS_BYTES:
                        raise TooLarge(
                            "too-much-text", f"The workbook's texts are larger than {MAX_STRINGS_BYTES:,} bytes."
                        )
                    found.append(NULL if text in nulls else text)
    return found


def _read_styles(archive: WorkbookArchive, part: str) -> list[CellStyle]:
    codes: dict[int, str] = {}
    formats: list[int] = []
    section = 0
    if part in archive:
        with archive.part(part) as stream:
            for number, data in read_records(stream):
                if number in (FORMATS, FORMATS_END, CELL_XFS, CELL_XFS_END):
                    section = number
                elif number == FORMAT and section == FORMATS:
                    codes[struct.unpack_from("<H", data)[0]] = read_wide_string(data, 2)[0]
                elif number == XF and section == CELL_XFS:
                    formats.append(struct.unpack_from("<H", data, 2)[0])
    return [style_of(number, codes.get(number)) for number in formats]


def _read_sheet(
    source: InputFile, archive: WorkbookArchive, sheet: WorkbookSheet, context: _XlsbContext
) -> SheetContent:
    merged: list[MergedRange] = []
    row, column, cells = 0, -1, dict[int, Cell]()
    in_data = False
    with archive.part(sheet.part) as stream, SheetRows(source) as out:
        for number, data in read_records(stream):
            if number in SHORT_CELLS:
                if column < 0:
                    raise corrupt_error(f"the first cell of row {row:,} has no column")
                number, data = number - SHORT_CELLS.start + BLANK, struct.pack("<I", column + 1) + data
            if number in _CELL_RECORDS:
                column, style = struct.unpack_from("<II", data)
                if column in cells or column > _MAX_COLUMN or not row:
                    raise corrupt_error(f"it has a wrong cell in row {row:,}")
                if number != BLANK:
                    cells[column] = _convert_cell(column, style & 0xFFFFFF, number, data, context)
            elif number == ROW:
                if row:
                    out.add(row, [cells[column] for column in sorted(cells)])
                row, column, cells = struct.unpack_from("<I", data)[0] + 1, -1, {}
                if data[11] & _HIDDEN_ROW:
                    out.hide_row(row)
            elif number == COLUMNS and not in_data:
                first, last = struct.unpack_from("<II", data)
                if data[16] & _HIDDEN_COLUMN:
                    out.hide_columns(first, last)
            elif number in (SHEET_DATA, SHEET_DATA_END):
                in_data = number == SHEET_DATA
            elif in_data and number not in _BESIDE_CELLS:
                raise corrupt_error(f"row {row:,} has a cell of the unknown kind {number}")
            elif number == MERGED and len(merged) < 100_000:
                top, bottom, left, right = struct.unpack_from("<IIII", data)
                merged.append((top + 1, left, bottom + 1, min(right, _MAX_COLUMN)))
        if row:
            out.add(row, [cells[column] for column in sorted(cells)])
    return SheetContent(out, merged)


def _convert_cell(column: int, style: int, number: int, data: bytes, context: _XlsbContext) -> Cell:
    match number:
        case _ if number in (RK, CELL_REAL, FORMULA_NUMBER):
            value = decode_rk(struct.unpack_from("<I", data, 8)[0]) if number == RK else _decode_real(data)
            kind = context.styles[style] if style < len(context.styles) else NumberStyle.NUMBER
            return float_cell(column, value, kind, context.epoch_1904, context.nulls)
        case _ if number in (CELL_BOOLEAN, FORMULA_BOOLEAN):
            return column, BOOLEAN, b"true" if data[8] else b"false"
        case _ if number in (CELL_ERROR, FORMULA_ERROR):
            return apply_nulls(column, ERROR, error_cell(error_name(data[8])), context.nulls)
        case _ if number == CELL_SHARED:
            (index,) = struct.unpack_from("<I", data, 8)
            if index >= len(context.strings):
                raise corrupt_error(f"a cell refers to a text beyond the {len(context.strings):,} it has")
            text = context.strings[index]
            return column, 0 if text == NULL else text_kind(text), text
        case _ if number in (CELL_TEXT, FORMULA_TEXT, CELL_RICH_TEXT):
            text = text_cell(read_wide_string(data, 9 if number == CELL_RICH_TEXT else 8)[0])
            return apply_nulls(column, text_kind(text), text, context.nulls)
    raise corrupt_error(f"it has a cell of the unknown kind {number}")


def _decode_real(data: bytes) -> float:
    value: float = struct.unpack_from("<d", data, 8)[0]
    return value
