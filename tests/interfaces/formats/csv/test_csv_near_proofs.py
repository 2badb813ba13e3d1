"""A text column nearly all of whose values are numbers proves the decimal sign of a file only if few are not."""

from pathlib import Path

import pytest

from application.imports.file_format import FileOptions
from interfaces.formats.registry import FileFormats
from tests.interfaces.formats.reading import read
from tests.limits import SOURCE_LIMITS


@pytest.mark.parametrize(("others", "read"), [(1, "1000"), (3, '"1.000"')])
def test_nearly_all_values_prove_the_sign_and_most_do_not(tmp_path: Path, others: int, read: str) -> None:
    amounts = ["1.234,50"] * (10 - others) + ["unknown"] * others
    path = tmp_path / "upload"
    path.write_text("amount;number\n" + "".join(f"{amount};1.000\n" for amount in amounts))
    with FileFormats(tmp_path, SOURCE_LIMITS).open(path, "signs.csv", FileOptions()) as file:
        table = file.describe()
        lines = b"".join(block.lines for block in file.rows(table)).decode().splitlines()
    assert [column.type for column in table.columns] == ["string", "integer" if others == 1 else "string"]
    assert lines[0] == f'["1.234,50",{read}]'
    assert sum("'amount' stays text because of 'unknown'" in note for note in table.notes) == 1


def test_in_a_wide_file_some_of_the_columns_are_examined_for_notes(tmp_path: Path) -> None:
    width, rows = 300, 600
    lines = [",".join(f"c{at}" for at in range(width)), *[",".join(["17"] * width)] * rows, ",".join(["x"] * width)]
    found = read(tmp_path, "\n".join(lines) + "\n")
    assert set(found.types) == {"string"} and len(found.rows) == rows + 1
    notes = [note for note in found.table.notes if f"line {rows + 2}" in note]
    assert len(notes) == 20 and "'c0'" in notes[0]
    assert any(note.startswith("300 columns have a type in the first rows only; 20 of") for note in found.table.notes)
