"""Excel workbooks (XLSX, XLSM): a ZIP archive of XML parts, read row by row as far as they were stored."""

from dataclasses import replace

from interfaces.formats.source import Source
from interfaces.formats.workbook.cells import null_cells
from interfaces.formats.workbook.parts import Archive, opened
from interfaces.formats.workbook.sheet_rows import SheetRows
from interfaces.formats.workbook.sheets import ReadSheet, Sheet, described
from interfaces.formats.workbook.table import WorkbookTable, key_faults, rows
from interfaces.formats.xlsx.fast_scan import scan
from interfaces.formats.xlsx.parts import main_part, workbook
from interfaces.formats.xlsx.shared_strings import shared_strings
from interfaces.formats.xlsx.text import Unexplained, parsed_text, raw_text
from interfaces.formats.xlsx.values import Workings
from interfaces.formats.xlsx.xml_parser import parse_sheet

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
