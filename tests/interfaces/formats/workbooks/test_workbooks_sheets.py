"""Which sheet of a workbook is read, where its table is, and what its columns are named."""

import io
import zipfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook  # type: ignore[import-untyped]

from application.imports.file_format import FileOptions
from domain.errors import Invalid
from interfaces.formats.containers.unpacking import detect_container
from interfaces.formats.source import KeyFault
from tests.interfaces.formats.workbooks.workbook_files import Read, read, sheet_rows, xlsx, zipped


def book(*sheets: Sequence[Sequence[Any]], hidden: Sequence[int] = (), merged: Sequence[str] = ()) -> bytes:
    """A workbook of sheets called One, Two, Three; `merged` ranges are the first one's."""
    made = Workbook()
    made.remove(made.worksheets[0])
    for at, (name, rows) in enumerate(zip(("One", "Two", "Three"), sheets, strict=False)):
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
        if at in hidden:
            sheet.sheet_state = "hidden"
        for ref in merged if not at else ():
            sheet.merge_cells(ref)
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def described(found: Read) -> tuple[list[str], list[list[Any]], list[int]]:
    return found.names, found.rows, found.lines


def test_the_first_visible_sheet_that_has_cells_is_read(tmp_path: Path) -> None:
    found = read(tmp_path, book([["hidden"], [1]], [], [["a"], [1]], hidden=[0]))
    assert described(found) == (["a"], [[1]], [2])
    assert found.table.found == {
        "format": "xlsx",
        "sheet": "Three",
        "sheets": [
            {"name": "One", "visible": False},
            {"name": "Two", "visible": True},
            {"name": "Three", "visible": True},
        ],
        "header": True,
    }
    assert found.table.notes == ("The sheet 'Three' was read; the workbook also has 'One' (hidden), 'Two'.",)


@pytest.mark.parametrize("sheet", ["Two", "two", 2])
def test_a_sheet_is_selected_by_name_or_number(tmp_path: Path, sheet: str | int) -> None:
    found = read(tmp_path, book([["a"], [1]], [["b"], [2]], hidden=[1]), FileOptions(sheet=sheet))
    assert found.names == ["b"]


@pytest.mark.parametrize("sheet", ["Four", 0, 3])
def test_the_refusal_of_an_unknown_sheet_lists_all_names(tmp_path: Path, sheet: str | int) -> None:
    with pytest.raises(Invalid) as refusal:
        read(tmp_path, book([["a"], [1]], [["b"], [2]], hidden=[1]), FileOptions(sheet=sheet))
    assert refusal.value.code == "unknown-sheet"
    assert refusal.value.detail == f"There is no sheet {sheet!r}: the workbook has 'One', 'Two' (hidden)."


@pytest.mark.parametrize("options", [FileOptions(), FileOptions(sheet=1)])
def test_a_workbook_without_cells_is_refused(tmp_path: Path, options: FileOptions) -> None:
    with pytest.raises(Invalid) as refusal:
        read(tmp_path, book([]), options)
    assert refusal.value.code == "empty-file"


