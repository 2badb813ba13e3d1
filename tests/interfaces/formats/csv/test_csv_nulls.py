"""Null words: read as null in columns of a type, as text in text columns, and always reported."""

from pathlib import Path

import pytest

from application.imports.file_format import FileOptions
from interfaces.formats.values.nulls import NULL_WORDS
from tests.interfaces.formats.reading import read
from tests.interfaces.formats.values.test_column_forms import column


@pytest.mark.parametrize("word", sorted(NULL_WORDS))
def test_a_null_word_among_numbers_is_null(tmp_path: Path, word: str) -> None:
    found = column(tmp_path, f"1;{word};3")
    assert (found.types[1], found.column(1)) == ("integer", [1, None, 3])
    assert f"Column 'v': '{word}' is read as null." in found.table.notes


CASES: list[tuple[str, str, list[object], str | None]] = [
    ("1;NA;-;2", "integer", [1, None, None, 2], "Column 'v': '-' and 'NA' are read as null."),
    ("NA;1.5", "decimal", [None, "1.5"], "Column 'v': 'NA' is read as null."),
    ("NULL;true;false", "boolean", [None, True, False], "'NULL' is read"),
    ("Y;N;?", "boolean", [True, False, None], "'?' is read"),
    ("31.01.2024;N/A", "date", ["2024-01-31", None], "'N/A' is read"),
    ("2024-01-31 10:00;none", "datetime", ["2024-01-31T10:00:00", None], "'none' is read"),
    ("1,5;NaN", "decimal", ["1.5", None], "'NaN' is read"),
    ("NA;-", "string", ["NA", "-"], None),
    ("NA;;x", "string", ["NA", None, "x"], None),
    ("Y;NA", "string", ["Y", "NA"], None),
    ("03/04/2024;NA", "string", ["03/04/2024", "NA"], None),
    ("1234567890123456;NA", "string", ["1234567890123456", "NA"], None),
    ("1;Infinity", "string", ["1", "Infinity"], None),
    ("007;NA", "string", ["007", "NA"], None),
]


@pytest.mark.parametrize(("cells", "kind", "values", "words"), CASES)
def test_null_words_next_to(tmp_path: Path, cells: str, kind: str, values: list[object], words: str | None) -> None:
    found = column(tmp_path, cells)
    assert (found.types[1], [str(v) if kind == "decimal" and v else v for v in found.column(1)]) == (kind, values)
    notes = [note for note in found.table.notes if "read as null" in note]
    assert (len(notes) == 1 and words in notes[0]) if words else notes == []


def test_a_null_word_far_below_is_found_and_named(tmp_path: Path) -> None:
    found = column(tmp_path, ";".join(["17"] * 100_000 + ["NA", "-"]))
    assert (found.types[1], found.restarts, found.column(1)[-3:]) == ("integer", 1, [17, None, None])
    assert "Column 'v': '-' and 'NA' are read as null." in found.table.notes


def test_null_words_from_the_options_apply_to_every_column_and_replace_the_default_ones(tmp_path: Path) -> None:
    found = column(tmp_path, "1;missing;2", FileOptions(null_values=("missing", "x", "a|b")))
    assert (found.types, found.rows) == (["string", "integer"], [[None, 1], [None, None], [None, 2]])
    assert column(tmp_path, "1;NA;a|b", FileOptions(null_values=("a|b",))).column(1) == ["1", "NA", None]
    assert column(tmp_path, "1;NA", FileOptions(null_values=())).types[1] == "string"


def test_a_null_word_in_a_key_is_a_fault(tmp_path: Path) -> None:
    found = read(tmp_path, "id,v\n1,a\nNA,b\n2,c\n", key=("id",))
    assert found.rows == [[1, "a"], [2, "c"]]
    assert found.faults == [(3, "id", "primary-key", "NA,b")]
