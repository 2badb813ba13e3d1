"""Merged cells below the header: noted, and by option filled downwards, in every workbook format that has them."""

import io
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped]
import pytest
import xlwt  # type: ignore[import-untyped]
from odf.opendocument import OpenDocumentSpreadsheet  # type: ignore[import-untyped]
from odf.table import CoveredTableCell, Table, TableCell, TableRow  # type: ignore[import-untyped]
from odf.text import P  # type: ignore[import-untyped]

from application.imports.file_format import FileOptions
from tests.interfaces.formats.workbooks.biff12 import cell, real, record, row, text, xlsb
from tests.interfaces.formats.workbooks.workbook_files import read

FILL = FileOptions(merged="fill")
ROWS: list[list[Any]] = [["region", "n"], ["North", 1], [None, 2], [None, 3], ["South", 4], [None, 5]]
"""North is merged over rows 2 to 4, South over 5 and 6."""
FILLED = [["North", 1], ["North", 2], ["North", 3], ["South", 4], ["South", 5]]
BLANK = [["North", 1], [None, 2], [None, 3], ["South", 4], [None, 5]]


def xlsx_book(rows: list[list[Any]], *ranges: str) -> bytes:
    made = openpyxl.Workbook()
    for values in rows:
        made.active.append(values)
    for each in ranges:
        made.active.merge_cells(each)
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def xls_book() -> bytes:
    made = xlwt.Workbook()
    sheet = made.add_sheet("Sheet")
    for at, (region, n) in enumerate(ROWS):
        if region and at:
            sheet.write_merge(at, at + (2 if region == "North" else 1), 0, 0, region)
        elif region:
            sheet.write(at, 0, region)
        sheet.write(at, 1, n)
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def xlsb_book() -> bytes:
    rows = [
        row(
            at,
            *([cell(6, 0, text(region))] if region else []),
            cell(6, 1, text(n)) if at == 0 else cell(5, 1, real(n)),
        )
        for at, (region, n) in enumerate(ROWS)
    ]
    ends = [record(146), *(record(176, struct.pack("<IIII", *each)) for each in ((1, 3, 0, 0), (4, 5, 0, 0)))]
    return xlsb(*rows, *ends)


def ods_book() -> bytes:
    made = OpenDocumentSpreadsheet()
    table = Table(name="Sheet")
    for at, (region, n) in enumerate(ROWS):
        line = TableRow()
        if region:
            span = {"numberrowsspanned": 3 if region == "North" else 2} if at else {}
            first = TableCell(valuetype="string", **span)
            first.addElement(P(text=region))
        else:
            first = CoveredTableCell()
        second = TableCell(valuetype="float", value=n) if at else TableCell(valuetype="string")
        second.addElement(P(text=str(n)))
        line.addElement(first)
        line.addElement(second)
        table.addElement(line)
    made.spreadsheet.addElement(table)
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


BOOKS: list[tuple[str, Callable[[], bytes]]] = [
    ("XLSX", lambda: xlsx_book(ROWS, "A2:A4", "A5:A6")),
    ("XLS", xls_book),
    ("XLSB", xlsb_book),
    ("ODS", ods_book),
]


@pytest.mark.parametrize("make", [book[1] for book in BOOKS], ids=[book[0] for book in BOOKS])
def test_merged_cells_are_noted_and_filled_by_option(tmp_path: Path, make: Callable[[], bytes]) -> None:
    found = read(tmp_path, make())
    assert (found.rows, found.names) == (BLANK, ["region", "n"])
    note = "Cells are merged 2 times, as A2:A4; only the first has the value "
    assert any(each.startswith(note) for each in found.table.notes)
    assert read(tmp_path, make(), FileOptions(merged="null")).rows == BLANK
    filled = read(tmp_path, make(), FILL)
    assert filled.rows == FILLED
    expected = "Cells are merged 2 times, as A2:A4; the value of the first is repeated in the rows below it."
    assert expected in filled.table.notes


def test_merged_names_and_titles_are_not_noted(tmp_path: Path) -> None:
    data = xlsx_book([["id", "sales", None], [None, 2023, 2024], [1, 2, 3]], "A1:A2", "B1:C1")
    assert not any("merged" in note for note in read(tmp_path, data, FileOptions(header=2)).table.notes)


def test_numbers_are_filled_and_keep_their_type(tmp_path: Path) -> None:
    data = xlsx_book([["n", "v"], [7, 1.5], [None, 2], [8, 3], [None, 4]], "A2:A3", "A4:A5")
    found = read(tmp_path, data, FILL)
    assert (found.column(0), found.types) == ([7, 7, 8, 8], ["integer", "decimal"])


def test_a_range_of_several_columns_is_filled_in_its_first_one(tmp_path: Path) -> None:
    data = xlsx_book([["a", "b", "c"], ["x", None, 1], [None, None, 2], ["y", "z", 3]], "A2:B3")
    assert read(tmp_path, data, FILL).rows == [["x", None, 1], ["x", None, 2], ["y", "z", 3]]


def test_rows_without_any_cell_are_not_made_by_filling(tmp_path: Path) -> None:
    data = xlsx_book([["a", "b"], ["x", 1], [None, None], [None, 2]], "A2:A4")
    found = read(tmp_path, data, FILL)
    assert (found.rows, found.lines) == ([["x", 1], ["x", 2]], [2, 4])


def test_a_range_over_many_blocks_of_rows_is_filled(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["a", "b"], *[[None, at] for at in range(25_000)]]
    rows[3][0] = "first"
    data = xlsx_book(rows, "A4:A24000")
    column = read(tmp_path, data, FILL).column(0)
    assert column == [None] * 2 + ["first"] * 23_997 + [None] * 1_001
