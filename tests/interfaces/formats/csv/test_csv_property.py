"""Any text that Python's csv module writes is read back exactly."""

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from interfaces.formats.values.nulls import NULL_WORDS
from tests.interfaces.formats.reading import read

# No NUL and no surrogates: those are no text.
CELL = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=12)
CELLS = st.one_of(CELL, st.sampled_from(['"', '""', "\n", "\r\n", ",", ";", "\\", "\\n", " x ", "null", "|", "'"]))
TABLE = st.integers(2, 4).flatmap(
    lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=8)
)


@settings(deadline=None)
@given(TABLE, st.sampled_from(["\n", "\r\n"]), st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]))
def test_strings_are_read_back_exactly(rows: list[list[str]], line_end: str, quoting: Literal[0, 1]) -> None:
    """A first column keeps header and delimiter from being open to doubt. Unquoted empty cells are null."""
    # Before Python 3.13 the writer leaves a CR bare where the line end has none: then the file itself is ambiguous.
    assume(quoting == csv.QUOTE_ALL or line_end == "\r\n" or not any("\r" in cell for row in rows for cell in row))
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator=line_end, quoting=quoting)
    header = [f"name {at}" for at in range(len(rows[0]) + 1)]
    writer.writerows([header, *([f"r{at}", *row] for at, row in enumerate(rows))])
    with TemporaryDirectory() as folder:
        found = read(Path(folder), file.getvalue())
    assert found.rejects == []
    for at, kind in enumerate(found.types[1:]):
        written = [row[at] or (None if quoting == csv.QUOTE_MINIMAL else "") for row in rows]
        if kind == "string":
            assert found.column(at + 1) == written
        else:
            assert found.as_written(at + 1) == [None if text in NULL_WORDS else text or None for text in written]
