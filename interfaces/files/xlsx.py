"""Excel workbooks (XLSX, XLSM): a ZIP archive of XML parts, read row by row as far as they were stored."""

from dataclasses import replace

from interfaces.files.source import Source
from interfaces.files.workbook_cells import null_cells
from interfaces.files.workbook_parts import Archive, opened
from interfaces.files.workbook_sheet import SheetRows
from interfaces.files.workbook_sheets import ReadSheet, Sheet, described
from interfaces.files.workbook_table import WorkbookTable, key_faults, rows
from interfaces.files.xlsx_parse import parse_sheet
from interfaces.files.xlsx_parts import main_part, workbook
from interfaces.files.xlsx_scan import scan
from interfaces.files.xlsx_strings import shared_strings
from interfaces.files.xlsx_text import Unexplained, parsed_text, raw_text
from interfaces.files.xlsx_values import Workings

__all__ = ["describe", "key_faults", "rows"]


def describe(source: Source, *, exhaustive: bool = False) -> WorkbookTable:
    """The sheet's columns and types, from all of its rows. Raises Invalid, TooLarge or UnsupportedFormat."""
    with opened(source) as archive:
        book = workbook(archive, main_part(archive))
        nulls = null_cells(source.options.null_values)
        strings = shared_strings(archive, book.strings, nulls) if book.strings else []
        workings = Workings(strings, book.styles, book.epoch_1904, raw_text, nulls)
        return described(source, "xlsx", book.sheets, lambda sheet: _read(source, archive, sheet, workings))


def _read(source: Source, archive: Archive, sheet: Sheet, workings: Workings) -> ReadSheet:
    try:
        with archive.part(sheet.part) as stream, SheetRows(source) as rows:
            merged = scan(stream, rows, workings)
    except Unexplained:
        with archive.part(sheet.part) as stream, SheetRows(source) as rows:
            merged = parse_sheet(stream, rows, replace(workings, text=parsed_text), source.limits)
    notes: tuple[str, ...] = ()
    if workings.unknown_styles:
        notes = ("Some cells refer to styles that the workbook does not have; their numbers stand as they are.",)
    return ReadSheet(rows, merged, notes)
