"""Where all but a few values of a column would have a type, a note names the first of them and what settles it."""

from pathlib import Path

import pytest

from application.imports.file_format import FileOptions
from tests.interfaces.formats.reading import Read, read

ROWS = 60_000
"""More rows than are examined first."""


def stays_text(found: Read) -> list[str]:
    return [note for note in found.table.notes if "stays text because" in note]


def test_all_are_named_if_there_are_three(tmp_path: Path) -> None:
    values = ["7", "n.a.", "8", "9", "tbd yet", "10", "11", "12", "13", "14", "?!", "15"]
    found = read(tmp_path, "id;n\n" + "".join(f"{at};{value}\n" for at, value in enumerate(values)))
    assert stays_text(found) == [
        "Column 'n' stays text because of 'n.a.' (line 3), 'tbd yet' (line 6) and '?!' (line 12): each other value "
        'is an integer. Set options.null_values to read such values as null, or options.columns to {"n": "integer"} '
        "to reject their rows."
    ]


def test_the_first_three_are_named_if_there_are_more(tmp_path: Path) -> None:
    good = "2024-03-01\n" * 20
    found = read(tmp_path, f"day\n{good}soon\n{good}later\n\nnever\n{good}soon\nsoon\n")
    (note,) = stays_text(found)
    assert "of 'soon' (line 22), 'later' (line 43), 'never' (line 45) and 2 more: each other value is a date" in note


def test_words_for_null_do_not_stand_in_the_way(tmp_path: Path) -> None:
    (note,) = stays_text(read(tmp_path, "n,m\n" + "1.5,2\n-,NA\n2.5,3\n" * 5 + "x,4\n"))
    assert "because of 'x' (line 17): each other value is a number." in note


def test_the_first_rows_are_said_to_be_examined(tmp_path: Path) -> None:
    rows = "".join(f"{at},{at if at % 1_000 else 'open'}\n" for at in range(ROWS))
    (note,) = stays_text(read(tmp_path, "id,n\n" + rows))
    assert "'open' (line 2), 'open' (line 1,002), 'open' (line 2,002) and " in note
    assert " more in the first " in note


@pytest.mark.parametrize("quoted", ["x", '"x\ny"', "x\n"], ids=["a line a row", "line ends in cells", "blank lines"])
def test_values_far_below_are_found_with_their_lines(tmp_path: Path, quoted: str) -> None:
    rows = "".join(f"{at},{at}.5,{quoted}\n" for at in range(ROWS))
    found = read(tmp_path, f"id,n,t\n{rows}a,many,x\n7,few,x\n8\n9,open,x\n10,,x\n11,lots,x\n")
    first = (found.lines.count(b"\n") - 5) * (1 if quoted == "x" else 2) + 2
    notes = stays_text(found)
    assert len(notes) == 2
    assert f"Column 'id' stays text because of 'a' (line {first:,}): each other value is an integer." in notes[0]
    places = f"'many' (line {first:,}), 'few' (line {first + 1:,}), 'open' (line {first + 3:,}) and 1 more:"
    assert f"Column 'n' stays text because of {places} each other value is a number." in notes[1]


def test_the_type_that_most_values_have_is_meant(tmp_path: Path) -> None:
    found = read(tmp_path, "n\n" + "5\n" * 200_000 + "1,5\n2,5\n" * 10 + "x\n")
    assert stays_text(found) == [
        "Column 'n' stays text because of 'x' (line 200,022): each other value is a number like 1,5. "
        'Set options.null_values to read such values as null, or options.columns to {"n": "decimal"} to reject '
        "their rows."
    ]


@pytest.mark.parametrize("values", ["a\nb\n1\n", "x\n1\ny\n2\n", "a\n"])
def test_text_needs_no_note(tmp_path: Path, values: str) -> None:
    assert stays_text(read(tmp_path, "name\n" + values)) == []


def test_the_options_that_it_names_settle_it(tmp_path: Path) -> None:
    data = "id,n\n1,5\n2,open\n3,6\n4,7\n"
    assert read(tmp_path, data).types == ["integer", "string"]
    assert read(tmp_path, data, FileOptions(null_values=("open",))).types == ["integer", "integer"]