LAYOUTS: list[tuple[str, list[list[Any]], FileOptions, list[str], list[list[Any]], list[int]]] = [
    ("below and right of empty cells", [[], [None, None, "a", "b"], [None, None, 1, 2], []], FileOptions(),
     ["a", "b"], [[1, 2]], [3]),
    ("with blank rows", [["a", "b"], [1, 2], [None, None], ["", ""], [3, 4]], FileOptions(),
     ["a", "b"], [[1, 2], [3, 4]], [2, 5]),
    ("with values in the first row", [[1, "x"], [2, "y"], [3, "z"]], FileOptions(),
     ["column_1", "column_2"], [[1, "x"], [2, "y"], [3, "z"]], [1, 2, 3]),
    ("with dates in the first row", [[date(2024, 1, 1), "x"], [date(2024, 1, 2), "y"]], FileOptions(),
     ["column_1", "column_2"], [["2024-01-01", "x"], ["2024-01-02", "y"]], [1, 2]),
    ("with years in the header", [["land", 2023, 2024], ["x", 1, 2]], FileOptions(),
     ["land", "2023", "2024"], [["x", 1, 2]], [2]),
    ("all of text", [["name", "city"], ["Ann", "Rome"]], FileOptions(), ["name", "city"], [["Ann", "Rome"]], [2]),
    ("whose first row comes again", [["a", "b"], ["a", "c"], ["d", "b"]], FileOptions(),
     ["column_1", "column_2"], [["a", "b"], ["a", "c"], ["d", "b"]], [1, 2, 3]),
    ("declared to have no header", [["a", "b"], ["c", "d"]], FileOptions(header=False),
     ["column_1", "column_2"], [["a", "b"], ["c", "d"]], [1, 2]),
    ("declared to have a header", [[1, 2], [3, 4]], FileOptions(header=True), ["1", "2"], [[3, 4]], [2]),
    ("with rows to skip", [["Report"], ["of today"], ["a", "b"], [1, 2]], FileOptions(skip_rows=2),
     ["a", "b"], [[1, 2]], [4]),
    ("with columns that have no name or the same", [["a", None, "a"], [1, 2, 3]], FileOptions(),
     ["a", "column_2", "a_2"], [[1, 2, 3]], [2]),
    ("wider than its header", [["a"], [1], [2, None, "x"]], FileOptions(),
     ["a", "column_2", "column_3"], [[1, None, None], [2, None, "x"]], [2, 3]),
    ("with names given", [["a", "b"], [1, 2]], FileOptions(names=("x", "y")), ["x", "y"], [[1, 2]], [2]),
    ("of two header rows", [["id", "sales", None], [None, "2023", "2024"], [1, 2, 3]], FileOptions(header=2),
     ["id", "sales 2023", "2024"], [[1, 2, 3]], [3]),
    ("of a header alone", [["a", "b"]], FileOptions(), ["a", "b"], [], []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "options", "names", "values", "lines"), [case[1:] for case in LAYOUTS], ids=[case[0] for case in LAYOUTS]
)
def test_a_table(
    tmp_path: Path,
    rows: list[list[Any]],
    options: FileOptions,
    names: list[str],
    values: list[list[Any]],
    lines: list[int],
) -> None:
    assert described(read(tmp_path, book(rows), options)) == (names, values, lines)


def test_a_name_merged_over_columns_applies_to_each(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["id", "sales", None], [None, "2023", "2024"], [1, 2, 3]]
    found = read(tmp_path, book(rows, merged=["A1:A2", "B1:C1"]), FileOptions(header=2))
    assert found.names == ["id", "sales 2023", "sales 2024"]


TITLED: list[tuple[str, list[list[Any]], list[str], list[int]]] = [
    ("a title", [["Report"], ["a", "b", "c"], [1, 2, 3]], ["Row 1", "'Report'"], [3]),
    ("a title and a blank row", [["Report"], [None], ["a", "b"], ["x", "y"], ["z", "w"]], ["Row 1"], [4, 5]),
    ("a title above text", [["Staff"], ["name", "town"], ["Al", "Oslo"], ["Bo", "Rome"]], ["Row 1"], [3, 4]),
    ("two titles", [["Report"], ["of May"], ["a", "b"], [1, "y"]], ["Rows 1 to 2", "'Report', 'of May'"], [4]),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "words", "lines"), [case[1:] for case in TITLED], ids=[case[0] for case in TITLED])
def test_above_the_table_is(tmp_path: Path, rows: list[list[Any]], words: list[str], lines: list[int]) -> None:
    found = read(tmp_path, book(rows))
    assert (found.names, found.lines) == (rows[lines[0] - 2], lines)
    (note,) = [note for note in found.table.notes if "above the table" in note]
    assert all(word in note for word in words)


@pytest.mark.parametrize("options", [FileOptions(header=True), FileOptions(skip_rows=0)], ids=["header", "skip_rows"])
def test_nothing_is_above_by_option(tmp_path: Path, options: FileOptions) -> None:
    found = read(tmp_path, book([["Report"], ["a", "b", "c"], [1, 2, 3]]), options)
    assert found.names == ["Report", "column_2", "column_3"]
    assert not any("above the table" in note for note in found.table.notes)


def test_a_header_that_names_few_columns_is_noted(tmp_path: Path) -> None:
    found = read(tmp_path, book([["Report"], ["a", "b", "c"], [1, 2, 3]]), FileOptions(skip_rows=0))
    assert any("names 1 of 3 columns; if the header is further below" in note for note in found.table.notes)


TYPED_NAMES: list[tuple[str, list[list[Any]]]] = [
    ("numbers", [["region", 1, 2, 3], ["North", 10, 25, 31], ["South", 8, 9, 14]]),
    ("days", [["region", date(2024, 1, 31), date(2024, 2, 29)], ["North", 7, 8], ["South", 9, 6]]),
]


