"""XLS, XLSB and ODS workbooks are read with the same results as XLSX."""

import io
import struct
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import python_calamine
import xlwt  # type: ignore[import-untyped]

from application.imports.file_format import FileOptions
from domain.errors import Invalid, UnsupportedFormat
from tests.interfaces.formats.workbooks.biff12 import cell, real, record, row, text, xlsb
from tests.interfaces.formats.workbooks.workbook_files import read, zipped
from tests.limits import source_limits

REJECT_ERRORS = FileOptions(error_cells="reject")


def xls(rows: list[list[Any]], formats: dict[int, str] | None = None, *, is_1904: bool = False) -> bytes:
    """`formats` by column, for the rows below the first."""
    made = xlwt.Workbook()
    made.dates_1904 = is_1904
    sheet = made.add_sheet("Sheet")
    styles = {at: xlwt.easyxf(num_format_str=code) for at, code in (formats or {}).items()}
    for number, values in enumerate(rows):
        for at, value in enumerate(values):
            if value is not None:
                sheet.write(number, at, value, styles[at] if number and at in styles else xlwt.Style.default_style)
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def test_xls_values_and_types(tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["id", "price", "text", "day", "moment", "yes", "span"],
        [1, 1.5, "001", date(2024, 1, 31), datetime.fromisoformat("2024-01-31T10:30"), True, 1.0625],
        [-2, 0.1, "Łódź", date(1900, 2, 28), datetime.fromisoformat("2024-02-29"), False, 0.5],
    ]
    found = read(tmp_path, xls(rows, {3: "YYYY-MM-DD", 4: "YYYY-MM-DD hh:mm", 6: "[h]:mm"}))
    assert found.table.found["format"] == "xls"
    assert found.types == ["integer", "decimal", "string", "date", "datetime", "boolean", "string"]
    assert found.rows == [
        [1, Decimal("1.5"), "001", "2024-01-31", "2024-01-31T10:30:00", True, "25:30:00"],
        [-2, Decimal("0.1"), "Łódź", "1900-02-28", "2024-02-29T00:00:00", False, "12:00:00"],
    ]


def test_xls_days_since_1904(tmp_path: Path) -> None:
    found = read(tmp_path, xls([["day"], [0.0], [43830]], {0: "YYYY-MM-DD"}, is_1904=True))
    assert found.column(0) == ["1904-01-01", "2024-01-01"]


def test_xls_errors_are_null_or_reject_their_rows(tmp_path: Path) -> None:
    made = xlwt.Workbook()
    sheet = made.add_sheet("Sheet")
    sheet.write(0, 0, "n")
    sheet.write(1, 0, 5)
    sheet.row(2).set_cell_error(0, "#DIV/0!")
    file = io.BytesIO()
    made.save(file)
    assert read(tmp_path, file.getvalue()).rows == [[5], [None]]
    found = read(tmp_path, file.getvalue(), REJECT_ERRORS)
    assert found.rows == [[5]]
    assert [(reject.line, reject.detail) for reject in found.rejects] == [
        (3, "column 'n': expected an integer, the cell has the error #DIV/0!")
    ]


def test_truncated_or_changed_xls_is_refused(tmp_path: Path) -> None:
    data = xls([["n"], *[[at] for at in range(100)]])
    for cut in (600, 1024, 2000, len(data) - 3000):
        with pytest.raises((Invalid, UnsupportedFormat)):
            read(tmp_path, data[:cut])
    for at in range(512, len(data), 97):
        changed = data[:at] + b"\xff\xff" + data[at + 2 :]
        try:
            assert len(read(tmp_path, changed).rows) <= 101
        except (Invalid, UnsupportedFormat) as refusal:
            assert refusal.code in ("corrupt-file", "empty-file", "encrypted-file", "unsupported-format")


def test_xls_with_a_password_is_refused(tmp_path: Path) -> None:
    data = xls([["n"], [1]])
    begin = data.index(b"\x09\x08\x10\x00")
    at = begin + 20
    size = struct.unpack_from("<H", data, at + 2)[0]
    password = b"\x2f\x00" + struct.pack("<H", size) + b"\x01\x00\x01\x00".ljust(size, b"\1")
    with pytest.raises(UnsupportedFormat) as refusal:
        read(tmp_path, data[:at] + password + data[at + len(password) :])
    assert refusal.value.code == "encrypted-file"


HEADER = row(0, *(cell(6, at, text(name)) for at, name in enumerate(("n", "t", "d"))))


