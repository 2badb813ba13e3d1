"""Binary Excel workbooks (XLSB): a ZIP archive like XLSX, whose parts are BIFF12 records instead of XML."""

import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from domain.errors import TooLarge
from interfaces.formats.source import Source
from interfaces.formats.workbook.cells import (
    BOOLEAN,
    ERROR,
    NULL,
    error_cell,
    null_cells,
    text_cell,
    text_kind,
)
from interfaces.formats.workbook.dates import Style, style_of
from interfaces.formats.workbook.error_names import error_name
from interfaces.formats.workbook.float_numbers import float_cell, known
from interfaces.formats.workbook.header import Cell, Merged
from interfaces.formats.workbook.parts import Archive, corrupt, opened
from interfaces.formats.workbook.sheet_rows import SheetRows
from interfaces.formats.workbook.sheets import ReadSheet, Sheet, described
from interfaces.formats.workbook.table import WorkbookTable, key_faults, rows
from interfaces.formats.xlsb.records import (
    CELL_BOOLEAN,
    CELL_ERROR,
    CELL_REAL,
    CELL_RICH_TEXT,
    CELL_SHARED,
    CELL_TEXT,
    CELL_XFS,
    CELL_XFS_END,
    FORMAT,
    FORMULA_BOOLEAN,
    FORMULA_ERROR,
    FORMULA_NUMBER,
    FORMULA_TEXT,
    MERGED,
    RK,
    ROW,
    SHARED_ITEM,
    SHEET,
    WORKBOOK_PROPERTIES,
    XF,
    records,
    rk_number,
    wide_string,
)
from interfaces.formats.xlsx.parts import main_part, relations
from interfaces.formats.xlsx.shared_strings import MOST_BYTES

__all__ = ["describe", "key_faults", "rows"]

_CELLS = frozenset((*range(RK, FORMULA_ERROR + 1), CELL_RICH_TEXT))
_VISIBLE = 0
_MAX_COLUMN = 16_383


@dataclass(frozen=True, slots=True)
class _Workings:
    strings: Sequence[bytes]
    styles: Sequence[Style]
    epoch_1904: bool
    nulls: frozenset[bytes]


def describe(source: Source, *, exhaustive: bool = False) -> WorkbookTable:
    """The sheet's columns and types, from all of its rows. Raises Invalid, TooLarge or UnsupportedFormat."""
    with opened(source) as archive, _damage_is_refused():
        main = main_part(archive)
        parts = relations(archive, main)
        sheets: list[Sheet] = []
        epoch = False
        with archive.part(main) as stream:
            for number, data in records(stream):
                if number == WORKBOOK_PROPERTIES:
                    epoch = bool(data[0] & 1)
                elif number == SHEET:
                    state, _ = struct.unpack_from("<II", data)
                    id, end = wide_string(data, 8)
                    if (relation := parts.get(id)) and relation.kind == "worksheet":
                        sheets.append(Sheet(wide_string(data, end)[0], state == _VISIBLE, relation.target))
        named = {relation.kind: relation.target for relation in parts.values()}
        nulls = null_cells(source.options.null_values)
        strings = _strings(archive, named.get("sharedStrings", ""), nulls)
        workings = _Workings(strings, _styles(archive, named.get("styles", "")), epoch, nulls)
        return described(source, "xlsb", sheets, lambda sheet: _read(source, archive, sheet, workings))


@contextmanager
def _damage_is_refused() -> Iterator[None]:
    try:
        yield
    except (struct.error, IndexError):
        raise corrupt("a record is too short") from None


def _strings(archive: Archive, part: str, nulls: frozenset[bytes]) -> list[bytes]:
    found: list[bytes] = []
    size = 0
    if part in archive:
        with archive.part(part) as stream:
            for number, data in records(stream):
                if number == SHARED_ITEM:
                    text = text_cell(wide_string(data, 1)[0])
                    size += len(text) + 41
                    if size > MOST_BYTES:
                        raise TooLarge("too-much-text", f"The workbook's texts are larger than {MOST_BYTES:,} bytes.")
                    found.append(NULL if text in nulls else text)
    return found


def _styles(archive: Archive, part: str) -> list[Style]:
    codes: dict[int, str] = {}
    formats: list[int] = []
    inside = False
    if part in archive:
        with archive.part(part) as stream:
            for number, data in records(stream):
                if number == FORMAT:
                    codes[struct.unpack_from("<H", data)[0]] = wide_string(data, 2)[0]
                elif number in (CELL_XFS, CELL_XFS_END):
                    inside = number == CELL_XFS
                elif number == XF and inside:
                    formats.append(struct.unpack_from("<H", data, 2)[0])
    return [style_of(number, codes.get(number)) for number in formats]


def _read(source: Source, archive: Archive, sheet: Sheet, workings: _Workings) -> ReadSheet:
    merged: list[Merged] = []
    row, cells = 0, dict[int, Cell]()
    with archive.part(sheet.part) as stream, SheetRows(source) as out:
        for number, data in records(stream):
            if number in _CELLS:
                column, style = struct.unpack_from("<II", data)
                if column in cells or column > _MAX_COLUMN or not row:
                    raise corrupt(f"it has a wrong cell in row {row:,}")
                cells[column] = _cell(column, style & 0xFFFFFF, number, data, workings)
            elif number == ROW:
                if row:
                    out.add(row, [cells[column] for column in sorted(cells)])
                row, cells = struct.unpack_from("<I", data)[0] + 1, {}
            elif number == MERGED and len(merged) < 100_000:
                top, bottom, left, right = struct.unpack_from("<IIII", data)
                merged.append((top + 1, left, bottom + 1, min(right, _MAX_COLUMN)))
        if row:
            out.add(row, [cells[column] for column in sorted(cells)])
    return ReadSheet(out, merged)


def _cell(column: int, style: int, number: int, data: bytes, workings: _Workings) -> Cell:
    match number:
        case _ if number in (RK, CELL_REAL, FORMULA_NUMBER):
            value = rk_number(struct.unpack_from("<I", data, 8)[0]) if number == RK else _real(data)
            kind = workings.styles[style] if style < len(workings.styles) else Style.NUMBER
            return float_cell(column, value, kind, workings.epoch_1904, workings.nulls)
        case _ if number in (CELL_BOOLEAN, FORMULA_BOOLEAN):
            return column, BOOLEAN, b"true" if data[8] else b"false"
        case _ if number in (CELL_ERROR, FORMULA_ERROR):
            return known(column, ERROR, error_cell(error_name(data[8])), workings.nulls)
        case _ if number == CELL_SHARED:
            (index,) = struct.unpack_from("<I", data, 8)
            if index >= len(workings.strings):
                raise corrupt(f"a cell refers to a text beyond the {len(workings.strings):,} it has")
            text = workings.strings[index]
            return column, 0 if text == NULL else text_kind(text), text
        case _ if number in (CELL_TEXT, FORMULA_TEXT, CELL_RICH_TEXT):
            text = text_cell(wide_string(data, 9 if number == CELL_RICH_TEXT else 8)[0])
            return known(column, text_kind(text), text, workings.nulls)
    raise corrupt(f"it has a cell of the unknown kind {number}")


def _real(data: bytes) -> float:
    value: float = struct.unpack_from("<d", data, 8)[0]
    return value
