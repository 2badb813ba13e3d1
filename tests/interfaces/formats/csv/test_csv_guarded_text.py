"""The apostrophes of the formula guard are taken off texts, and a note says so only where there were some."""

from pathlib import Path

import pytest

from application.imports.file_format import FileOptions
from tests.interfaces.formats.reading import read

NOTE = "The apostrophes of the formula guard were taken off."


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ('"a",b\n\'=1+1,x\n"\'-2,3",y\n', ["=1+1", "-2,3"]),
        ("\"a\",b\n''=1,x\n'x,y\n", ["'=1", "'x"]),
        ('"a"\n\'@x\n', ["@x"]),
    ],
)
def test_the_guard_is_taken_off_a_marked_file(tmp_path: Path, text: str, values: list[str]) -> None:
    found = read(tmp_path, text)
    assert found.column(0) == values and NOTE in found.table.notes
    assert NOTE not in read(tmp_path, text, FileOptions(formula_guard=False)).table.notes


@pytest.mark.parametrize("text", ['"a"\n"x"\n', '"a",b\n\'x,y\n', "a,b\n'=1,x\n", '"a","b"\n\'=1,x\n'])
def test_quotes_around_names_alone_change_nothing(tmp_path: Path, text: str) -> None:
    found = read(tmp_path, text)
    assert found.column(0) == [text.splitlines()[1].split(",")[0].strip('"')] and NOTE not in found.table.notes
