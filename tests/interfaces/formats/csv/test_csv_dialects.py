"""Delimiters, quotes and line ends of any kind: detected, or taken from the options."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from application.imports.file_format import FileOptions
from domain.errors import Refusal
from interfaces.formats.csv.csv_reader import describe
from interfaces.formats.source import InputFile
from tests.interfaces.formats.reading import read
from tests.limits import source_limits

Rows = list[list[Any]]

DELIMITERS: list[tuple[str, str, str | None, Rows]] = [
    ("a caret", "a^b^c\n1^x^2\n", "^", [[1, "x", 2]]),
    ("a tilde", "a~b\n1~x\n", "~", [[1, "x"]]),
    ("a hash", "a#b#c\n1#x#2\n3#y#4\n", "#", [[1, "x", 2], [3, "y", 4]]),
    ("blanks", "a b c\n1 x 2\n3 y 4\n", " ", [[1, "x", 2], [3, "y", 4]]),
    ("ampersands", "a&b&c\n1&x&2\n", "&", [[1, "x", 2]]),
    ("exclamation marks", "a!b!c\n1!x!2\n", "!", [[1, "x", 2]]),
    ("at signs", "a@b@c\n1@x@2\n", "@", [[1, "x", 2]]),
    ("slashes", "a/b/c\n1/x/2\n", "/", [[1, "x", 2]]),
    ("unit separators", "a\x1fb\n1\x1fx\n", "\x1f", [[1, "x"]]),
    ("control-A", "a\x01b\n1\x01x, y\n", "\x01", [[1, "x, y"]]),
    ("section signs", "a§b\n1§x\n", "§", [[1, "x"]]),
    ("broken bars", "a¦b\n1¦x\n", "¦", [[1, "x"]]),
    ("a tilde, quoted", 'a~b\n"1~2"~x\n', "~", [["1~2", "x"]]),
    ("semicolons and decimal commas", "a;b\nx;2,5\ny;4,5\n", ";", [["x", Decimal("2.5")], ["y", Decimal("4.5")]]),
    ("commas and a quoted semicolon", 'a,b\n"x;y",1\n"z;w",2\n', ",", [["x;y", 1], ["z;w", 2]]),
    ("Excel's word for it", "sep=;\na;b\n1,5;2\n", ";", [[Decimal("1.5"), 2]]),
    ("Excel's word for a bar, in CRLF", "sep=|\r\na|b\r\n1|2\r\n", "|", [[1, 2]]),
    ("Excel's word, quoted", '"sep=\t"\na\tb\n1\t2\n', "\t", [[1, 2]]),
    ("none: times", "time\n10:30\n11:45\n12:00\n", None, [["10:30"], ["11:45"], ["12:00"]]),
    ("none: dates and times", "2024-01-01 10:00:00\n2024-01-02 10:00:00\n", None,
     [["2024-01-01T10:00:00"], ["2024-01-02T10:00:00"]]),
    ("none: decimal commas", "value\n1,5\n2,7\n3,1\n", None, [[Decimal("1.5")], [Decimal("2.7")], [Decimal("3.1")]]),
    ("none: first and last names", "full name\nAnn Lee\nJo Li\n", None, [["Ann Lee"], ["Jo Li"]]),
    ("none: dates", "day\n01/02/2024\n02/02/2024\n", None, [["01/02/2024"], ["02/02/2024"]]),
    ("none: addresses", "mail\na@b.org\nc@d.org\n", None, [["a@b.org"], ["c@d.org"]]),
    ("none: prose", "note\nI like it, really\nGood, but dear\n", None, [["I like it, really"], ["Good, but dear"]]),
]  # fmt: skip


@pytest.mark.parametrize(("data", "mark", "rows"), [d[1:] for d in DELIMITERS], ids=[d[0] for d in DELIMITERS])
def test_a_delimiter_is_found(tmp_path: Path, data: str, mark: str | None, rows: Rows) -> None:
    found = read(tmp_path, data)
    assert (found.table.found["delimiter"], found.rows, found.rejects) == (mark, rows, [])


@pytest.mark.parametrize(
    "mark", [",", ";", "\t", "|", ":", " ", "x", "0", "-", ".", "\\", "'", "§", "→", "😀", "\xa0", "#"]
)
def test_a_delimiter_from_the_options_is_used(tmp_path: Path, mark: str) -> None:
    data = f'a{mark}b\n"1{mark}"{mark}y\nz{mark}\n'
    found = read(tmp_path, data, options=FileOptions(delimiter=mark))
    assert (found.table.names, found.rows) == (("a", "b"), [[f"1{mark}", "y"], ["z", None]])


@pytest.mark.parametrize("mark", ["", ",,", '"', "\n", "\r", "\0"])
def test_what_cannot_be_a_delimiter_is_refused(tmp_path: Path, mark: str) -> None:
    with pytest.raises(Refusal, match="delimiter") as refused:
        read(tmp_path, "a,b\n1,2\n", options=FileOptions(delimiter=mark))
    assert refused.value.code == "invalid-options"


@pytest.mark.parametrize(
    "options", [{"quote": "ab"}, {"quote": "\n"}, {"escape": "xy"}, {"escape": ","}, {"quote": ","},
                {"comment": "\n"}, {"comment": ","},
                {"comment": '"'}, {"quote": "é"}, {"skip_rows": -1}, {"header": -1}],
)  # fmt: skip
def test_options_that_contradict_are_refused(tmp_path: Path, options: dict[str, Any]) -> None:
    (name,) = options
    with pytest.raises(Refusal, match=name) as refused:
        read(tmp_path, "a,b\n1,2\n", options=FileOptions(delimiter=",", **options))
    assert refused.value.code == "invalid-options"


QUOTES: list[tuple[str, str, Mapping[str, Any], Rows]] = [
    ("backslashes before quotes", 'a,b\n"x\\"y",1\n"p",2\n', {}, [['x"y', 1], ["p", 2]]),
    ("backslashes before quotes and commas behind", 'a,b\n"x\\", y",1\n', {}, [['x", y', 1]]),
    ("a needless backslash stays", 'a,b\n"x\\"y\\N",1\n', {}, [['x"y\\N', 1]]),
    ("backslashes before backslashes", 'a,b\n"x\\"\\\\",1\n', {}, [['x"\\', 1]]),
    ("a last backslash is no escape", 'a,b\n"C:\\",1\n"D:\\",2\n', {}, [["C:\\", 1], ["D:\\", 2]]),
    ("apostrophes as quotes", "'a','b'\n'x, y','1'\n'it''s','2'\n", {}, [["x, y", 1], ["it's", 2]]),
    ("apostrophes as quotes, values only", "a,b\n'x, y',1\n'z',2\n", {}, [["x, y", 1], ["z", 2]]),
    ("apostrophes as text", "a,b\nit's,1\n'tis,2\n", {}, [["it's", 1], ["'tis", 2]]),
    ("apostrophes around some text", "a,b\n'x',1\ny,2\n", {}, [["'x'", 1], ["y", 2]]),
    ("a blank before a quote", 'a, b\n1, "x, y"\n2, z\n', {}, [[1, "x, y"], [2, " z"]]),
    ("many blanks before a quote", 'a,b\n1,   "x\ny"\n2,z\n', {}, [[1, "x\ny"], [2, "z"]]),
    ("a blank at the start of the line", 'a,b\n "x,1",1\n', {}, [["x,1", 1]]),
    ("a blank behind a quote", 'a,b\n"x, y" ,1\n"z"  ,2\n', {}, [["x, y", 1], ["z", 2]]),
    ("a blank and quotes that are text", 'a,b\n1, "x" y\n2,z\n', {}, [[1, ' "x" y'], [2, "z"]]),
    ("quotes within quotes after a blank", 'a,b\n"x, ""y"" z",1\n', {}, [['x, "y" z', 1]]),
    ("a blank before empty quotes", 'a,b\n1, "",\nx, "",\n', {}, [["1", ""], ["x", ""]]),
    ("no quotes, by option", 'a,b\n"x,2\n', {"quote": ""}, [['"x', 2]]),
    ("apostrophes, by option", "a,b\n'x,y',2\n", {"quote": "'"}, [["x,y", 2]]),
    ("bars, by option", "a,b\n|x,y|,2\n", {"quote": "|"}, [["x,y", 2]]),
    ("carets as escapes, by option", 'a,b\n"x^"y",2\n', {"escape": "^"}, [['x"y', 2]]),
    ("backslashes and no quotes, by option", "a,b\nx\\,y,2\nz\\\nw,3\n", {"quote": "", "escape": "\\"},
     [["x,y", 2], ["z\nw", 3]]),
    ("no escape, by option", 'a,b\n"x\\",1\n', {"escape": ""}, [["x\\", 1]]),
    ("tabs and a quote left open", 'a\tb\n"x\t1\ny\t2\n', {}, [['"x', 1], ["y", 2]]),
    ("tabs and text behind a quote", 'a\tb\n"x"y\t1\n', {}, [['"x"y', 1]]),
    ("tabs and inches", 'a\tb\n5" x\t1\n', {}, [['5" x', 1]]),
    ("tabs and proper quotes", 'a\tb\n"x\ty"\t1\n', {}, [["x\ty", 1]]),
]  # fmt: skip


@pytest.mark.parametrize(("data", "options", "rows"), [q[1:] for q in QUOTES], ids=[q[0] for q in QUOTES])
def test_quotes_and_escapes(tmp_path: Path, data: str, options: Mapping[str, Any], rows: Rows) -> None:
    found = read(tmp_path, data, options=FileOptions(**options))
    assert (found.table.names[0], found.rows, found.rejects) == ("a", rows, [])


def test_a_quote_far_below_makes_quotes_of_a_table_with_tabs_text(tmp_path: Path) -> None:
    found = read(tmp_path, "a\tb\n" + "x\t1\n" * 70_000 + '"x"y\t2\n')
    assert (found.rows[-1], found.table.found["quote"]) == (['"x"y', 2], None)
    assert any("Quotes are part of the text" in note for note in found.table.notes)


LINE_ENDS: list[tuple[str, str, Rows]] = [
    ("CR", "a,b\r1,x\r2,y\r", [[1, "x"], [2, "y"]]),
    ("CR, none at the end", "a,b\r1,x\r2,y", [[1, "x"], [2, "y"]]),
    ("CR and quoted CR", 'a,b\r1,"x\ry"\r', [[1, "x\ry"]]),
    ("CR and quoted LF", 'a,b\r1,"x\ny"\r', [[1, "x\ny"]]),
    ("CRLF, then LF", "a,b\r\n1,x\r\n2,y\n3,z\r\n", [[1, "x"], [2, "y"], [3, "z"]]),
    ("LF, then CRLF", "a,b\n1,x\n2,y\r\n3,z\n", [[1, "x"], [2, "y"], [3, "z"]]),
    ("CRLF, then LF after a quote", 'a,b\r\n1,x\r\n2,"y"\n3,z\r\n', [[1, "x"], [2, "y"], [3, "z"]]),
    ("all three", "a,b\r1,x\n2,y\r\n3,z", [[1, "x"], [2, "y"], [3, "z"]]),
    (
        "all three, outside quotes and inside",
        'a,b\r1,"x\r\n"\n2,"\r"\r\n3,"\n"',
        [[1, "x\r\n"], [2, "\r"], [3, "\n"]],
    ),
    ("LF, the first inside quotes CRLF", '"a\r\nc",b\n1,x\n', [[1, "x"]]),
    ("CRLF, the first inside quotes LF", '"a\nc",b\r\n1,x\r\n', [[1, "x"]]),
    ("CRLF and blank lines of LF", "a,b\r\n\n1,x\r\n\n", [[1, "x"]]),
    ("CRLF, and a stray quote", 'a,b\r\n1,5" x\r\n2,"y\nz"\r\n', [[1, '5" x'], [2, "y\nz"]]),
]


@pytest.mark.parametrize(("data", "rows"), [e[1:] for e in LINE_ENDS], ids=[e[0] for e in LINE_ENDS])
def test_line_ends(tmp_path: Path, data: str, rows: Rows) -> None:
    found = read(tmp_path, data)
    assert (found.rows, found.rejects) == (rows, [])


def test_a_clean_copy_has_the_lines_of_the_file(tmp_path: Path) -> None:
    found = read(tmp_path, 'x\r\n\r\na,b,c\r1,"p\nq",3\n1\r\n2,y,4\r5,6\r\n')
    assert [(fault[0], fault[3]) for fault in found.faults] == [(6, "1"), (8, "5,6")]


def test_a_clean_file_is_read_in_place(tmp_path: Path) -> None:
    for data in (
        "a,b\n1,x\n",
        "a,b\r\n1,x\r\n",
        'a,b\r\n1,"x\ny"\r\n',
        '\ufeffa,b\n1,"x ""y"" z"\n',
        "# x\na,b\n1,x\n",
    ):
        assert getattr(read(tmp_path, data).table, "path", None) == tmp_path / "table.csv"


def test_a_clean_copy_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes("a,b\n1,é\n".encode("utf-16") + "2,ü\n".encode("utf-16-le") * 100)
    with pytest.raises(Refusal, match="larger than 100 bytes") as refused:
        describe(InputFile(path, path.name, tmp_path, limits=source_limits(unpacked_bytes=100)))
    assert refused.value.code == "file-too-large"


@pytest.mark.parametrize("options", [{}, {"encoding": "latin-1"}, {"escape": "\\"}, {"quote": "'"}, {"comment": "#"}])
def test_a_line_without_end_is_refused(tmp_path: Path, options: dict[str, Any]) -> None:
    with pytest.raises(Refusal, match="line 2 ") as refused:
        read(tmp_path, b"a,b\n" + b"x" * 9_000_000, options=FileOptions(**options))
    assert refused.value.code == "line-too-long"


def test_two_thousand_columns(tmp_path: Path) -> None:
    line = ";".join(map(str, range(2000)))
    found = read(tmp_path, ";".join(f"c{n}" for n in range(2000)) + f"\r\n{line}\n{line}\r\n")
    assert [len(row) for row in found.rows] == [2000, 2000]
