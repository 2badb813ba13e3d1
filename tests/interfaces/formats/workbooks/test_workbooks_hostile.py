"""Damaged, encrypted and malicious workbooks are refused with a reason, quickly and in little memory."""

import io
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import pytest

from domain.errors import Invalid, Refusal, TooLarge, UnsupportedFormat
from interfaces.formats import workbook_formats
from tests.interfaces.formats.workbooks.workbook_files import MAIN, read, sheet_rows, xlsx, zipped
from tests.limits import source_limits

ONE = '<row r="1"><c r="A1" t="str"><v>a</v></c></row>'


def refused(folder: Path, data: bytes, **more: Any) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        read(folder, data, **more)
    return refusal.value


def rows_of(count: int, width: int = 1) -> str:
    cells = [f'<c r="{chr(65 + at)}{{0}}"><v>1</v></c>' for at in range(width)]
    return "".join(f'<row r="{row}">{"".join(cells).format(row)}</row>' for row in range(1, count + 1))


DAMAGED = [
    ("rows that go back", ONE + '<row r="5"><c r="A5"><v>1</v></c></row><row r="3"><c r="A3"><v>1</v></c></row>'),
    (
        "a row that comes twice",
        ONE + '<row r="2"><c r="A2"><v>1</v></c></row><row r="2"><c r="A2"><v>2</v></c></row>',
    ),
    ("a cell that comes twice", ONE + '<row r="2"><c r="A2"><v>1</v></c><c r="A2"><v>2</v></c></row>'),
    ("a cell of another row", ONE + '<row r="2"><c r="A3"><v>1</v></c></row>'),
    ("a reference beyond the last column", ONE + '<row r="2"><c r="XFE2"><v>1</v></c></row>'),
    ("a row beyond the last", ONE + '<row r="1048577"><c r="A1048577"><v>1</v></c></row>'),
    ("no reference", ONE + '<row r="2"><c r="?"><v>1</v></c></row>'),
    ("an unknown type", ONE + '<row r="2"><c r="A2" t="x"><v>1</v></c></row>'),
    ("a text that is not there", ONE + '<row r="2"><c r="A2" t="s"><v>1</v></c></row>'),
    ("a text's number that is none", ONE + '<row r="2"><c r="A2" t="s"><v>x</v></c></row>'),
    ("an unknown entity", ONE + '<row r="2"><c r="A2" t="str"><v>&lol;</v></c></row>'),
    ("a control character", ONE + '<row r="2"><c r="A2" t="str"><v>\x01</v></c></row>'),
    ("a reference to a control character", ONE + '<row r="2"><c r="A2" t="str"><v>&#1;</v></c></row>'),
    ("tags that do not close", ONE + '<row r="2"><c r="A2"><v>1</c></row>'),
    ("nesting without end", ONE + "<row>" + "<a>" * 100_000),
]


@pytest.mark.parametrize("rows", [case[1] for case in DAMAGED], ids=[case[0] for case in DAMAGED])
def test_a_sheet_with(tmp_path: Path, rows: str) -> None:
    assert refused(tmp_path, xlsx(rows)).code == "corrupt-file"


@pytest.mark.parametrize("at", [100, 5000])
def test_damage_in_a_late_row_is_found(tmp_path: Path, at: int) -> None:
    rows = rows_of(6000).replace(f'<row r="{at}"><c r="A{at}">', f'<row r="{at}"><c r="A{at - 1}">')
    assert refused(tmp_path, xlsx(rows)).code == "corrupt-file"


def test_cells_out_of_order_are_sorted(tmp_path: Path) -> None:
    row = '<row r="2"><c r="B2"><v>2</v></c><c r="A2"><v>1</v></c></row>'
    assert read(tmp_path, xlsx(ONE + row)).rows == [[1, 2]]


def test_a_cell_with_an_unknown_style_is_a_number(tmp_path: Path) -> None:
    found = read(tmp_path, xlsx(sheet_rows(['<c s="99"><v>45292</v></c>'])))
    assert found.rows == [[45292]]
    assert "refer to styles that the workbook does not have" in found.table.notes[0]


def test_invalid_utf_8_is_refused(tmp_path: Path) -> None:
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{sheet_rows(["<c/>"])}'.encode() + b"\xff"
    assert refused(tmp_path, xlsx("", parts={"xl/worksheets/sheet1.xml": sheet})).code == "corrupt-file"


