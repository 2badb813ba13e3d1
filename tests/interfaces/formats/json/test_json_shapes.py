"""The shapes of JSON and NDJSON files, the line number of each row, and the files that are refused."""

import json
from pathlib import Path
from types import ModuleType

import pytest

from domain.errors import Refusal
from interfaces.formats.json import json_reader, ndjson
from tests.interfaces.formats.json.json_reading import read
from tests.limits import source_limits

ROWS = [[1, "x"], [2, "y"]]
TABLES: list[tuple[str, ModuleType, str | bytes, list[str], list[list[object]], list[int]]] = [
    ("an object a line", ndjson, '{"a":1,"b":"x"}\n{"a":2,"b":"y"}\n', ["a", "b"], ROWS, [1, 2]),
    ("blank lines and CRLF", ndjson, '\n{"a":1,"b":"x"}\r\n \r\n{"b":"y","a":2}', ["a", "b"], ROWS, [2, 4]),
    ("a BOM", ndjson, b'\xef\xbb\xbf{"a":1,"b":"x"}\n{"a":2,"b":"y"}', ["a", "b"], ROWS, [1, 2]),
    ("names in a line", ndjson, '["a","b"]\n[1,"x"]\n[2,"y"]\n', ["a", "b"], ROWS, [2, 3]),
    (
        "names that come later",
        ndjson,
        '{"a":1}\n{"b":2}\n{}\n',
        ["a", "b"],
        [[1, None], [None, 2], [None, None]],
        [1, 2, 3],
    ),
    ("no names at first", ndjson, '{}\n{"a":1}\n', ["a"], [[None], [1]], [1, 2]),
    ("blank and like names", ndjson, '{"":1," a ":2,"a":3}\n', ["column_1", "a", "a_2"], [[1, 2, 3]], [1]),
    ("UTF-16", ndjson, '{"a":1,"b":"x"}\n{"a":2,"b":"y"}'.encode("utf-16"), ["a", "b"], ROWS, [1, 2]),
    ("an array", json_reader, '[{"a":1,"b":"x"},{"a":2,"b":"y"}]', ["a", "b"], ROWS, [1, 1]),
    (
        "an array over lines",
        json_reader,
        '[\n {\n "a":1,"b":"x"\n }\n ,\n{"a":2,"b":"y"}]\n\n',
        ["a", "b"],
        ROWS,
        [2, 6],
    ),
    (
        "UTF-16 without BOM",
        json_reader,
        '[{"a":1,"b":"x"},{"a":2,"b":"y"}]'.encode("utf-16-le"),
        ["a", "b"],
        ROWS,
        [1, 1],
    ),
    ("UTF-32", json_reader, '[{"a":1,"b":"x"},{"a":2,"b":"y"}]'.encode("utf-32"), ["a", "b"], ROWS, [1, 1]),
    ("arrays below names", json_reader, '[["a","b"],\n[1,"x"],[2,"y"]]', ["a", "b"], ROWS, [2, 2]),
    ("arrays", json_reader, '[[1,"x"],\n[2,"y"]]', ["column_1", "column_2"], ROWS, [1, 2]),
    ("values", json_reader, "[1,\n2, null]", ["value"], [[1], [2], [None]], [1, 2, 2]),
    ("strings with brackets", json_reader, '["]},{[", "\\"},"]', ["value"], [["]},{["], ['"},']], [1, 1]),
    ("one object", json_reader, '\n{"a":1,"b":["x"]}', ["a", "b"], [[1, ["x"]]], [2]),
    ("a wrapper", json_reader, '{"data":[\n{"a":1,"b":"x"},\n{"a":2,"b":"y"}]}', ["a", "b"], ROWS, [2, 3]),
    ("a wrapper by any name", json_reader, '{"users":[{"a":1,"b":"x"},{"a":2,"b":"y"}]}', ["a", "b"], ROWS, [1, 1]),
    ("a wrapper with totals", json_reader, '{"total":2,"items":[{"a":1}],"more":null}', ["a"], [[1]], [1]),
    ("a wrapper with an aside", json_reader, '{"meta":{"p":[1]},"data":[{"a":1}]}', ["a"], [[1]], [1]),
    (
        "rows next to another object",
        json_reader,
        '{"data":[{"a":1}],"b":{"c":1}}',
        ["data", "b"],
        [[[{"a": 1}], {"c": 1}]],
        [1],
    ),
    (
        "two arrays of objects",
        json_reader,
        '{"data":[{"a":1}],"rows":[{"b":1}]}',
        ["data", "rows"],
        [[[{"a": 1}], [{"b": 1}]]],
        [1],
    ),
    (
        "a name of its own next to others",
        json_reader,
        '{"id":1,"lines":[{"a":1}]}',
        ["id", "lines"],
        [[1, [{"a": 1}]]],
        [1],
    ),
]


