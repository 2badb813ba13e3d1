"""Written workbooks: sheets are split, text is escaped, and the output is reproducible."""

import json
import zipfile
from collections.abc import Sequence
from pathlib import Path

import openpyxl  # type: ignore[import-untyped]
import pytest
from openpyxl.utils.escape import unescape  # type: ignore[import-untyped]

from domain.columns import ColumnType
from domain.errors import Invalid
from interfaces.formats.xlsx import xlsx_writer
from interfaces.formats.xlsx.xlsx_writer import SheetColumn, write

TEXT, NUMBER = SheetColumn("text", ColumnType.STRING), SheetColumn("number", ColumnType.DECIMAL)


def written(
    path: Path, columns: Sequence[SheetColumn], rows: Sequence[Sequence[str | None]], most_rows: int = 100
) -> list[list[tuple[object, ...]]]:
    """The rows of each sheet, as openpyxl reads them."""
    write(path, columns, (json.dumps([str(at), *row]).encode() for at, row in enumerate(rows, 1)), most_rows)
    return [list(sheet.values) for sheet in openpyxl.load_workbook(path).worksheets]


def test_rows_beyond_a_sheet_continue_in_the_next_with_the_same_header(tmp_path: Path) -> None:
    rows = [[f"r{number}", str(number)] for number in range(7)]
    sheets = written(tmp_path / "x.xlsx", [TEXT, NUMBER], rows, most_rows=4)
    assert [len(sheet) for sheet in sheets] == [4, 4, 2]
    assert {sheet[0] for sheet in sheets} == {("text", "number")}
    assert [row for sheet in sheets for row in sheet[1:]] == [(f"r{number}", number) for number in range(7)]
    assert openpyxl.load_workbook(tmp_path / "x.xlsx").sheetnames == ["records", "records 2", "records 3"]


def test_rows_that_exactly_fill_a_sheet_start_no_other(tmp_path: Path) -> None:
    assert [len(sheet) for sheet in written(tmp_path / "x.xlsx", [TEXT], [["a"]] * 6, most_rows=4)] == [4, 4]
    assert written(tmp_path / "y.xlsx", [TEXT], []) == [[("text",)]]


def test_a_sheet_ends_before_its_zip_would_need_extensions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_writer, "MAX_SHEET_BYTES", 20_000)
    sheets = written(tmp_path / "x.xlsx", [TEXT], [["x" * 100]] * 600, most_rows=10_000)
    assert len(sheets) == 3 and sum(len(sheet) - 1 for sheet in sheets) == 600


@pytest.mark.parametrize(
    "text", ["\x01", "_x0041_", "_x_", "a\r\nb", " x ", "<&>", "\ufffe", "=1", "\t", "_xFFFF_\x1f"]
)
def test_text_is_read_back_unchanged(tmp_path: Path, text: str) -> None:
    ((_, (value,)),) = written(tmp_path / "x.xlsx", [TEXT], [[text]])
    assert isinstance(value, str) and unescape(value) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("123456789012345", 123456789012345),
        ("1234567890123456", "1234567890123456"),
        ("1234567890123450", 1234567890123450),
        ("0.1234567890123450", 0.123456789012345),
        ("-0.10", -0.1),
        ("1" + "0" * 320, "1" + "0" * 320),
        ("0.30000000000000004", 0.30000000000000004),
        ("-73.98765432109876", -73.98765432109876),
        ("123456789012.34567", 123456789012.34567),
        ("1.1000000000000001", "1.1000000000000001"),
        ("0.123456789012345678", "0.123456789012345678"),
        ("0.12345678901234567", "0.12345678901234567"),
        ("1234567890123456.5", 1234567890123456.5),
        ("0.30000000000000004000", 0.30000000000000004),
        ("0." + "0" * 310 + "1", "0." + "0" * 310 + "1"),
    ],
)
def test_a_number_of_more_digits_than_excel_keeps_is_text(tmp_path: Path, text: str, value: object) -> None:
    assert written(tmp_path / "x.xlsx", [NUMBER], [[text]])[0][1] == (value,)


def test_a_record_of_nulls_is_still_a_row(tmp_path: Path) -> None:
    assert written(tmp_path / "x.xlsx", [TEXT, NUMBER], [[None, None]])[0][1:] == [(None, None)]


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        written(tmp_path / name, [TEXT, NUMBER], [["x", "1.5"]])
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.xlsx") as package:
        assert package.testzip() is None


def test_more_columns_than_a_sheet_has_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="16,385 columns; a sheet has at most 16,384"):
        write(tmp_path / "x.xlsx", [TEXT] * 16_385, [])