@pytest.mark.parametrize("rows", [case[1] for case in TYPED_NAMES], ids=[case[0] for case in TYPED_NAMES])
def test_names_may_be(tmp_path: Path, rows: list[list[Any]]) -> None:
    found = read(tmp_path, book(rows))
    assert (found.names[1:], found.rows) == ([str(name) for name in rows[0][1:]], rows[1:])


@pytest.mark.parametrize("every", [2, 40, 700])
def test_a_repeated_header_is_a_reject(tmp_path: Path, every: int) -> None:
    header = ["name", "n", "day"]
    body = [[f"t{at}", at, "x" if at == 2_999 else None] if at % every else header for at in range(1, 3_000)]
    rows: list[list[Any]] = [header, *body]
    found = read(tmp_path, book(rows))
    assert found.types == ["string", "integer", "string"]
    assert found.rows == [row for row in rows[1:] if row is not header]
    expected = [at for at, row in enumerate(rows, 1) if row is header][1:]
    assert [(reject.line, reject.code, reject.cells) for reject in found.rejects] == [
        (line, "duplicate-row", tuple(header)) for line in expected
    ]


def test_a_column_may_begin_in_a_late_row_on_either_side(tmp_path: Path) -> None:
    rows: list[list[Any]] = [[None, "a"], *[[None, at] for at in range(3000)], ["left", 1, "right"], [None, 2]]
    found = read(tmp_path, book(rows))
    assert found.names == ["column_1", "a", "column_3"]
    assert found.rows[0] == [None, 0, None]
    assert found.rows[-2:] == [["left", 1, "right"], [None, 2, None]]


def test_text_that_changes_from_row_to_row_is_kept_in_its_columns(tmp_path: Path) -> None:
    """Rows with cells left out, of styles and types that change, still line up."""
    rows: list[list[Any]] = [["a", "b", "c"]]
    rows += [
        [at if at % 3 else None, f"t{at}" if at % 5 else at, at % 2 == 0 if at % 7 else "x"] for at in range(4000)
    ]
    found = read(tmp_path, book(rows))
    assert found.column(0) == [row[0] for row in rows[1:]]
    assert found.column(1) == [str(row[1]) for row in rows[1:]]
    assert found.column(2) == [row[2] if isinstance(row[2], str) else str(row[2]).upper() for row in rows[1:]]


def test_excluded_rows_become_rejects_and_leave_no_gap(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["id", "n"], [1, 1], [1, 2], [], [2, "#N/A"], [3, 4], [3, 5], [4, 6]]
    faults = {1: KeyFault(1, "id", "repeated"), 3: KeyFault(3, "id", "repeated")}
    found = read(tmp_path, book(rows), FileOptions(error_cells="reject"), excluded=faults)
    assert (found.rows, found.lines) == ([[1, 1], [3, 4], [4, 6]], [2, 6, 8])
    assert [(reject.line, reject.code, reject.cells) for reject in found.rejects] == [
        (3, "primary-key", ("1", "2")),
        (5, "type-error", ("2", "#N/A")),
        (7, "primary-key", ("3", "5")),
    ]


def test_the_number_of_names_must_match_the_columns(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as refusal:
        read(tmp_path, book([["a", "b"], [1, 2]]), FileOptions(names=("x",)))
    assert refusal.value.code == "invalid-options"


SHEET = sheet_rows(["<c><v>7</v></c>"], header="n")
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_MAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
ELSEWHERE: list[tuple[str, str, bool]] = [("at the root", "", True), ("in another folder", "book/parts/", True),
                                          ("found by their content types", "book/", False)]  # fmt: skip


@pytest.mark.parametrize(("folder", "related"), [case[1:] for case in ELSEWHERE], ids=[case[0] for case in ELSEWHERE])
def test_the_parts_of_a_workbook_may_be(tmp_path: Path, folder: str, related: bool) -> None:
    with zipfile.ZipFile(io.BytesIO(xlsx(SHEET))) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    moved: dict[str, bytes | None] = {
        name.replace("xl/", folder, 1): data.replace(b'"xl/', f'"{folder}'.encode()) for name, data in parts.items()
    }
    override = f'<Override PartName="/{folder}workbook.xml" ContentType="{_MAIN}"/>'
    moved["[Content_Types].xml"] = f'<Types xmlns="{_TYPES}">{override}</Types>'.encode()
    if not related:
        moved["_rels/.rels"] = None
    data = zipped(moved)
    assert read(tmp_path, data).column(0) == [7]
    if related:
        (tmp_path / "packed").write_bytes(data)
        assert detect_container(tmp_path / "packed") is None