@pytest.mark.parametrize(
    ("format", "data", "names", "values", "lines"), [t[1:] for t in TABLES], ids=[t[0] for t in TABLES]
)
def test_a_file_with(
    tmp_path: Path,
    format: ModuleType,
    data: str | bytes,
    names: list[str],
    values: list[list[object]],
    lines: list[int],
) -> None:
    found = read(format, tmp_path, data)
    assert (list(found.table.names), found.rows, found.numbers, found.rejects) == (names, values, lines, [])


def test_rows_of_another_shape_are_rejected(tmp_path: Path) -> None:
    found = read(json_reader, tmp_path, '[{"a":1},\n[2],\n"x",\n{"a":NaN},\n{"a":"}{"},null]')
    assert found.column() == ["1", "}{"]
    assert [fault[:3] for fault in found.faults] == [(line, None, "row-error") for line in (2, 3, 4, 5)]


def test_ragged_arrays_are_rejected(tmp_path: Path) -> None:
    found = read(ndjson, tmp_path, '["a","b"]\n[1]\n[1,2]\n[1,2,3]\n')
    assert found.rows == [[1, 2]]
    assert found.faults == [(2, "b", "missing-cell", "[1]"), (4, None, "extra-cell", "[1,2,3]")]
    assert [reject.cells for reject in found.rejects] == [("1",), ("1", "2", "3")]


def test_rows_with_a_missing_or_repeated_key_are_rejected(tmp_path: Path) -> None:
    data = '{"id":1.5}\n{"id":2}\nx\n{"id":1.50,"b":"é"}\n{"id":null}\n{"id":3}\n{"b":"y"}\n'
    found = read(ndjson, tmp_path, data, key=("id",))
    assert [str(value) for value in found.column()] == ["1.5", "2", "3"]
    assert found.numbers == [1, 2, 6]
    assert [fault[:3] for fault in found.faults] == [
        (4, "id", "primary-key"),
        (5, "id", "primary-key"),
        (7, "id", "primary-key"),
        (3, None, "row-error"),
    ]
    assert (found.rejects[0].raw, found.rejects[0].cells) == ('{"id":1.50,"b":"é"}', ("1.50", "é"))


REFUSED: list[tuple[str, ModuleType, bytes, str, str]] = [
    ("nothing", json_reader, b" \n", "empty-file", "no row"),
    ("no lines", ndjson, b"\n\n", "empty-file", "no row"),
    ("an empty array", json_reader, b"[ ]", "empty-file", "array is empty"),
    ("objects without names", json_reader, b"[{},{}]", "empty-file", "no columns"),
    ("a missing bracket", json_reader, b'[{"a":1},\n{"a":2}', "truncated-file", "line 1"),
    ("half an element", json_reader, b'[{"a":1},\n{"a":"x', "truncated-file", "line 2"),
    ("nothing after a comma", json_reader, b'[{"a":1},\n', "truncated-file", "line 2"),
    ("half a wrapper", json_reader, b'{"data":[{"a":1}],\n"b"', "truncated-file", "line 2"),
    ("half a line", ndjson, b'{"a":1}\n{"a":"x', "truncated-file", "line 2"),
    ("a comma at the end", json_reader, b'[{"a":1},\n]', "invalid-json", "Line 2"),
    ("no comma", json_reader, b'[{"a":1}\n{"a":2}]', "invalid-json", "Line 2"),
    ("brackets of two kinds", json_reader, b'[{"a":[1},\n{"a":2}]', "invalid-json", "Line 1"),
    ("text after the array", json_reader, b'[{"a":1}]\nx', "invalid-json", "Line 2"),
    ("text after the object", json_reader, b'{"a":1}\n{"a":2}', "invalid-json", "Line 2"),
    ("no member", json_reader, b'{"a":1,}', "invalid-json", "Line 1"),
    ("a word", json_reader, b"null", "invalid-json", "neither"),
    ("lines of text", ndjson, b"a,b\n1,2\n", "invalid-json", "Line 1"),
    ("lines of numbers", ndjson, b"1\n2\n", "invalid-json", "got int"),
    ("lines of arrays", ndjson, b"[1,2]\n[3,4]\n", "invalid-json", "array of column names"),
    ("100,000 brackets", json_reader, b"[" * 100_000, "truncated-file", "line 1"),
    ("100,000 pairs of brackets", json_reader, b"[" * 100_000 + b"]" * 100_000, "nesting", "nested"),
    ("100,000 brackets in a line", ndjson, b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}\n", "nesting", "nested"),
    ("a byte of Latin-1", json_reader, b'[{"a":1},\n{"a":"\xe9"}]', "unsupported-encoding", "line 2 .*0xE9"),
    ("a byte of Latin-1 in a line", ndjson, b'{"a":1}\n{"a":"\xe9"}\n', "unsupported-encoding", "line 2 .*byte 15 "),
    ("half a pair in UTF-16", json_reader, "[1]".encode("utf-16") + b"\x00\xd8", "unsupported-encoding", "utf-16"),
    ("a name with U+0000", ndjson, b'{"a\\u0000":1}\n', "invalid-name", "U"),
    ("too many columns", ndjson, b'{"a":1}\n{"b":1}\n{"c":1}\n{"d":1}\n', "too-many-columns", "4 columns"),
    ("a long line", ndjson, b'{"a":1}\n{"a":"' + b"x" * 3_000_000 + b'"}\n', "line-too-long", "Line 2"),
    ("a long element", json_reader, b'[{"a":1},\n{"a":"' + b"x" * 3_000_000 + b'"}]', "line-too-long", "line 2"),
    (
        "rows beyond the limit",
        ndjson,
        b'{"a":"' + b"x" * 900 + b'"}\n' + b'{"a":"xxxx"}\n' * 9000,
        "unpacked-too-large",
        "50,000",
    ),
    ("rejects beyond the limit", ndjson, b'{"a":1}\n' + b"x\n" * 6, "too-many-rejects", "line 2"),
]
SMALL = source_limits(columns=3, cell_bytes=20_000, rejects=5, unpacked_bytes=50_000)


