"""A pytest plugin that puts openpyxl in the place of the XLSX fallback parser, to compare the two.

`python -m pytest -p benchmarks.openpyxl_fallback tests/interfaces/formats/workbooks` replaces the parser only where
the fast scan fails. With the environment variable `EVERY_SHEET=1` the fast scan always fails; with `PARSER=own` our
parser is not replaced. openpyxl requires content types, which the small workbooks of the tests lack; they are
added, so that the reading of cells is compared.
"""

import datetime as dt
import io
import os
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any

import openpyxl  # type: ignore[import-untyped]

from domain.errors import Refusal
from interfaces.formats.source import InputFile
from interfaces.formats.workbook.cells import (
    BOOLEAN,
    DATE,
    DATETIME,
    ERROR,
    MIDNIGHT,
    TIME,
    error_cell,
    number_cell,
    text_cell,
    text_kind,
    unescape_text,
)
from interfaces.formats.workbook.header import Cell, MergedRange
from interfaces.formats.workbook.numbers.dates import NumberStyle, format_time, style_of
from interfaces.formats.workbook.parts import Readable, WorkbookArchive, corrupt_error
from interfaces.formats.workbook.sheet_rows import SheetRows
from interfaces.formats.workbook.sheets import SheetContent, WorkbookSheet
from interfaces.formats.xlsx import xlsx_reader
from interfaces.formats.xlsx.text import FastScanFailed
from interfaces.formats.xlsx.values import XlsxContext

_PACKAGE = "http://schemas.openxmlformats.org/package/2006/content-types"
_MAIN_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_CONTENT_TYPES = {
    "workbook.xml": "sheet.main",
    "sheet": "worksheet",
    "styles.xml": "styles",
    "sharedStrings.xml": "sharedStrings",
}
_HOUR = dt.timedelta(hours=1)


def pytest_configure() -> None:
    """Replace the reader of sheets before any test runs."""
    if os.environ.get("EVERY_SHEET"):
        vars(xlsx_reader)["scan_sheet"] = _fail
    if os.environ.get("PARSER") != "own":
        xlsx_reader._read_sheet = read_sheet


def read_sheet(
    source: InputFile, archive: WorkbookArchive, sheet: WorkbookSheet, context: XlsxContext
) -> SheetContent:
    """The sheet by the fast scan, or else by openpyxl, which does not report merged ranges in read-only mode."""
    try:
        with archive.part(sheet.part) as stream, SheetRows(source) as rows:
            return SheetContent(rows, vars(xlsx_reader)["scan_sheet"](stream, rows, context))
    except FastScanFailed:
        with SheetRows(source) as rows:
            for number, cells in _rows(source, sheet.name):
                rows.add(number, [(at, *context.apply_nulls(kind, cell)) for at, kind, cell in cells])
        return SheetContent(rows)


def _fail(stream: Readable, rows: SheetRows, context: XlsxContext) -> list[MergedRange]:
    raise FastScanFailed


def _rows(source: InputFile, name: str) -> Iterator[tuple[int, Sequence[Cell]]]:
    """The rows that have cells. Any exception of openpyxl means that the workbook is damaged."""
    with warnings.catch_warnings(), source.path.open("rb") as file:
        warnings.simplefilter("ignore")
        try:
            try:
                book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            except OSError:
                book = openpyxl.load_workbook(_with_content_types(source), read_only=True, data_only=True)
            sheet = book[name]
            sheet.reset_dimensions()
            for row in sheet.iter_rows():
                filled = [cell for cell in row if cell.value is not None]
                if filled:
                    yield filled[0].row, [(cell.column - 1, *_convert(cell)) for cell in filled]
        except Refusal:
            raise
        except Exception as error:
            raise corrupt_error(str(error)) from None


def _with_content_types(source: InputFile) -> io.BytesIO:
    copy = io.BytesIO()
    with zipfile.ZipFile(source.path) as archive, zipfile.ZipFile(copy, "w") as target:
        overrides = ""
        for name in archive.namelist():
            if name == "[Content_Types].xml":
                continue
            target.writestr(name, archive.read(name))
            for ending, kind in _CONTENT_TYPES.items():
                if name.endswith(ending) or (ending == "sheet" and "worksheets/" in name):
                    overrides += f'<Override PartName="/{name}" ContentType="{_MAIN_TYPE}.{kind}+xml"/>'
        target.writestr("[Content_Types].xml", f'<Types xmlns="{_PACKAGE}">{overrides}</Types>')
    return copy


def _convert(cell: Any) -> tuple[int, bytes]:
    """Kind and JSON of a cell, from the Python value that openpyxl made of it."""
    value = cell.value
    if cell.data_type == "e":
        return ERROR, error_cell(value)
    match value:
        case bool():
            return BOOLEAN, b"true" if value else b"false"
        case int() | float():
            return number_cell(repr(value).removesuffix(".0").encode())
        case dt.datetime():
            is_midnight = value.time() == dt.time()
            if is_midnight and style_of(164, cell.number_format) is NumberStyle.DATE:
                return DATE, text_cell(value.date().isoformat())
            clock = format_time(round((value - dt.datetime.combine(value, dt.time())) / dt.timedelta(milliseconds=1)))
            return MIDNIGHT if is_midnight else DATETIME, text_cell(f"{value.date()}T{clock.decode()}")
        case dt.date():
            return DATE, text_cell(value.isoformat())
        case dt.time():
            return TIME, text_cell(value.isoformat("milliseconds").removesuffix(".000"))
        case dt.timedelta():
            hours, rest = divmod(abs(value), _HOUR)
            sign = "-" if value < dt.timedelta() else ""
            return TIME, text_cell(f"{sign}{hours:02}{format_time(round(rest.total_seconds() * 1000)).decode()[2:]}")
    text = text_cell(unescape_text(str(value)))
    return text_kind(text), text
