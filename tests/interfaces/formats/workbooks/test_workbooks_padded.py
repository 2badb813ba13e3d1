"""Numbers under a format such as `00000`, as zip codes have, are the text that is shown."""

import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import xlwt  # type: ignore[import-untyped]

from application.imports.file_format import FileOptions, RequestedType
from domain.columns import ColumnType
from interfaces.formats.workbook.numbers.padded_numbers import parse_padded_style
from tests.interfaces.formats.workbooks.biff12 import cell, real, row, text, xlsb
from tests.interfaces.formats.workbooks.workbook_files import Read, read, sheet_rows, xlsx

SHOWN = [
    ("00000", "1067", "01067"),
    ("00000", "123456", "123456"),
    ("00000\\-0000", "10670012", "01067-0012"),
    ("000-00-0000", "12345678", "012-34-5678"),
    ('"No. "000', "7", "No. 007"),
    ("[$-407]00000;[Red]-00000", "1067", "01067"),
]


@pytest.mark.parametrize(("code", "number", "shown"), SHOWN)
def test_what_a_format_shows(code: str, number: str, shown: str) -> None:
    style = parse_padded_style(code.split(";")[0])
    assert style is not None and style.show(number) == shown


@pytest.mark.parametrize("code", ["0", "General", "#,##0", "0.00", "00%", "##00", "0E+00", "@", ""])
def test_other_formats_show_numbers(code: str) -> None:
    assert parse_padded_style(code) is None


def column(folder: Path, *cells: str, options: FileOptions | None = None, formats: tuple[Any, ...] = (0,)) -> Read:
    """A sheet of one column; a cell is a number, perhaps with its style: `1067:1`, or text."""
    written = []
    for each in cells:
        value, _, style = each.partition(":")
        is_number = value.replace(".", "").replace("-", "").isdigit()
        written.append(f'<c s="{style or 0}"><v>{value}</v></c>' if is_number else
                       f'<c t="inlineStr"><is><t>{value}</t></is></c>')  # fmt: skip
    return read(folder, xlsx(sheet_rows(written, header="zip"), formats=formats), options)


def test_a_column_of_them_is_the_text_shown(tmp_path: Path) -> None:
    found = column(tmp_path, "1067:1", "20095:1", "700:1", formats=(0, "00000"))
    assert (found.column(0), found.types) == (["01067", "20095", "00700"], ["string"])
    assert found.table.notes == (
        "Column 'zip' has numbers shown with leading zeros, first '01067' in row 2; this text is kept "
        '(set options.columns to {"zip": "integer"} to change that).',
    )


def test_many_rows_are_read_alike(tmp_path: Path) -> None:
    found = column(tmp_path, *[f"{at}:1" for at in range(3_000)], formats=(0, "0000"))
    assert found.column(0) == [f"{at:04}" for at in range(3_000)]


def test_numbers_without_a_leading_zero_stay_numbers(tmp_path: Path) -> None:
    assert column(tmp_path, "2023:1", "2024:1", formats=(0, "0000")).column(0) == [2023, 2024]


def test_two_such_formats_may_be_mixed_with_text(tmp_path: Path) -> None:
    found = column(tmp_path, "1067:1", "10670012:2", "A-1", formats=(0, "00000", "00000-0000"))
    assert found.column(0) == ["01067", "01067-0012", "A-1"]


def test_beside_plain_numbers_they_are_numbers(tmp_path: Path) -> None:
    found = column(tmp_path, "7:1", "12.5", "8:1", formats=(0, "000"))
    assert (found.column(0), found.types) == ([7, Decimal("12.5"), 8], ["decimal"])
    (note,) = found.table.notes
    assert "first '007' in row 2; they are read as numbers, like the others" in note
    assert 'options.columns to {"zip": "string"}' in note


def test_fractions_and_negative_numbers_are_numbers(tmp_path: Path) -> None:
    assert column(tmp_path, "7.5:1", "-8:1", formats=(0, "000")).column(0) == [Decimal("7.5"), -8]


@pytest.mark.parametrize(("kind", "value"), [(ColumnType.INTEGER, 1067), (ColumnType.STRING, "01067")])
def test_a_declared_type_decides(tmp_path: Path, kind: ColumnType, value: object) -> None:
    options = FileOptions(columns={"zip": RequestedType(kind)})
    found = column(tmp_path, "1067:1", "20095", options=options, formats=(0, "00000"))
    assert found.column(0) == [value, type(value)(20095)]  # type: ignore[call-arg]


@pytest.mark.parametrize("word", ["00999", "999"])
def test_words_for_null_are_what_is_shown_or_the_number(tmp_path: Path, word: str) -> None:
    found = column(tmp_path, "1067:1", "999:1", options=FileOptions(null_values=(word,)), formats=(0, "00000"))
    assert found.column(0) == ["01067"]


def test_xls_and_xlsb_have_them_too(tmp_path: Path) -> None:
    made = xlwt.Workbook()
    sheet = made.add_sheet("Sheet")
    sheet.write(0, 0, "zip")
    sheet.write(1, 0, 1067, xlwt.easyxf(num_format_str="00000"))
    file = io.BytesIO()
    made.save(file)
    assert read(tmp_path, file.getvalue()).column(0) == ["01067"]
    data = xlsb(row(0, cell(6, 0, text("zip"))), row(1, cell(5, 0, real(1067.0), style=1)), formats=(0, "00000"))
    assert read(tmp_path, data).column(0) == ["01067"]