def test_other_encodings_of_xml_are_read(tmp_path: Path) -> None:
    rows = sheet_rows(['<c t="str"><v>Łódź</v></c>'])
    sheet = (
        f'<?xml version="1.0" encoding="UTF-16"?><worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'
    )
    assert read(tmp_path, xlsx("", parts={"xl/worksheets/sheet1.xml": sheet.encode("utf-16")})).rows == [["Łódź"]]


@pytest.mark.parametrize(
    "part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"]
)
def test_a_dtd_is_refused(tmp_path: Path, part: str) -> None:
    lol = f'<!DOCTYPE x [<!ENTITY a "lol"><!ENTITY b "{"&a;" * 1000}">]><worksheet xmlns="{MAIN}">&b;</worksheet>'
    refusal = refused(tmp_path, xlsx(ONE, parts={part: lol.encode()}))
    assert refusal.code == "corrupt-file"
    assert "DTD" in refusal.detail


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml"])
def test_a_missing_part_is_named(tmp_path: Path, part: str) -> None:
    missing: dict[str, Any] = {part: None}
    refusal = refused(tmp_path, xlsx(ONE, parts=missing))
    assert (refusal.code, part in refusal.detail) == ("corrupt-file", True)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_truncated_file_is_refused(tmp_path: Path, share: float) -> None:
    data = xlsx(rows_of(500))
    assert refused(tmp_path, data[: int(len(data) * share)]).code == "corrupt-file"


def test_changed_bytes_are_refused(tmp_path: Path) -> None:
    data = bytearray(xlsx(rows_of(5000)))
    at = data.index(b"xl/worksheets/sheet1.xml") + 2000
    data[at : at + 20] = bytes(20)
    assert refused(tmp_path, bytes(data)).code == "corrupt-file"


def test_too_many_cells_are_refused_with_the_name_of_the_setting(tmp_path: Path) -> None:
    refusal = refused(tmp_path, xlsx(rows_of(3000, 4)), limits=source_limits(workbook_cells=10_000))
    assert isinstance(refusal, TooLarge)
    assert (refusal.code, "ROWLEDGER_LIMIT_WORKBOOK_CELLS" in refusal.detail) == ("too-many-cells", True)


def test_nulls_between_distant_cells_count_as_cells(tmp_path: Path) -> None:
    far = "".join(f'<row r="{at}"><c r="A{at}"><v>1</v></c><c r="ZZ{at}"><v>1</v></c></row>' for at in range(1, 500))
    assert refused(tmp_path, xlsx(far), limits=source_limits(workbook_cells=100_000)).code == "too-many-cells"


def test_the_last_column_does_not_create_all_before_it(tmp_path: Path) -> None:
    rows = ONE + '<row r="2"><c r="A2"><v>1</v></c><c r="XFD2" s="0"/></row>'
    assert read(tmp_path, xlsx(rows)).names == ["a"]
    refusal = refused(tmp_path, xlsx(rows.replace(' s="0"/>', "><v>1</v></c>")))
    assert (refusal.code, "16,384 columns" in refusal.detail) == ("too-many-columns", True)


def test_a_distant_row_costs_nothing(tmp_path: Path) -> None:
    found = read(tmp_path, xlsx(ONE + '<row r="1048576"><c r="A1048576"><v>1</v></c></row>'))
    assert (found.rows, found.lines) == ([[1]], [1_048_576])


@pytest.mark.parametrize("comment", ["", "<!-- -->"])
@pytest.mark.parametrize("rows", [2, 200])
def test_a_huge_cell_is_refused(tmp_path: Path, rows: int, comment: str) -> None:
    cells = ['<c t="str"><v>x</v></c>'] * rows + [f'<c t="str"><v>{"x" * 10_000}</v></c>']
    refusal = refused(tmp_path, xlsx(comment + sheet_rows(cells)), limits=source_limits(cell_bytes=5_000))
    assert (refusal.code, "ROWLEDGER_LIMIT_CELL_BYTES" in refusal.detail) == ("cell-too-large", True)