@pytest.mark.parametrize(("format", "data", "code", "words"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_a_whole_file_is_refused_for(tmp_path: Path, format: ModuleType, data: bytes, code: str, words: str) -> None:
    with pytest.raises(Refusal, match=words) as refused:
        read(format, tmp_path, data, limits=SMALL)
    assert refused.value.code == code


def test_a_value_beyond_the_limit_rejects_its_row(tmp_path: Path) -> None:
    found = read(ndjson, tmp_path, '{"a":"' + "x" * 30_000 + '"}\n{"a":1}\n', limits=SMALL)
    assert (found.rows, [fault[:3] for fault in found.faults]) == ([[1]], [(1, "a", "type-error")])


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("inner", [{}, {"list": [{"id": 1}, {"id": 2, "x": "},{"}]}])
def test_arrays_longer_than_a_window_are_read_in_pieces(
    tmp_path: Path, indent: int | None, inner: dict[str, object]
) -> None:
    """Also where the last closing bracket of a window is a nested one, and characters of 2 bytes are cut."""
    rows = [{"id": number, "text": "é" * (number % 300)} | inner for number in range(12_000)]
    found = read(json_reader, tmp_path, json.dumps(rows, indent=indent, ensure_ascii=False))
    assert found.rejects == []
    assert found.rows == [list(row.values()) for row in rows]
    height = 1 + len(json.dumps(rows[0], indent=indent).splitlines()) - 1 if indent else 0
    assert found.numbers == [1 + bool(indent) + number * height for number in range(12_000)]


def test_sparse_names_are_padded(tmp_path: Path) -> None:
    rows = "".join(f'{{"c{number}":{number}}}\n' for number in range(1000))
    found = read(ndjson, tmp_path, rows * 2)
    assert [row.index(number % 1000) for number, row in enumerate(found.rows)] == [*range(1000)] * 2
    assert all(row.count(None) == 999 for row in found.rows)


@pytest.mark.parametrize(
    ("head", "is_json", "is_ndjson"),
    [
        (b'[{"a":1}]', True, False),
        (b' \n{"a":1}', True, False),
        (b"[1, 2", True, False),
        ('[{"a":1}]'.encode("utf-16"), True, False),
        (b'{"a":1}\n{"a":2}\n', False, True),
        (b'\xef\xbb\xbf{"a":1}\r\n\r\n{"a":2', False, True),
        (b'["a"]\n[1]\n', False, True),
        (b'{\n"a":1}\n', True, False),
        (b"a,b\n1,2\n", False, False),
        (b"[a],b\n1,2\n", False, False),
        (b"", False, False),
    ],
)
def test_format_is_detected_from_the_content(head: bytes, is_json: bool, is_ndjson: bool) -> None:
    assert (json_reader.detect(head), ndjson.detect(head)) == (is_json, is_ndjson)
