"""A cell of an XLSX workbook is read the same by the template, cell by cell, and by the XML parser."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from application.imports.file_format import FileOptions, RequestedType
from domain.columns import ColumnType
from domain.errors import Invalid
from tests.interfaces.formats.workbooks.workbook_files import MAIN, read, sheet_rows, xlsx

FORMATS: tuple[int | str, ...] = (0, 14, 22, 20, 46, "yyyy\\-mm\\-dd", '0.00" days"', "[h]:mm", "#,##0.00 [$EUR]")
REJECT_ERRORS = FileOptions(error_cells="reject")
DAY, MOMENT, TIME, DURATION, OWN_DAY, UNIT, HOURS, MONEY = range(1, 9)

CELLS: list[tuple[str, str, str, Any]] = [
    ("an integer", "<c><v>5</v></c>", "integer", 5),
    ("an integer with a point", '<c t="n"><v>5.0</v></c>', "integer", 5),
    ("more digits than a float has", "<c><v>12345678901234567890</v></c>", "integer", 12345678901234567890),
    ("digits behind the point", "<c><v>1.10</v></c>", "decimal", Decimal("1.10")),
    ("noise of floats", "<c><v>0.30000000000000004</v></c>", "decimal", Decimal("0.30000000000000004")),
    ("a negative fraction", "<c><v>-0.5</v></c>", "decimal", Decimal("-0.5")),
    ("a great power of ten", "<c><v>1E+20</v></c>", "integer", 10**20),
    ("a small power of ten", "<c><v>1.5E-7</v></c>", "decimal", Decimal("0.00000015")),
    ("a missing zero", "<c><v>.5</v></c>", "decimal", Decimal("0.5")),
    ("negative zero", "<c><v>-0</v></c>", "integer", 0),
    ("leading zeros", "<c><v>007</v></c>", "integer", 7),
    ("a number with a comma", "<c><v>1,5</v></c>", "string", "1,5"),
    ("out of range", "<c><v>1e400</v></c>", "string", "1e400"),
    ("not a number", "<c><v>NaN</v></c>", "string", "NaN"),
    ("infinity", "<c><v>-Infinity</v></c>", "string", "-Infinity"),
    ("a number with a unit", f'<c s="{UNIT}"><v>3</v></c>', "integer", 3),
    ("money", f'<c s="{MONEY}"><v>3.5</v></c>', "decimal", Decimal("3.5")),
    ("true", '<c t="b"><v>1</v></c>', "boolean", True),
    ("false", '<c t="b"><v>0</v></c>', "boolean", False),
    ("a day", f'<c s="{DAY}"><v>45292</v></c>', "date", "2024-01-01"),
    ("a day by a format of its own", f'<c s="{OWN_DAY}"><v>45351</v></c>', "date", "2024-02-29"),
    ("a moment", f'<c s="{MOMENT}"><v>45292.5</v></c>', "datetime", "2024-01-01T12:00:00"),
    ("a moment's fraction", f'<c s="{MOMENT}"><v>45292.00001</v></c>', "datetime", "2024-01-01T00:00:00.864"),
    ("noise behind ten o'clock", f'<c s="{MOMENT}"><v>45292.4166666667</v></c>', "datetime", "2024-01-01T10:00:00"),
    ("almost midnight", f'<c s="{MOMENT}"><v>45291.999999999</v></c>', "date", "2024-01-01"),
    ("a moment shown as a day", f'<c s="{DAY}"><v>45292.25</v></c>', "datetime", "2024-01-01T06:00:00"),
    ("midnight", f'<c s="{MOMENT}"><v>45292</v></c>', "date", "2024-01-01"),
    ("the first day", f'<c s="{DAY}"><v>1</v></c>', "date", "1900-01-01"),
    ("before the day that was not", f'<c s="{DAY}"><v>59</v></c>', "date", "1900-02-28"),
    ("the day that was not", f'<c s="{DAY}"><v>60</v></c>', "string", "1900-02-29"),
    ("after the day that was not", f'<c s="{DAY}"><v>61</v></c>', "date", "1900-03-01"),
    ("the last day", f'<c s="{DAY}"><v>2958465</v></c>', "date", "9999-12-31"),
    ("beyond the last day", f'<c s="{DAY}"><v>2958466</v></c>', "integer", 2958466),
    ("before the first day", f'<c s="{DAY}"><v>-1</v></c>', "integer", -1),
    ("a time of day", f'<c s="{TIME}"><v>0.75</v></c>', "string", "18:00:00"),
    ("a duration", f'<c s="{DURATION}"><v>1.0625</v></c>', "string", "25:30:00"),
    ("a negative duration", f'<c s="{HOURS}"><v>-0.0625</v></c>', "string", "-01:30:00"),
    ("an ISO day", '<c t="d"><v>2024-01-31</v></c>', "date", "2024-01-31"),
    ("an ISO moment", '<c t="d"><v>2024-01-31T10:00:00.5</v></c>', "datetime", "2024-01-31T10:00:00.5"),
    ("text like a number", '<c t="str"><v>001</v></c>', "string", "001"),
    ("text like a long number", '<c t="str"><v>1234567890123456789</v></c>', "string", "1234567890123456789"),
    ("text like a date", '<c t="inlineStr"><is><t>2024-01-31</t></is></c>', "string", "2024-01-31"),
    ("shared text", '<c t="s"><v>0</v></c>', "string", 'Łódź "1"'),
    ("rich text", '<c t="s"><v>1</v></c>', "string", "bold and not"),
    ("text with its pronunciation", '<c t="s"><v>2</v></c>', "string", "東京"),
    ("shared text kept with its blanks", '<c t="s"><v>3</v></c>', "string", " a\nb "),
    ("rich text in place", '<c t="inlineStr"><is><r><t>one </t></r><r><t>two</t></r></is></c>', "string", "one two"),
    ("escapes", '<c t="str"><v>a_x000D_b_x005F_x000D_</v></c>', "string", "a\rb_x000D_"),
    ("an escaped emoji", '<c t="str"><v>_xD83D__xDE00_</v></c>', "string", "😀"),
    ("an escaped half of an emoji", '<c t="str"><v>_xD83D_!</v></c>', "string", "_xD83D_!"),
    ("an escaped NUL", '<c t="str"><v>a_x0000_</v></c>', "string", "a_x0000_"),
    ("entities", '<c t="str"><v>&lt;a&gt; &amp;amp; &#65;&#x42;</v></c>', "string", "<a> &amp; AB"),
    ("line ends", '<c t="str"><v>a\r\nb\rc&#13;</v></c>', "string", "a\nb\nc\r"),
    ("a backslash and a quote", '<c t="str"><v>\\ " \\n</v></c>', "string", '\\ " \\n'),
    ("a formula's number", "<c><f>A1*2</f><v>4</v></c>", "integer", 4),
    ("a formula's text", '<c t="str"><f>A1&amp;"&lt;"</f><v>x</v></c>', "string", "x"),
    ("a shared formula", '<c><f t="shared" si="0"/><v>4</v></c>', "integer", 4),
    ("a formula's attributes", '<c><f t="shared" ref="A1:A9" si="0">B2&gt;1</f><v>4</v></c>', "integer", 4),
    ("more attributes", '<c s="1" cm="1" vm="2"><v>45292</v></c>', "date", "2024-01-01"),
    ("CDATA", '<c t="str"><v><![CDATA[a<b]]></v></c>', "string", "a<b"),
]
STRINGS = (
    '<si><t>Łódź "1"</t></si><si><r><rPr><b/></rPr><t xml:space="preserve">bold </t></r><r><t>and not</t></r></si>'
    '<si><t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh><phoneticPr fontId="1"/></si>'
    '<si><t xml:space="preserve"> a\nb </t></si>'
)
WAYS = {"cell by cell": (1, ""), "whole rows": (150, ""), "parser": (3, "<!-- anything -->")}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("cell", "kind", "value"), [c[1:] for c in CELLS], ids=[c[0] for c in CELLS])
def test_a_cell_of(tmp_path: Path, cell: str, kind: str, value: Any, way: str) -> None:
    count, comment = WAYS[way]
    found = read(tmp_path, xlsx(comment + sheet_rows([cell] * count), strings=STRINGS, formats=FORMATS))
    assert found.types == [kind]
    assert found.column(0) == [value] * count
    assert [type(each) for each in found.column(0)] == [type(value)] * count
    assert found.lines == list(range(2, count + 2))
    assert found.rejects == []


def test_digits_stay_as_written(tmp_path: Path) -> None:
    found = read(tmp_path, xlsx(sheet_rows([f"<c><v>{number}</v></c>" for number in ("1.10", "2.0", "3", "1E-2")])))
    assert found.json == b"[1.10]\n[2.0]\n[3]\n[0.01]\n"


@pytest.mark.parametrize("comment", ["", "<!-- -->"])
def test_days_since_1904(tmp_path: Path, comment: str) -> None:
    rows = sheet_rows([f'<c s="1"><v>{day}</v></c>' for day in (0, 1, 43830)] * 50)
    found = read(tmp_path, xlsx(comment + rows, formats=(0, 14), book='<workbookPr date1904="1"/>'))
    assert found.column(0)[-3:] == ["1904-01-01", "1904-01-02", "2024-01-01"]


MIXED = [
    ("text among numbers", ["<c><v>1</v></c>", '<c t="str"><v>x</v></c>', "<c><v>2.50</v></c>"], "string",
     ["1", "x", "2.50"], "Column 'name' stays text because of 'x' (row 3)"),
    ("true among numbers", ["<c><v>1</v></c>", '<c t="b"><v>1</v></c>'], "string", ["1", "TRUE"],
     "Column 'name' became text: it mixes numbers and true or false (row 3 has 'TRUE')"),
    ("numbers among days", ['<c s="1"><v>45292</v></c>', "<c><v>1</v></c>"], "string", ["2024-01-01", "1"],
     "Column 'name' became text: it mixes dates and numbers (row 3 has '1')"),
    ("days among moments", ['<c s="1"><v>45292</v></c>', '<c s="1"><v>45292.5</v></c>'], "datetime",
     ["2024-01-01T00:00:00", "2024-01-01T12:00:00"], None),
    ("integers with a point among decimals", ["<c><v>5.0</v></c>", "<c><v>5.5</v></c>"], "decimal",
     [Decimal("5.0"), Decimal("5.5")], None),
    ("words for null among numbers", ["<c><v>1</v></c>", '<c t="str"><v>N/A</v></c>', '<c t="str"><v> </v></c>'],
     "integer", [1, None, None],
     "Column 'name': text that means a missing value became null, first 'N/A' in row 3."),
    ("words for null among text", ['<c t="str"><v>a</v></c>', '<c t="str"><v>N/A</v></c>', '<c t="str"><v>-</v></c>'],
     "string", ["a", "N/A", "-"], None),
    ("errors among text", ['<c t="str"><v>a</v></c>', '<c t="e"><v>#N/A</v></c>'], "string", ["a", "#N/A"],
     "Column 'name' has errors, first #N/A in row 3; they are stored as text."),
    ("times of day", ['<c s="2"><v>0.5</v></c>'], "string", ["12:00:00"],
     "Column 'name' has times of day or durations; they are stored as text, hh:mm:ss."),
]  # fmt: skip


@pytest.mark.parametrize("times", [1, 100])
@pytest.mark.parametrize(("cells", "kind", "values", "note"), [c[1:] for c in MIXED], ids=[c[0] for c in MIXED])
def test_a_column_with(
    tmp_path: Path, cells: list[str], kind: str, values: list[Any], note: str | None, times: int
) -> None:
    found = read(tmp_path, xlsx(sheet_rows(cells * times), formats=(0, 14, 20)))
    assert found.types == [kind]
    assert found.column(0) == values * times
    assert any(each.startswith(note) for each in found.table.notes) if note else not found.table.notes


def test_a_rare_cell_in_a_late_row_changes_the_type_of_the_column(tmp_path: Path) -> None:
    cells = ["<c><v>1</v></c>"] * 5000 + ['<c t="inlineStr"><is><t>x</t></is></c>'] + ["<c><v>2</v></c>"] * 5000
    found = read(tmp_path, xlsx(sheet_rows(cells)))
    assert found.types == ["string"]
    assert found.column(0) == ["1"] * 5000 + ["x"] + ["2"] * 5000
    assert "because of 'x' (row 5,002): each other value is an integer" in found.table.notes[0]


@pytest.mark.parametrize("times", [1, 100])
def test_an_error_among_numbers_is_null(tmp_path: Path, times: int) -> None:
    found = read(tmp_path, xlsx(sheet_rows(["<c><v>1</v></c>", '<c t="e"><v>#DIV/0!</v></c>'] * times)))
    assert found.types == ["integer"]
    assert found.column(0) == [1, None] * times
    assert found.rejects == []
    assert found.table.notes == (
        "Column 'name' has errors, first #DIV/0! in row 3;"
        ' they became null ("error_cells": "reject" rejects such rows).',
    )


@pytest.mark.parametrize("times", [1, 100])
def test_an_error_among_numbers_rejects_its_row_on_request(tmp_path: Path, times: int) -> None:
    cells = ["<c><v>1</v></c>", '<c t="e"><v>#DIV/0!</v></c>'] * times
    found = read(tmp_path, xlsx(sheet_rows(cells)), REJECT_ERRORS)
    assert found.types == ["integer"]
    assert found.column(0) == [1] * times
    assert found.lines == list(range(2, 2 * times + 1, 2))
    first = found.rejects[0]
    assert (first.line, first.column, first.code, first.cells) == (3, "name", "type-error", ("#DIV/0!",))
    assert first.detail == "column 'name': expected an integer, the cell has the error #DIV/0!"
    assert [reject.line for reject in found.rejects] == list(range(3, 2 * times + 2, 2))


@pytest.mark.parametrize("comment", ["", "<!-- -->"])
@pytest.mark.parametrize("cell", ["<c><f>1+1</f></c>", "<c><f>1+1</f><v></v></c>", "<c><f>1+1</f><v/></c>"])
def test_a_formula_without_a_value_rejects_its_row(tmp_path: Path, cell: str, comment: str) -> None:
    found = read(tmp_path, xlsx(comment + sheet_rows(["<c><v>1</v></c>", cell, cell])))
    assert found.column(0) == [1]
    assert [(reject.line, reject.code) for reject in found.rejects] == [(3, "type-error"), (4, "type-error")]
    assert "the formula has no stored value; open and save the workbook" in found.rejects[0].detail
    assert "has 2 formulas without a stored value, first in row 3" in found.table.notes[0]


def test_a_formula_with_empty_text_has_a_value(tmp_path: Path) -> None:
    rows = '<row r="1"><c r="A1" t="str"><v>a</v></c><c r="B1" t="str"><v>b</v></c></row>' + "".join(
        f'<row r="{at}"><c r="A{at}"><v>1</v></c><c r="B{at}" t="str"><f>""</f><v>{"x" * (at % 2)}</v></c></row>'
        for at in range(2, 300)
    )
    found = read(tmp_path, xlsx(rows))
    assert set(found.column(1)) == {"", "x"}
    assert found.rejects == []


WANTED = [
    (ColumnType.STRING, "<c><v>1.50</v></c>", "1.50"),
    (ColumnType.STRING, '<c s="1"><v>45292</v></c>', "2024-01-01"),
    (ColumnType.STRING, '<c t="e"><v>#N/A</v></c>', "#N/A"),
    (ColumnType.INTEGER, "<c><v>5.0</v></c>", 5),
    (ColumnType.INTEGER, '<c t="str"><v>12</v></c>', 12),
    (ColumnType.DECIMAL, "<c><v>5</v></c>", 5),
    (ColumnType.DECIMAL, '<c t="str"><v>1.5</v></c>', Decimal("1.5")),
    (ColumnType.INTEGER, '<c t="str"><v>+12</v></c>', 12),
    (ColumnType.DECIMAL, '<c t="str"><v>1e3</v></c>', 1000),
    (ColumnType.DECIMAL, '<c t="str"><v>(1,234.50)</v></c>', Decimal("-1234.50")),
    (ColumnType.DECIMAL, '<c t="str"><v>123.45-</v></c>', Decimal("-123.45")),
    (ColumnType.DECIMAL, '<c t="str"><v>12.5%</v></c>', Decimal("0.125")),
    (ColumnType.DECIMAL, '<c t="str"><v>$5</v></c>', 5),
    (ColumnType.BOOLEAN, '<c t="str"><v>TRUE</v></c>', True),
    (ColumnType.BOOLEAN, '<c t="str"><v>Нет</v></c>', False),
    (ColumnType.DATE, '<c t="str"><v>2024-01-31</v></c>', "2024-01-31"),
    (ColumnType.DATE, '<c s="2"><v>45292</v></c>', "2024-01-01"),
    (ColumnType.DATE, '<c t="str"><v>NA</v></c>', None),
    (ColumnType.DATETIME, '<c t="str"><v>2024-01-31 10:00:00</v></c>', "2024-01-31T10:00:00"),
    (ColumnType.DATETIME, '<c s="1"><v>45292</v></c>', "2024-01-01T00:00:00"),
]


@pytest.mark.parametrize(("type", "cell", "value"), WANTED)
def test_a_declared_type_accepts(tmp_path: Path, type: ColumnType, cell: str, value: Any) -> None:
    found = read(
        tmp_path, xlsx(sheet_rows([cell]), formats=(0, 14, 22)), FileOptions(columns={"name": RequestedType(type)})
    )
    assert found.types == [type.value]
    assert found.column(0) == [value]


@pytest.mark.parametrize("type", [type for type in ColumnType if type not in (ColumnType.STRING, ColumnType.JSON)])
def test_an_error_in_a_column_of_a_declared_type(tmp_path: Path, type: ColumnType) -> None:
    data, declared = xlsx(sheet_rows(['<c t="e"><v>#REF!</v></c>'])), {"name": RequestedType(type)}
    assert read(tmp_path, data, FileOptions(columns=declared)).rows == [[None]]
    rejected = read(tmp_path, data, FileOptions(columns=declared, error_cells="reject"))
    assert rejected.rows == []
    assert [reject.line for reject in rejected.rejects] == [2]
    assert "the cell has the error #REF!" in rejected.rejects[0].detail


UNFIT = [
    (ColumnType.INTEGER, "<c><v>1.5</v></c>", "expected an integer, got '1.5'"),
    (ColumnType.INTEGER, '<c t="str"><v>001</v></c>', "expected an integer, got '001'"),
    (ColumnType.DECIMAL, '<c t="b"><v>1</v></c>', "expected a number, got 'TRUE'"),
    (ColumnType.DECIMAL, '<c t="str"><v>1,234</v></c>', "expected a number, got '1,234'"),
    (ColumnType.DECIMAL, '<c t="str"><v>1,5</v></c>', "expected a number, got '1,5'"),
    (ColumnType.BOOLEAN, "<c><v>1</v></c>", "expected true or false, got '1'"),
    (ColumnType.DATE, '<c t="str"><v>31.01.2024</v></c>', "expected a date, got '31.01.2024'"),
    (ColumnType.DATE, "<c><v>45292</v></c>", "expected a date, got '45292'"),
    (ColumnType.DATETIME, "<c><v>7</v></c>", "expected a time, got '7'"),
]


@pytest.mark.parametrize(("type", "cell", "why"), UNFIT)
def test_a_declared_type_rejects(tmp_path: Path, type: ColumnType, cell: str, why: str) -> None:
    found = read(tmp_path, xlsx(sheet_rows([cell])), FileOptions(columns={"name": RequestedType(type)}))
    assert found.rows == []
    assert [(r.line, r.column, r.code, r.detail) for r in found.rejects] == [
        (2, "name", "type-error", f"column 'name': {why}")
    ]


def text_cells(*texts: str) -> bytes:
    return xlsx(sheet_rows([f'<c t="str"><v>{text}</v></c>' for text in texts]))


def test_the_options_tell_how_text_cells_write_numbers_and_booleans(tmp_path: Path) -> None:
    def declared(type: ColumnType, format: str | None = None, **options: str) -> FileOptions:
        return FileOptions(columns={"name": RequestedType(type, format)}, **options)  # type: ignore[arg-type]

    euros = text_cells("€ 1.234,50", "€ 0,10", "$5")
    found = read(tmp_path, euros, declared(ColumnType.DECIMAL, "€ 1.234,56"))
    assert (found.column(0), [reject.line for reject in found.rejects]) == (
        [Decimal("1234.50"), Decimal("0.10")],
        [4],
    )
    found = read(tmp_path, euros, declared(ColumnType.DECIMAL, decimal=","))
    assert (found.column(0), [reject.line for reject in found.rejects]) == (
        [Decimal("1234.50"), Decimal("0.10")],
        [4],
    )
    found = read(tmp_path, text_cells("open", "shut"), declared(ColumnType.BOOLEAN, "open/shut"))
    assert found.column(0) == [True, False]
    with pytest.raises(Invalid, match="is not a format of decimal columns"):
        read(tmp_path, euros, declared(ColumnType.DECIMAL, "euros"))


def test_blanks_around_text_are_left_out_by_option(tmp_path: Path) -> None:
    cells = text_cells(" x", "y ", " ", "z")
    assert read(tmp_path, cells).column(0) == [" x", "y ", " ", "z"]
    assert read(tmp_path, cells, FileOptions(trim=True)).column(0) == ["x", "y", None, "z"]


@pytest.mark.parametrize("times", [1, 100])
def test_declared_null_values_are_null_in_every_column(tmp_path: Path, times: int) -> None:
    cells = ['<c t="str"><v>gone</v></c>', "<c><v>-999</v></c>", "<c><v>5</v></c>", '<c t="s"><v>0</v></c>']
    rows = '<row r="1"><c r="A1" t="str"><v>n</v></c><c r="B1" t="str"><v>id</v></c></row>'
    for at, cell in enumerate(cells * times, 2):
        placed = cell.replace("<c", f'<c r="A{at}"', 1)
        rows += f'<row r="{at}">{placed}<c r="B{at}"><v>{at}</v></c></row>'
    book = xlsx(rows, strings="<si><t>gone</t></si>")
    found = read(tmp_path, book, FileOptions(null_values=("gone", "-999")))
    assert found.types == ["integer", "integer"]
    assert found.column(0) == [None, None, 5, None] * times


def test_all_prefixes_of_names_are_read(tmp_path: Path) -> None:
    sheet = (
        f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData>'
        '<x:row><x:c t="inlineStr"><x:is><x:t>a</x:t></x:is></x:c></x:row>'
        "<x:row><x:c><x:v>1</x:v></x:c></x:row></x:sheetData></x:worksheet>"
    )
    found = read(tmp_path, xlsx("", sheet=sheet))
    assert (found.names, found.rows, found.lines) == (["a"], [[1]], [2])