def test_a_huge_shared_text_is_refused(tmp_path: Path) -> None:
    strings = f"<si><t>{'x' * 10_000}</t></si>"
    assert (
        refused(tmp_path, xlsx(ONE, strings=strings), limits=source_limits(cell_bytes=5_000)).code == "cell-too-large"
    )


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"])
def test_a_compression_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, part: str) -> None:
    """60 MB of blanks or of a tag that does not end, in 60 KB."""
    for filler in (b" ", b"<row " + b"a" * 100):
        bomb = b"<worksheet><sheetData>" + filler * (60_000_000 // len(filler))
        data = xlsx(ONE, parts={part: bomb})
        tracemalloc.start()
        refusal = refused(tmp_path, data)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert refusal.code in ("compression-ratio", "corrupt-file")
        assert peak < 150_000_000


def test_the_unpacked_size_is_limited(tmp_path: Path) -> None:
    refusal = refused(tmp_path, xlsx(rows_of(2000)), limits=source_limits(unpacked_bytes=50_000))
    assert (refusal.code, "ROWLEDGER_LIMIT_UNPACKED_BYTES" in refusal.detail) == ("unpacked-too-large", True)


OTHERS = [
    ("a Word document", {"[Content_Types].xml": "", "word/document.xml": ""}),
    ("an OpenDocument file", {"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": ""}),
]


@pytest.mark.parametrize(("what", "parts"), OTHERS)
def test_other_documents_are_refused_by_name(tmp_path: Path, what: str, parts: dict[str, str]) -> None:
    refusal = refused(tmp_path, zipped(parts))
    assert isinstance(refusal, UnsupportedFormat)
    assert (refusal.code, what in refusal.detail) == ("unsupported-format", True)


def test_archives_and_text_are_not_workbooks(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for data in (zipped({"table.csv": "a,b"}), b"a,b\n1,2\n"):
        path.write_bytes(data)
        assert workbook_formats.detect_workbook_format(path, data) is None


@pytest.mark.parametrize(
    ("stream", "code"), [("EncryptedPackage", "encrypted-file"), ("WordDocument", "unsupported-format")]
)
def test_an_old_container_without_a_workbook_is_refused(tmp_path: Path, stream: str, code: str) -> None:
    assert refused(tmp_path, container(stream)).code == code


@pytest.mark.parametrize("length", [8, 511, 512, 600])
def test_a_truncated_old_container_is_refused(tmp_path: Path, length: int) -> None:
    refusal = refused(tmp_path, container("Workbook")[:length])
    assert refusal.code in ("corrupt-file", "unsupported-format")


def test_an_archive_with_a_password_is_refused(tmp_path: Path) -> None:
    data = bytearray(xlsx(ONE))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        count = len(archive.namelist())
    at = 0
    for _ in range(count):
        at = data.index(b"PK\x01\x02", at) + 8
        data[at] |= 1
    assert refused(tmp_path, bytes(data)).code == "encrypted-file"


def test_no_truncated_or_changed_file_breaks_the_reader(tmp_path: Path) -> None:
    """Whatever is done to the XML of a sheet, it is read or refused in words."""
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{sheet_rows(["<c><v>1</v></c>"] * 70)}</sheetData></worksheet>'
    for at in range(100, len(sheet), 37):
        for changed in (sheet[:at], sheet[:at] + "<" + sheet[at:], sheet[:at] + sheet[at + 1 :]):
            data = xlsx("", sheet=changed)
            try:
                assert len(read(tmp_path, data).rows) <= 71
            except Invalid as refusal:
                assert refusal.code in ("corrupt-file", "empty-file")


def container(stream: str) -> bytes:
    """An OLE container with one stream of this name."""
    header = bytearray(512)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    header[24:32] = (0x3E).to_bytes(2, "little") + (3).to_bytes(2, "little") + b"\xfe\xff" + (9).to_bytes(2, "little")
    header[44:52] = (1).to_bytes(4, "little") + (1).to_bytes(4, "little")
    header[76:] = (0).to_bytes(4, "little") + b"\xff" * 432
    table = b"\xfd\xff\xff\xff\xfe\xff\xff\xff" + b"\xff" * 504
    name = stream.encode("utf-16-le")
    root = "Root Entry".encode("utf-16-le")
    entries = b"".join(
        each.ljust(64, b"\0") + (len(each) + 2).to_bytes(2, "little") + bytes(62) for each in (root, name)
    )
    return bytes(header) + table + entries.ljust(512, b"\0")
