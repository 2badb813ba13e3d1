"""A cell like `="0001234"` is the text in its quotes."""

from pathlib import Path

import pytest

from application.imports.file_format import FileOptions, RequestedType
from domain.columns import ColumnType
from tests.interfaces.formats.reading import read

CELLS = [
    ('="0001234"', "0001234"),
    ('"=""0001234"""', "0001234"),
    ('="12"', "12"),
    ('="2024-01-31"', "2024-01-31"),
    ('="a""b"', 'a"b'),
    ('"=""a,b"""', "a,b"),
    ('=""', ""),
    ('="x"&"y"', '="x"&"y"'),
    ('=A1&"x"', '=A1&"x"'),
]


@pytest.mark.parametrize(("cell", "text"), CELLS, ids=[cell for cell, _ in CELLS])
def test_a_cell_of(tmp_path: Path, cell: str, text: str) -> None:
    found = read(tmp_path, f'id,v\n1,{cell}\n2,="7"\n3,plain\n')
    assert (found.column(1), found.types) == ([text, "7", "plain"], ["integer", "string"])
    assert any("Values written as formulas, first " in note for note in found.table.notes)


def test_a_column_of_them_alone_is_text(tmp_path: Path) -> None:
    found = read(tmp_path, '="no";n\n="12";1\n="13";2\n')
    assert (found.table.names, found.rows, found.types) == (
        ("no", "n"),
        [["12", 1], ["13", 2]],
        ["string", "integer"],
    )


def test_far_below_numbers_they_make_the_column_text(tmp_path: Path) -> None:
    found = read(tmp_path, "id,v\n" + "1,5\n" * 60_000 + '2,="05"\n3,6\n')
    assert (found.types, found.column(1)[-3:]) == (["integer", "string"], ["5", "05", "6"])


def test_a_declared_type_reads_them(tmp_path: Path) -> None:
    options = FileOptions(columns={"v": RequestedType(ColumnType.INTEGER)})
    found = read(tmp_path, 'id,v\n1,="12"\n2,7\n3,="x"\n4,="007"\n', options)
    assert (found.rows, found.types) == ([[1, 12], [2, 7]], ["integer", "integer"])
    assert found.faults == [(4, "v", "type-error", '3,="x"'), (5, "v", "type-error", '4,="007"')]


def test_they_are_keys_by_their_text(tmp_path: Path) -> None:
    found = read(tmp_path, 'no,v\n="007",1\n007,2\n="8",3\n', key=("no",))
    assert (found.rows, [fault[:3] for fault in found.faults]) == ([["007", 1], ["8", 3]], [(3, "no", "primary-key")])


def test_text_that_contains_such_text_stays(tmp_path: Path) -> None:
    cells = ['x="y"', '<a href="z">']
    found = read(tmp_path, "v\n" + "\n".join(cells) + "\n", FileOptions(delimiter=";"))
    assert found.column(0) == cells
