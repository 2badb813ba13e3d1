"""Blanks around values: left out by option, or where every value of a column needs that to have a type."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from application.imports.file_format import FileOptions, RequestedType
from domain.columns import ColumnType
from tests.interfaces.formats.reading import read
from tests.interfaces.formats.values.test_column_forms import column

NB = "\u00a0"

ALONE: list[tuple[str, str, list[Any]]] = [
    (" 5; 6", "integer", [5, 6]),
    ("5 ; 6 ", "integer", [5, 6]),
    (f"{NB}1.50;2 ", "decimal", [Decimal("1.50"), 2]),
    (" 1.234,50; 0,10", "decimal", [Decimal("1234.50"), Decimal("0.10")]),
    (" 2024-01-31; 2024-02-29", "date", ["2024-01-31", "2024-02-29"]),
    (" yes; no", "boolean", [True, False]),
    (" 5; NA; ", "integer", [5, None, None]),
    (" 5;;6 ", "integer", [5, None, 6]),
    (" 5;6", "string", [" 5", "6"]),
    (" x; y", "string", [" x", " y"]),
    (" 007; 008", "string", [" 007", " 008"]),
    (" 1234567890123456; 2234567890123456", "string", [" 1234567890123456", " 2234567890123456"]),
    (" ;  ", "string", [" ", "  "]),
]


@pytest.mark.parametrize(("cells", "kind", "values"), ALONE)
def test_blanks_around_every_value_are_left_out_for_a_type(
    tmp_path: Path, cells: str, kind: str, values: list[Any]
) -> None:
    found = column(tmp_path, cells)
    assert (found.types[1], found.column(1)) == (kind, values)
    assert any("options.trim to false" in note for note in found.table.notes) == (kind != "string")


BY_OPTION: list[tuple[str, bool, str, list[Any]]] = [
    (" 5;6 ;7", True, "integer", [5, 6, 7]),
    (" 5; ;7", True, "integer", [5, None, 7]),
    (" x; y ;z", True, "string", ["x", "y", "z"]),
    (" NA; 5", True, "integer", [None, 5]),
    (" 5; 6", False, "string", [" 5", " 6"]),
]


@pytest.mark.parametrize(("cells", "trim", "kind", "values"), BY_OPTION)
def test_the_option_decides(tmp_path: Path, cells: str, trim: bool, kind: str, values: list[Any]) -> None:
    found = column(tmp_path, cells, FileOptions(trim=trim))
    assert (found.types[1], found.column(1)) == (kind, values)


def test_where_only_some_values_have_blanks_a_note_names_the_option(tmp_path: Path) -> None:
    notes = column(tmp_path, "  5; 16;128;256").table.notes
    assert (
        "Column 'v' stays text because of '  5' (line 2) and ' 16' (line 3): each other value is an integer. "
        "Set options.trim to true to leave out the blanks around values."
    ) in notes


@pytest.mark.parametrize(("odd", "way"), [("x", "options.null_values"), ("7", "options.trim to true")])
@pytest.mark.parametrize("count", [5, 30_000])
def test_a_value_among_blanks_is_named(tmp_path: Path, odd: str, way: str, count: int) -> None:
    notes = read(tmp_path, "t\tv\n" + "some more text\t 5\n" * count + f"x\t{odd}\n").table.notes
    because = (
        f"because of '{odd}' (line {count + 2:,}): each other value is an integer with blanks around it. Set {way}"
    )
    assert any(because in note for note in notes)


@pytest.mark.parametrize(("last", "kind"), [(" 2.5", "decimal"), ("7", "string"), (" x", "string"), (" ", "integer")])
def test_a_row_far_below_counts(tmp_path: Path, last: str, kind: str) -> None:
    found = read(tmp_path, "t\tv\n" + "some more text\t 5\n" * 30_000 + f"x\t{last}\n")
    assert (found.types[1], len(found.rows)) == (kind, 30_001)


def test_a_declared_type_and_its_rejects(tmp_path: Path) -> None:
    declared = {"v": RequestedType(ColumnType.INTEGER)}
    found = column(tmp_path, " 5; 6;\t7", FileOptions(columns=declared, delimiter="\t"))
    assert found.column(1)[:2] == [5, 6]
    found = column(tmp_path, " 5;x ; 7", FileOptions(columns=declared, trim=True))
    assert (found.column(1), [reject.detail for reject in found.rejects]) == ([5, 7], ["'x' is not an integer"])


def test_keys_are_compared_without_the_blanks(tmp_path: Path) -> None:
    found = read(tmp_path, "id,v\n 1,a\n1 ,b\n 2,c\n", key=("id",))
    assert (found.rows, [reject.line for reject in found.rejects]) == ([[1, "a"], [2, "c"]], [3])
    found = read(tmp_path, "id,v\n 1,a\n1,b\n2 ,c\n", FileOptions(trim=True), key=("id",))
    assert (found.rows, [reject.line for reject in found.rejects]) == ([[1, "a"], [2, "c"]], [3])