def test_xlsb_values_and_types(tmp_path: Path) -> None:
    data = xlsb(
        HEADER,
        row(1, cell(2, 0, struct.pack("<I", 5 << 2 | 2)), cell(7, 1, bytes(4)), cell(5, 2, real(45292), 1)),
        row(
            2,
            cell(2, 0, struct.pack("<i", -150 * 4 | 3)),
            cell(6, 1, text("001")),
            cell(9, 2, real(45293) + b"xx", 1),
        ),
        row(5, cell(5, 0, real(0.1)), cell(8, 1, text("of a formula")), cell(1, 2, b"", 1)),
        row(6, cell(2, 0, struct.pack("<I", 0x3FF00000)), cell(62, 1, b"\0" + text("rich"))),
        strings=("Łódź",),
        formats=(0, "yyyy\\-mm\\-dd"),
    )
    found = read(tmp_path, data)
    assert found.table.found["format"] == "xlsb"
    assert found.types == ["decimal", "string", "date"]
    assert found.rows == [
        [5, "Łódź", "2024-01-01"],
        [Decimal("-1.5"), "001", "2024-01-02"],
        [Decimal("0.1"), "of a formula", None],
        [1, "rich", None],
    ]
    assert found.lines == [2, 3, 6, 7]


def test_another_reader_agrees_on_the_hand_made_xlsb() -> None:
    data = xlsb(HEADER, row(1, cell(2, 0, struct.pack("<I", 5 << 2 | 2)), cell(7, 1, bytes(4))), strings=("Łódź",))
    sheet = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
    assert sheet.to_python() == [["n", "t", "d"], [5.0, "Łódź", ""]]


def test_xlsb_errors_and_booleans(tmp_path: Path) -> None:
    data = xlsb(
        HEADER,
        row(1, cell(4, 0, b"\1"), cell(5, 1, real(1))),
        row(2, cell(10, 0, b"\0"), cell(3, 1, b"\x2a")),
        row(3, cell(4, 0, b"\1"), cell(11, 1, b"\x07")),
    )
    assert read(tmp_path, data).rows == [[True, 1, None], [False, None, None], [True, None, None]]
    found = read(tmp_path, data, REJECT_ERRORS)
    assert found.rows == [[True, 1, None]]
    assert [(reject.line, reject.cells) for reject in found.rejects] == [
        (3, ("FALSE", "#N/A", None)),
        (4, ("TRUE", "#DIV/0!", None)),
    ]


def test_xlsb_days_since_1904(tmp_path: Path) -> None:
    data = xlsb(HEADER, row(1, cell(5, 0, real(43830), 1)), formats=(0, 14), is_1904=True)
    assert read(tmp_path, data).column(0) == ["2024-01-01"]


DAMAGED = [
    ("a text beyond those it has", row(1, cell(7, 0, struct.pack("<I", 9)))),
    ("a text longer than its record", row(1, cell(6, 0, struct.pack("<I", 99)))),
    ("a short record", row(1, record(5, bytes(9)))),
    ("a cell twice", row(1, cell(5, 0, real(1)), cell(5, 0, real(2)))),
    ("rows that go back", row(4, cell(5, 0, real(1))) + row(3, cell(5, 0, real(1)))),
    ("a column beyond the last", row(1, cell(5, 16_384, real(1)))),
    ("a cut record", b"\x05\xff\xff\x7f"),
]


@pytest.mark.parametrize("rows", [case[1] for case in DAMAGED], ids=[case[0] for case in DAMAGED])
def test_xlsb_with(tmp_path: Path, rows: bytes) -> None:
    with pytest.raises(Invalid) as refusal:
        read(tmp_path, xlsb(HEADER, rows))
    assert refusal.value.code == "corrupt-file"


NAMES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
    'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
)


def ods(tables: str, *, manifest: str = "<manifest/>", styles: str = "") -> bytes:
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": manifest,
            "content.xml": f"<office:document-content {NAMES}>"
            f"<office:automatic-styles>{styles}</office:automatic-styles>"
            f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>",
        }
    )


def ods_table(*rows: str, name: str = "Sheet", style: str = "") -> str:
    return f'<table:table table:name="{name}" table:style-name="{style}">{"".join(rows)}</table:table>'


def ods_row(*cells: str, more: str = "") -> str:
    return f"<table:table-row {more}>{''.join(cells)}</table:table-row>"


def ods_cell(type: str = "", value: str = "", shown: str = "", more: str = "") -> str:
    name = {"float": "value", "string": ""}.get(type, f"{type}-value")
    attribute = f' office:{name}="{value}"' if name and type else ""
    kind = f' office:value-type="{type}"' if type else ""
    return f"<table:table-cell{kind}{attribute} {more}>{shown}</table:table-cell>"


def words(text: str) -> str:
    return ods_cell("string", shown=f"<text:p>{text}</text:p>")


ODS_CELLS = [
    ("an integer", ods_cell("float", "5"), "integer", 5),
    ("all digits", ods_cell("float", "12345678901234567890"), "integer", 12345678901234567890),
    ("a decimal", ods_cell("float", "1.10"), "decimal", Decimal("1.10")),
    ("a power of ten", ods_cell("float", "1E+20"), "integer", 10**20),
    ("a day", ods_cell("date", "2024-01-31"), "date", "2024-01-31"),
    ("a moment", ods_cell("date", "2024-01-31T10:00:00"), "datetime", "2024-01-31T10:00:00"),
    ("a time", ods_cell("time", "PT25H30M00S"), "string", "25:30:00"),
    ("true", ods_cell("boolean", "true"), "boolean", True),
    ("text", words("001"), "string", "001"),
    ("blanks and tabs", words('a<text:s text:c="3"/>b<text:tab/>c<text:line-break/>d'), "string", "a   b\tc\nd"),
    ("paragraphs", ods_cell("string", shown="<text:p>a</text:p><text:p>b</text:p>"), "string", "a\nb"),
    ("styled text", words("a<text:span>b</text:span>c"), "string", "abc"),
    ("a comment", ods_cell("float", "1", "<office:annotation><text:p>no</text:p></office:annotation>"), "integer", 1),
]  # fmt: skip


