"""Hidden rows and columns are read like the others, and noted; so are formulas that are nothing but a text."""

import io
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped]
import pytest
import xlwt  # type: ignore[import-untyped]

from tests.interfaces.formats.workbooks.biff12 import cell, real, record, text, xlsb
from tests.interfaces.formats.workbooks.test_workbooks_formats import ods, ods_cell, ods_row, ods_table, words
from tests.interfaces.formats.workbooks.workbook_files import MAIN, read, sheet_rows, xlsx

ROWS: list[list[Any]] = [["a", "b", "c"], [1, 2, 3], [4, 5, 6], [7, 8, 9], [10, 11, 12]]
"""Rows 3 and 5, and column b, are hidden."""


def xlsx_book() -> bytes:
    made = openpyxl.Workbook()
    for values in ROWS:
        made.active.append(values)
    made.active.row_dimensions[3].hidden = made.active.row_dimensions[5].hidden = True
    made.active.row_dimensions[9].hidden = True
    made.active.column_dimensions["B"].hidden = True
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def xls_book() -> bytes:
    made = xlwt.Workbook()
    sheet = made.add_sheet("Sheet")
    for at, values in enumerate(ROWS):
        for column, value in enumerate(values):
            sheet.write(at, column, value)
    sheet.row(2).hidden = sheet.row(4).hidden = True
    sheet.col(1).hidden = True
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def xlsb_book() -> bytes:
    def row(at: int, values: list[Any]) -> bytes:
        flags = bytes([0, 0, 0, 0, 0, 0, 0, 0x10 if at in (2, 4) else 0, 0, 0, 0, 0, 0])
        cells = [
            cell(5, c, real(value)) if isinstance(value, int) else cell(6, c, text(value))
            for c, value in enumerate(values)
        ]
        return record(0, struct.pack("<I", at) + flags) + b"".join(cells)

    columns = record(146) + record(60, struct.pack("<IIII", 1, 1, 0, 0) + b"\x01\x00") + record(145)
    return xlsb(columns, *(row(at, values) for at, values in enumerate(ROWS)))


def ods_book() -> bytes:
    hidden = 'table:visibility="collapse"'
    columns = f"<table:table-column/><table:table-column {hidden}/><table:table-column/>"
    rows = [
        ods_row(
            *(ods_cell("float", str(value)) if isinstance(value, int) else words(value) for value in values),
            more={2: hidden, 4: 'table:visibility="filter"'}.get(at, ""),
        )
        for at, values in enumerate(ROWS)
    ]
    return ods(ods_table(columns, *rows))


@pytest.mark.parametrize("make", [xlsx_book, xls_book, xlsb_book, ods_book])
def test_they_are_read_and_noted(tmp_path: Path, make: Callable[[], bytes]) -> None:
    found = read(tmp_path, make())
    assert (found.names, found.rows) == (ROWS[0], ROWS[1:])
    assert found.table.notes == (
        "2 rows are hidden in the sheet, and read like the others, first row 3.",
        "Column 'b' is hidden in the sheet, and read like the others.",
    )


def test_many_hidden_rows_are_counted(tmp_path: Path) -> None:
    hidden = ' hidden="1"'
    rows = "".join(
        f'<row r="{at}" spans="1:1"{hidden if at % 2 else ""}><c r="A{at}"><v>{at}</v></c></row>'
        for at in range(2, 20_001)
    )
    head = '<row r="1" hidden="true"><c r="A1" t="inlineStr"><is><t>n</t></is></c></row>'
    found = read(tmp_path, xlsx(head + rows))
    assert found.table.notes == ("9,999 rows are hidden in the sheet, and read like the others, first row 3.",)


def test_columns_beyond_three_are_counted(tmp_path: Path) -> None:
    cells = "".join(f'<c r="{letter}1" t="inlineStr"><is><t>{letter.lower()}</t></is></c>' for letter in "ABCDEF")
    sheet = (
        f'<worksheet xmlns="{MAIN}"><cols><col min="2" max="5" width="9" hidden="1"/><col min="6" max="6"/></cols>'
        f'<sheetData><row r="1">{cells}</row><row r="2"><c r="A2"><v>1</v></c></row></sheetData></worksheet>'
    )
    (note,) = read(tmp_path, xlsx("", sheet=sheet)).table.notes
    assert note == "Columns 'b', 'c', 'd' and 1 more are hidden in the sheet, and read like the others."


def test_a_formula_of_a_text_is_the_text(tmp_path: Path) -> None:
    cells = [
        "<c><f>&quot;0001234&quot;</f></c>",
        '<c t="str"><f>"a""b"</f></c>',
        '<c t="str"><f>"07"</f><v>07</v></c>',
        '<c><f>"1"+"2"</f></c>',
    ]
    found = read(tmp_path, xlsx(sheet_rows(cells)))
    assert (found.column(0), [reject.line for reject in found.rejects]) == (["0001234", 'a"b', "07"], [5])
