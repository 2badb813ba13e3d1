"""Old Excel workbooks (XLS), read by xlrd, which knows all of BIFF and loses neither errors nor formats."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import xlrd  # type: ignore[import-untyped]

from interfaces.formats.source import Source
from interfaces.formats.workbook.cells import (
    BOOLEAN,
    ERROR,
    error_cell,
    null_cells,
    text_cell,
    text_kind,
)
from interfaces.formats.workbook.dates import Style, style_of
from interfaces.formats.workbook.error_names import error_name
from interfaces.formats.workbook.float_numbers import float_cell, known
from interfaces.formats.workbook.header import Cell
from interfaces.formats.workbook.parts import corrupt, encrypted
from interfaces.formats.workbook.sheet_rows import SheetRows
from interfaces.formats.workbook.sheets import ReadSheet, Sheet, described
from interfaces.formats.workbook.table import WorkbookTable, key_faults, rows

__all__ = ["describe", "key_faults", "rows"]


def describe(source: Source, *, exhaustive: bool = False) -> WorkbookTable:
    """The sheet's columns and types, from all of its rows. Raises Invalid, TooLarge or UnsupportedFormat."""
    with _opened(source.path) as book:
        hidden = book._sheet_visibility
        sheets = [Sheet(name, not hidden[at], str(at)) for at, name in enumerate(book.sheet_names())]
        styles = _styles(book)
        return described(source, "xls", sheets, lambda sheet: _read(source, book, styles, int(sheet.part)))


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    with Path(os.devnull).open("w") as log, _damage_is_refused():
        book = xlrd.open_workbook(path, logfile=log, on_demand=True, formatting_info=True, ragged_rows=True)
    with book:
        yield book


@contextmanager
def _damage_is_refused() -> Iterator[None]:
    """xlrd raises whatever comes of bytes that make no sense."""
    try:
        yield
    except MemoryError:
        raise
    except Exception as error:
        if "encrypted" in str(error) or "password" in str(error).lower():
            raise encrypted() from None
        raise corrupt(str(error) or type(error).__name__) from None


def _styles(book: Any) -> list[Style]:
    with _damage_is_refused():
        codes = {key: format.format_str for key, format in book.format_map.items()}
        return [style_of(xf.format_key, codes.get(xf.format_key)) for xf in book.xf_list]


def _read(source: Source, book: Any, styles: list[Style], number: int) -> ReadSheet:
    with _damage_is_refused():
        sheet = book.sheet_by_index(number)
        merged = [(top + 1, left, bottom, right - 1) for top, bottom, left, right in sheet.merged_cells]
    nulls = null_cells(source.options.null_values)
    with SheetRows(source) as out:
        for row in range(sheet.nrows):
            with _damage_is_refused():
                cells = [
                    _cell(column, cell.ctype, cell.value, _style(styles, cell.xf_index), book.datemode == 1, nulls)
                    for column, cell in enumerate(sheet.row(row))
                    if cell.ctype not in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK)
                ]
            out.add(row + 1, cells)
    book.unload_sheet(number)
    return ReadSheet(out, merged)


def _style(styles: list[Style], number: int | None) -> Style:
    return styles[number] if number is not None and number < len(styles) else Style.NUMBER


def _cell(column: int, type: int, value: Any, style: Style, epoch_1904: bool, nulls: frozenset[bytes]) -> Cell:
    if type == xlrd.XL_CELL_TEXT:
        cell = text_cell(value)
        return known(column, text_kind(cell), cell, nulls)
    if type == xlrd.XL_CELL_BOOLEAN:
        return column, BOOLEAN, b"true" if value else b"false"
    if type == xlrd.XL_CELL_ERROR:
        return known(column, ERROR, error_cell(error_name(value)), nulls)
    return float_cell(column, value, style, epoch_1904, nulls)
