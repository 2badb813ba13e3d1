"""Reads old Excel workbooks (XLS; MS-XLS) with xlrd, which supports all BIFF versions, errors and number formats."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import xlrd  # type: ignore[import-untyped]

from interfaces.formats.source import InputFile
from interfaces.formats.workbook.cells import (
    BOOLEAN,
    ERROR,
    error_cell,
    null_cells,
    text_cell,
    text_kind,
)
from interfaces.formats.workbook.error_names import error_name
from interfaces.formats.workbook.header import Cell
from interfaces.formats.workbook.numbers.dates import CellStyle, NumberStyle, style_of
from interfaces.formats.workbook.numbers.float_numbers import apply_nulls, float_cell
from interfaces.formats.workbook.parts import corrupt_error, encrypted_error
from interfaces.formats.workbook.sheet_rows import SheetRows
from interfaces.formats.workbook.sheets import SheetContent, WorkbookSheet, describe_workbook
from interfaces.formats.workbook.table import WorkbookTable, key_faults, rows

__all__ = ["describe", "key_faults", "rows"]


def describe(source: InputFile, *, exhaustive: bool = False) -> WorkbookTable:
    """Read a sheet into the spool and return its columns with their types; `exhaustive` makes no difference.

    Raises Invalid, TooLarge or UnsupportedFormat.
    """
    with _open_workbook(source.path) as book:
        hidden = book._sheet_visibility
        sheets = [WorkbookSheet(name, not hidden[at], str(at)) for at, name in enumerate(book.sheet_names())]
        styles = _read_styles(book)
        return describe_workbook(
            source, "xls", sheets, lambda sheet: _read_sheet(source, book, styles, int(sheet.part))
        )


@contextmanager
def _open_workbook(path: Path) -> Iterator[Any]:
    with Path(os.devnull).open("w") as log, _refuse_xls_damage():
        book = xlrd.open_workbook(path, logfile=log, on_demand=True, formatting_info=True, ragged_rows=True)
    with book:
        yield book


@contextmanager
def _refuse_xls_damage() -> Iterator[None]:
    """Turn any exception into Invalid `corrupt-file`, because xlrd raises arbitrary ones for damaged files."""
    try:
        yield
    except MemoryError:
        raise
    except Exception as error:
        if "encrypted" in str(error) or "password" in str(error).lower():
            raise encrypted_error() from None
        raise corrupt_error(str(error) or type(error).__name__) from None


def _read_styles(book: Any) -> list[CellStyle]:
    with _refuse_xls_damage():
        codes = {key: format.format_str for key, format in book.format_map.items()}
        return [style_of(xf.format_key, codes.get(xf.format_key)) for xf in book.xf_list]


def _read_sheet(source: InputFile, book: Any, styles: list[CellStyle], number: int) -> SheetContent:
    with _refuse_xls_damage():
        sheet = book.sheet_by_index(number)
        merged = [(top + 1, left, bottom, right - 1) for top, bottom, left, right in sheet.merged_cells]
    nulls = null_cells(source.options.null_values)
    with SheetRows(source) as out:
        for column, about in sheet.colinfo_map.items():
            if about.hidden:
                out.hide_columns(column, column)
        for row in range(sheet.nrows):
            if row in sheet.rowinfo_map and sheet.rowinfo_map[row].hidden:
                out.hide_row(row + 1)
            with _refuse_xls_damage():
                cells = [
                    _convert_cell(
                        column, cell.ctype, cell.value, _cell_style(styles, cell.xf_index), book.datemode == 1, nulls
                    )
                    for column, cell in enumerate(sheet.row(row))
                    if cell.ctype not in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK)
                ]
            out.add(row + 1, cells)
    book.unload_sheet(number)
    return SheetContent(out, merged)


def _cell_style(styles: list[CellStyle], number: int | None) -> CellStyle:
    return styles[number] if number is not None and number < len(styles) else NumberStyle.NUMBER


def _convert_cell(
    column: int, type: int, value: Any, style: CellStyle, epoch_1904: bool, nulls: frozenset[bytes]
) -> Cell:
    if type == xlrd.XL_CELL_TEXT:
        cell = text_cell(value)
        return apply_nulls(column, text_kind(cell), cell, nulls)
    if type == xlrd.XL_CELL_BOOLEAN:
        return column, BOOLEAN, b"true" if value else b"false"
    if type == xlrd.XL_CELL_ERROR:
        return apply_nulls(column, ERROR, error_cell(error_name(value)), nulls)
    return float_cell(column, value, style, epoch_1904, nulls)
