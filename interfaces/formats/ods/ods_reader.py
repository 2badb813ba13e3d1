"""Reads OpenDocument spreadsheets (ODS; OASIS OpenDocument 1.3): one XML part with all sheets.

Exact numbers and dates are in the attributes of cells.
"""

from interfaces.formats.ods.sheet_reader import TABLES, OdsSheetReader
from interfaces.formats.source import InputFile
from interfaces.formats.workbook.cells import null_cells
from interfaces.formats.workbook.parts import WorkbookArchive, encrypted_error, open_archive
from interfaces.formats.workbook.sheet_rows import SheetRows
from interfaces.formats.workbook.sheets import SheetContent, WorkbookSheet, describe_workbook
from interfaces.formats.workbook.table import WorkbookTable, key_faults, rows
from interfaces.formats.workbook.xml import parse_open_document

__all__ = ["describe", "key_faults", "rows"]

_CONTENT = "content.xml"
_MANIFEST = "META-INF/manifest.xml"


def describe(source: InputFile, *, exhaustive: bool = False) -> WorkbookTable:
    """Read a sheet into the spool and return its columns with their types; `exhaustive` makes no difference.

    Raises Invalid, TooLarge or UnsupportedFormat.
    """
    with open_archive(source) as archive:
        _refuse_encrypted(archive)
        sheets = _read_sheet_list(archive)
        return describe_workbook(source, "ods", sheets, lambda sheet: _read_sheet(source, archive, int(sheet.part)))


def _refuse_encrypted(archive: WorkbookArchive) -> None:
    def start(name: str, attributes: dict[str, str]) -> None:
        if name == "encryption-data":
            raise encrypted_error()

    if _MANIFEST in archive:
        with archive.part(_MANIFEST) as stream:
            parse_open_document(stream, start)


def _read_sheet_list(archive: WorkbookArchive) -> list[WorkbookSheet]:
    """The sheets in their order. A sheet is hidden if its style says so."""
    hidden: set[str] = set()
    named: list[tuple[str, str]] = []
    style = ""
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal style, depth
        if name == "style":
            style = attributes.get("name", "")
        elif name == "table-properties" and attributes.get("display") == "false":
            hidden.add(style)
        elif name in TABLES:
            if not depth and name == "table":
                named.append((attributes.get("name", ""), attributes.get("style-name", "")))
            depth += 1

    def end(name: str) -> None:
        nonlocal depth
        if name in TABLES:
            depth -= 1

    with archive.part(_CONTENT) as stream:
        parse_open_document(stream, start, end)
    return [WorkbookSheet(name, style not in hidden, str(at)) for at, (name, style) in enumerate(named)]


def _read_sheet(source: InputFile, archive: WorkbookArchive, number: int) -> SheetContent:
    with archive.part(_CONTENT) as stream, SheetRows(source) as rows:
        sheet = OdsSheetReader(rows, number, null_cells(source.options.null_values), source.limits)
        parse_open_document(stream, sheet.start, sheet.end, sheet.text)
    return SheetContent(rows, sheet.merged)
