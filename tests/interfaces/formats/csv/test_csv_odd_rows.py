"""The search for rows that DuckDB would accept although they are rejects."""

import re
from pathlib import Path

import pytest

from interfaces.formats.csv.table import Dialect
from interfaces.formats.csv.text.odd_rows import OddRows, find_odd_rows

HEADER = ["a", "b"]
REPEATS = OddRows(HEADER, None)
SURPLUS = OddRows(None, 2)
BLOCK = 1 << 20


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a,b\n1,2\n", None),
        ("a,b\n1,2\na,b\n", REPEATS),
        ("a,b\n1,2\na,b", REPEATS),
        ("a,b\n1,\n", None),
        ("a,b\n1,2,\n", SURPLUS),
        ("a,b\n1,2,", SURPLUS),
        ('a,b\n"1,2",\n', None),
        ('a,b\n"1,2",3,\n', SURPLUS),
        ('a,b\n"1\n2,3",\n', None),
        ('a,b\n"1\n2,3",4,\n', SURPLUS),
        ('a,b\n"1,2,\n3",4\n', None),
        ('a,b\n"1\n"",2,3,\n",4\n', None),
        ("a,b\n1,2,\na,b\n", OddRows(HEADER, 2)),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_kinds_of_odd_rows(tmp_path: Path, text: str, line_end: str, found: OddRows | None) -> None:
    assert search(tmp_path, text.replace("\n", line_end), line_end) == found


@pytest.mark.parametrize("shift", range(-6, 6))
@pytest.mark.parametrize(("line", "found"), [("a,b\n", REPEATS), ("1,2,\n", SURPLUS)])
def test_odd_rows_at_the_edge_of_a_block(tmp_path: Path, shift: int, line: str, found: OddRows) -> None:
    row = f"1,{'x' * 1021}\n"
    rows = row * (BLOCK // len(row) - 1)
    filler = "x" * (BLOCK - len(rows) - len("a,b\n1,\n") + shift)
    assert search(tmp_path, f"a,b\n{rows}1,{filler}\n{line}3,4\n", "\n") == found


def test_the_search_needs_no_more_memory_for_a_large_file(tmp_path: Path) -> None:
    """A file that is mapped counts as memory of the process, all of it."""
    path = tmp_path / "large.csv"
    path.write_text("a,b\n" + "1,2\n" * (16 << 20))
    Path("/proc/self/clear_refs").write_text("5")
    before = peak_bytes()
    assert find_odd_rows(path, Dialect(",", header=True, header_lines=1), HEADER, 2, has_quotes=False) is None
    assert peak_bytes() - before < 16 << 20


def search(folder: Path, text: str, line_end: str) -> OddRows | None:
    path = folder / "text.csv"
    path.write_text(text, newline="")
    dialect = Dialect(",", header=True, header_lines=1, line_end=line_end)
    return find_odd_rows(path, dialect, HEADER, 2, has_quotes='"' in text)


def peak_bytes() -> int:
    """The peak memory of this process since the last reset (proc(5), VmHWM)."""
    found = re.search(r"^VmHWM:\s+([0-9]+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1]) * 1024
