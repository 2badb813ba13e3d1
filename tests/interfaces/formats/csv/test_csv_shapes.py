"""Delimiters, headers, quotes and line ends of CSV files, and what is rejected."""

from pathlib import Path

import pytest

from domain.errors import Invalid, Refusal
from interfaces.formats.csv.csv_reader import describe, rows
from interfaces.formats.source import InputFile
from interfaces.formats.text.plausibility import check_plausible_text
from tests.interfaces.formats.reading import read
from tests.limits import SOURCE_LIMITS

TABLES: list[tuple[str, str | bytes, list[str], list[list[object]]]] = [
    ("commas", "a,b\nx,1\n", ["a", "b"], [["x", 1]]),
    ("semicolons", "a;b\nx;1,5 m\ny;2,5 m\n", ["a", "b"], [["x", "1,5 m"], ["y", "2,5 m"]]),
    ("tabs", "a\tb\nx y, z\t1\n", ["a", "b"], [["x y, z", 1]]),
    ("bars", "a|b|c\n1|x|2\n", ["a", "b", "c"], [[1, "x", 2]]),
    ("colons", "root:x:0\nbin:x:1\n", ["column_1", "column_2", "column_3"], [["root", "x", 0], ["bin", "x", 1]]),
    ("a BOM", b"\xef\xbb\xbfa,b\nx,1\n", ["a", "b"], [["x", 1]]),
    ("a BOM and a quote", b'\xef\xbb\xbf"a","b"\nx,1\n', ["a", "b"], [["x", 1]]),
    ("CRLF", "a,b\r\nx,1\r\ny,2\r\n", ["a", "b"], [["x", 1], ["y", 2]]),
    ("CRLF, cells with LF", 'a,b\r\n"x\ny",1\r\nz,2\r\n', ["a", "b"], [["x\ny", 1], ["z", 2]]),
    ("LF, cells with CRLF and CR", 'a,b\n"x\r\ny",1\n"\r",2\n', ["a", "b"], [["x\r\ny", 1], ["\r", 2]]),
    ("no line end at the end", "a,b\nx,1", ["a", "b"], [["x", 1]]),
    ("blank lines", "\n\na,b\n\nx,1\n\n\ny,2\n\n", ["a", "b"], [["x", 1], ["y", 2]]),
    ("blank CRLF lines", "\r\na,b\r\n\r\nx,1\r\n\r\n", ["a", "b"], [["x", 1]]),
    ("no header", "1,x\n2,y\n", ["column_1", "column_2"], [[1, "x"], [2, "y"]]),
    ("years in the header", "land,2019,2020\nA,1,2\nB,3,4\n", ["land", "2019", "2020"], [["A", 1, 2], ["B", 3, 4]]),
    ("a blank and a repeated name", "a,,a\n1,2,x\n", ["a", "column_2", "a_2"], [[1, 2, "x"]]),
    ("quoted header over two lines", '"a\nb",c\n1,2\n', ["a\nb", "c"], [[1, 2]]),
    ("header only", "a,b\n", ["a", "b"], []),
    ("one column", "a\n1\n\n2\n", ["a"], [[1], [2]]),
    (
        "one column of sentences",
        "note\nfirst, then\nnothing\nthe end\n",
        ["note"],
        [["first, then"], ["nothing"], ["the end"]],
    ),
    ("one column, empty string", 'a\nx\n\n""\ny\n', ["a"], [["x"], [""], ["y"]]),
    ("quotes, doubled", 'a,b\n"say ""hi""",1\n"a,b",2\n', ["a", "b"], [['say "hi"', 1], ["a,b", 2]]),
    ("stray quotes", 'a,b\n5" pipe,1\na"b"c,2\n', ["a", "b"], [['5" pipe', 1], ['a"b"c', 2]]),
    ("backslashes", 'a,b\n\\n,1\n"\\",2\n"x\n\\\\n",3\n', ["a", "b"], [["\\n", 1], ["\\", 2], ["x\n\\\\n", 3]]),
    ("control characters", "a,b\nx\x01\x7fy,1\n", ["a", "b"], [["x\x01\x7fy", 1]]),
    ("a short header", "a,b\n1,2,3\n4,5,6\n", ["a", "b", "column_3"], [[1, 2, 3], [4, 5, 6]]),
    ("hash signs", "a,b\n#1,2\n", ["a", "b"], [["#1", 2]]),
]


@pytest.mark.parametrize(("data", "names", "values"), [t[1:] for t in TABLES], ids=[t[0] for t in TABLES])
def test_a_file_with(tmp_path: Path, data: str | bytes, names: list[str], values: list[list[object]]) -> None:
    found = read(tmp_path, data)
    assert (list(found.table.names), found.rows, found.rejects) == (names, values, [])


def test_ragged_rows_are_rejected_with_their_line(tmp_path: Path) -> None:
    data = 'a,b,c\n1,2,3\n"x\ny",2\n\n1,2,3,4\n1\n4,5,6\n1,2,3,\n'
    found = read(tmp_path, data)
    assert [row[1:] for row in found.rows] == [[2, 3], [5, 6]]
    assert found.faults == [
        (3, "c", "missing-cell", '"x\ny",2'),
        (6, None, "extra-cell", "1,2,3,4"),
        (7, "b", "missing-cell", "1"),
        (9, None, "extra-cell", "1,2,3,"),
    ]


def test_raw_text_of_rejects_is_shortened(tmp_path: Path) -> None:
    (reject,) = read(tmp_path, "a,b\n1,2\n" + "x" * 5000 + "\n3,4\n").rejects
    assert reject.raw == "x" * 1000