@pytest.mark.parametrize(("cell", "kind", "value"), [c[1:] for c in ODS_CELLS], ids=[c[0] for c in ODS_CELLS])
def test_ods_cell_of(tmp_path: Path, cell: str, kind: str, value: Any) -> None:
    found = read(tmp_path, ods(ods_table(ods_row(words("name")), ods_row(cell), ods_row(cell))))
    assert (found.types, found.column(0)) == ([kind], [value, value])


def test_ods_repeats_cells_and_rows(tmp_path: Path) -> None:
    empty = ods_row(
        ods_cell(more='table:number-columns-repeated="16384"'), more='table:number-rows-repeated="1048000"'
    )
    table = ods_table(
        ods_row(words("a"), words("b"), words("c"), ods_cell(more='table:number-columns-repeated="16381"')),
        ods_row(
            ods_cell("float", "7", more='table:number-columns-repeated="2"'), more='table:number-rows-repeated="3"'
        ),
        ods_row("<table:covered-table-cell/>", ods_cell("float", "8")),
        empty,
    )
    found = read(tmp_path, ods(table))
    assert found.names == ["a", "b", "c"]
    assert found.rows == [[7, 7, None]] * 3 + [[None, 8, None]]


def test_ods_errors_are_null_or_reject_their_rows(tmp_path: Path) -> None:
    error = ods_cell(
        "string", shown="<text:p>#DIV/0!</text:p>", more='calcext:value-type="error" table:formula="of:=1/0"'
    )
    uncounted = ods_cell(more='table:formula="of:=1+1"')
    data = ods(ods_table(ods_row(words("n")), ods_row(ods_cell("float", "1")), ods_row(error), ods_row(uncounted)))
    assert read(tmp_path, data).rows == [[1], [None]]
    found = read(tmp_path, data, REJECT_ERRORS)
    assert found.rows == [[1]]
    assert [(reject.line, reject.cells) for reject in found.rejects] == [(3, ("#DIV/0!",)), (4, (None,))]


def test_ods_hidden_sheets_are_skipped(tmp_path: Path) -> None:
    styles = '<style:style style:name="x"><style:table-properties table:display="false"/></style:style>'
    tables = ods_table(ods_row(words("a")), name="One", style="x") + ods_table(ods_row(words("b")), name="Two")
    assert read(tmp_path, ods(tables, styles=styles)).names == ["b"]
    assert read(tmp_path, ods(tables, styles=styles), FileOptions(sheet="One")).names == ["a"]


def test_ods_elements_of_other_programs_and_copies_are_not_cells(tmp_path: Path) -> None:
    other = 'xmlns:x="urn:of-another-program"'
    table = ods_table(
        ods_row(words("a"), words(f'b<x:s {other} c="9"/>')),
        ods_row(ods_cell("float", "1"), words(f"<x:tab {other}/>y<x:wrapped {other}>z</x:wrapped>")),
        f"<x:table-row {other}><x:table-cell/></x:table-row>",
    )
    copy = ods_table(ods_row(words("c")), name="Copy")
    copies = f"<table:dde-links><table:dde-link>{copy}</table:dde-link></table:dde-links>"
    found = read(tmp_path, ods(f"<x:table {other}/>" + table + copies))
    assert found.names == ["a", "b"]
    assert found.rows == [[1, "yz"]]
    assert found.table.found["sheets"] == [{"name": "Sheet", "visible": True}]


def test_ods_repeated_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    wide = ods_row(
        ods_cell("float", "1", more='table:number-columns-repeated="1000"'),
        more='table:number-rows-repeated="999999"',
    )
    with pytest.raises(Invalid) as refusal:
        read(tmp_path, ods(ods_table(ods_row(ods_cell("float", "1", more='table:number-columns-repeated="16385"')))))
    assert refusal.value.code == "corrupt-file"
    with pytest.raises(Exception, match="ROWLEDGER_LIMIT_WORKBOOK_CELLS"):
        read(tmp_path, ods(ods_table(ods_row(words("a")), wide)), limits=source_limits(workbook_cells=1_000_000))


def test_ods_with_a_password_is_refused(tmp_path: Path) -> None:
    manifest = "<manifest><file-entry><encryption-data/></file-entry></manifest>"
    with pytest.raises(UnsupportedFormat) as refusal:
        read(tmp_path, ods("", manifest=manifest))
    assert refusal.value.code == "encrypted-file"
