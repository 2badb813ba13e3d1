"""Reads Excel workbooks (XLSX, XLSM; ECMA-376), which are ZIP archives of XML parts.

A sheet is read by the fast scan; if that fails, again by the XML parser. Formulas have the values that were stored.
"""

from dataclasses import replace

from interfaces.formats.source import InputFile
from interfaces.formats.workbook.cells import null_cells
from interfaces.formats.workbook.parts import WorkbookArchive, open_archive
from interfaces.formats.workbook.sheet_rows import SheetRows
from interfaces.formats.workbook.sheets import SheetContent, WorkbookSheet, describe_workbook
from interfaces.formats.workbook.table import WorkbookTable, key_faults, rows
from interfaces.formats.xlsx.fast_scan import scan_sheet
from interfaces.formats.xlsx.read_parts import find_main_part, read_workbook
from interfaces.formats.xlsx.shared_strings import read_shared_strings
from interfaces.formats.xlsx.text import FastScanFailed, decode_parsed_text, decode_raw_text
from interfaces.formats.xlsx.values import XlsxContext
from interfaces.formats.xlsx.xml_parser import parse_sheet

__all__ = ["describe", "key_faults", "rows"]


def describe(source: InputFile, *, exhaustive: bool = False) -> WorkbookTable:
    """Read a sheet into the spool and return its columns with their types; `exhaustive` makes no difference.

    Raises Invalid, TooLarge or UnsupportedFormat.
    """
    with open_archive(source) as archive:
        book = read_workbook(archive, find_main_part(archive))
        nulls = null_cells(source.options.null_values)
        strings = read_shared_strings(archive, book.strings, nulls) if book.strings else []
        context = XlsxContext(strings, book.styles, book.epoch_1904, decode_raw_text, nulls)
        return describe_workbook(
            source, "xlsx", book.sheets, lambda sheet: _read_sheet(source, archive, sheet, context)
        )


def _read_sheet(
    source: InputFile, archive: WorkbookArchive, sheet: WorkbookSheet, context: XlsxContext
) -> SheetContent:
    try:
        with archive.part(sheet.part) as stream, SheetRows(source) as rows:
            merged = scan_sheet(stream, rows, context)
    except FastScanFailed:
        with archive.part(sheet.part) as stream, SheetRows(source) as rows:
            merged = parse_sheet(stream, rows, replace(context, decode_text=decode_parsed_text), source.limits)
    notes: tuple[str, ...] = ()
    if context.unknown_styles:
        notes = ("Some cells refer to styles that the workbook does not have; their numbers are read unchanged.",)
    return SheetContent(rows, merged, notes)
