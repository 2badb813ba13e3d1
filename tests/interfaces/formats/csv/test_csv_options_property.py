"""A table written in any dialect and read with the same options has the same strings."""

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from application.imports.file_format import FileOptions
from tests.interfaces.formats.reading import Read, read

ENCODINGS = ("utf-8", "utf-16", "utf-16-be", "cp1252", "cp1250", "cp1251", "cp932", "gb18030", "big5hkscs", "euc_kr")
CELL = st.text("ab ,;|\t^:'\"\\\n\r#~x1", max_size=6)
COMMON = st.text("ab ,;|\t'\"\n#x1", max_size=6)


def tables(cell: st.SearchStrategy[str]) -> st.SearchStrategy[list[list[str]]]:
    return st.integers(2, 4).flatmap(
        lambda w: st.lists(st.lists(cell, min_size=w, max_size=w), min_size=2, max_size=6)
    )


def written(rows: list[list[str]], line_end: str, **dialect: str | bool | int) -> str:
    """Below a header, with a first column that no line is blank without, and quotes around everything."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator=line_end, quoting=csv.QUOTE_ALL, **dialect)  # type: ignore[arg-type]
    writer.writerows([[f"name {at}" for at in range(len(rows[0]) + 1)]])
    writer.writerows([f"r{number}", *row] for number, row in enumerate(rows))
    return file.getvalue()


def texts(found: Read) -> list[list[str]]:
    return [["" if cell is None else str(cell) for cell in row[1:]] for row in found.rows]


@settings(deadline=None)
@given(
    tables(CELL),
    st.sampled_from([",", ";", "\t", "|", "^", ":", "~", " ", "x"]),
    st.sampled_from(['"', "'", "`"]),
    st.sampled_from([None, "\\", "!"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(ENCODINGS),
)
def test_dialect_from_options(
    rows: list[list[str]], delimiter: str, quote: str, escape: str | None, line_end: str, codec: str
) -> None:
    escaping: dict[str, str] = {"escapechar": escape} if escape else {}
    text = written(rows, line_end, delimiter=delimiter, quotechar=quote, doublequote=escape is None, **escaping)
    options = FileOptions(delimiter=delimiter, quote=quote, escape=escape, encoding=codec, header=True, trim=False)
    with TemporaryDirectory() as folder:
        found = read(Path(folder), text.encode(codec), options=options)
    assert (texts(found), found.rejects) == (rows, [])


@settings(deadline=None)
@given(tables(COMMON), st.sampled_from([",", ";", "\t", "|"]), st.sampled_from(["\n", "\r\n", "\r"]))
def test_detected_dialect(rows: list[list[str]], delimiter: str, line_end: str) -> None:
    with TemporaryDirectory() as folder:
        found = read(Path(folder), written(rows, line_end, delimiter=delimiter), options=FileOptions(trim=False))
    assert (found.table.found["delimiter"], texts(found), found.rejects) == (delimiter, rows, [])