def test_a_row_of_many_surplus_cells_costs_nothing(tmp_path: Path) -> None:
    found = read(tmp_path, "a,b\n" + "1,2\n" * 5 + ("1," * 200_000 + "1\n") * 3)
    assert (len(found.rows), [fault[0] for fault in found.faults]) == (5, [7, 8, 9])


def test_too_many_rejects_fail_the_file(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"ROWLEDGER_LIMIT_REJECTS.* check the delimiter") as refused:
        read(tmp_path, "a,b\n" + "1,2\n" * 9 + "1\n" * 4, rejects=3)
    assert refused.value.code == "too-many-rejects"


REFUSED: list[tuple[str, bytes, str, str]] = [
    ("an unclosed quote", b'a,b\n1,2\n3,"x\n4,5\n', "unclosed-quote", "line 3 "),
    (
        "an unclosed quote below a stray one",
        b'a,b\n5" x,2\n3,4" y\n"u\nv",5\n3,"x\n4,5\n',
        "unclosed-quote",
        "line 6 ",
    ),
    ("text after a quote", b'a,b\n1,2\n3,"x"y\n4,5\n', "bad-quote", "line 3 "),
    ("two unclosed quotes", b'a,b\n1,2\n3,"x\n4,5\n6,"y\n7,8\n', "bad-quote", "line 3 "),
    ("a NUL", b"a,b\n1,2\n3,x\x00y\n", "nul-byte", "Line 3 "),
    ("2,001 columns", b",".join(b"c%d" % n for n in range(2001)) + b"\n", "too-many-columns", "2,001"),
    ("a quote open for more than 1 MB", b'a,b\n1,2\n3,"x\n' + b"4,5\n" * 300_000, "line-too-long", "line 3 .*quote"),
    ("a line of more than 1 MB", b"a,b\n1,2\n1," + b"x" * 1_100_000 + b"\n", "line-too-long", "line 3 "),
]


@pytest.mark.parametrize(("data", "code", "words"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_a_whole_file_is_refused_for(tmp_path: Path, data: bytes, code: str, words: str) -> None:
    with pytest.raises(Refusal, match=words) as refused:
        read(tmp_path, data)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("head", "code", "words"),
    [
        (b"", "empty-file", "empty"),
        (b"\xef\xbb\xbf \r\n\n", "empty-file", "empty"),
        (b"\x89PNG\r\n\x1a\n", "unsupported-format", "PNG"),
        (b"%PDF-1.7", "unsupported-format", "PDF"),
        (b"a,b\n1,\x00\n", "unsupported-format", "NUL"),
        (b"\x01\x02\x03\x04\x05\x0e\x0f\xfe\xfd\x99" * 50, "unsupported-format", "control characters"),
        (b"\xff\xfe \x00\n\x00", "empty-file", "empty"),
    ],
)
def test_the_first_bytes_are_refused(head: bytes, code: str, words: str) -> None:
    with pytest.raises(Refusal, match=words) as refused:
        check_plausible_text(head)
    assert refused.value.code == code


def test_a_path_may_hold_wildcards(tmp_path: Path) -> None:
    (tmp_path / "b1.csv").write_text("a,b\nx,2\n")
    path = tmp_path / "b[1]*'?.csv"
    path.write_text("a,b\nx,1\n")
    source = InputFile(path, path.name, tmp_path, SOURCE_LIMITS)
    assert b"".join(block.lines for block in rows(source, describe(source))) == b'["x",1]\n'


@pytest.mark.parametrize(
    "head", [b"a,b\n", b"\xef\xbb\xbfa", "a,Ł".encode()[:-1], b"x", b"\xff\xfea\x00", b"a\x00,\x00", b"\xe9,"]
)
def test_the_first_bytes_of_text_are_accepted(head: bytes) -> None:
    check_plausible_text(head)


def test_rows_without_a_unique_key_are_rejected(tmp_path: Path) -> None:
    data = 'id,note\n1,a\n2,"b\nb"\n,c\n9\n1,d\n3,e\n""\n2,f\n'
    found = read(tmp_path, data, key=("id",))
    assert found.rows == [[1, "a"], [2, "b\nb"], [3, "e"]]
    assert [fault[:3] for fault in found.faults] == [
        (5, "id", "primary-key"),
        (6, "note", "missing-cell"),
        (7, "id", "primary-key"),
        (9, "note", "missing-cell"),
        (10, "id", "primary-key"),
    ]


@pytest.mark.parametrize(
    ("lines", "key", "kept"),
    [
        ("x,1.5\nx,1.50\nx,10\nx,10.0\nx,100\n", ("b",), [0, 2, 4]),
        ("x,1\ny,1\nx,2\nx,1\n", ("a", "b"), [0, 1, 2]),
        ("x,1\n,2\nx,\n", ("a", "b"), [0]),
        ('x,1\n"",2\n"",3\n', ("a",), [0, 1]),
    ],
)
def test_keys_are_compared_by_value(tmp_path: Path, lines: str, key: tuple[str, ...], kept: list[int]) -> None:
    every = read(tmp_path, "a,b\n" + lines).rows
    assert read(tmp_path, "a,b\n" + lines, key=key).rows == [every[at] for at in kept]


def test_blocks_are_bounded_and_progress_grows(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text("a,b\n" + ("x" * 3000 + ",1\n") * 5000 + "y,2\n" * 30_000)
    source = InputFile(path, path.name, tmp_path, SOURCE_LIMITS)
    table = describe(source)
    blocks = list(rows(source, table))
    assert table.long_lines
    assert sum(block.count for block in blocks) == 35_000
    assert max(len(block.lines) for block in blocks) <= 4 << 20
    assert [block.read for block in blocks] == sorted(block.read for block in blocks)
    assert blocks[-1].read == path.stat().st_size
