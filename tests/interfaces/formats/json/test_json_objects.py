"""The rows of JSON objects: by key, in pandas' orients, at a pointer; large objects and broken ones."""

import json
from pathlib import Path

import pytest

from domain.errors import Invalid, Refusal
from interfaces.formats.json import json_reader
from tests.interfaces.formats.json.json_reading import read


def test_many_rows_by_key_are_read_in_pieces(tmp_path: Path) -> None:
    people = {f"u{number}": {"n": number, "text": "x" * (number % 300)} for number in range(150_000)}
    found = read(json_reader, tmp_path, json.dumps(people, indent=1))
    assert found.table.names == ("key", "n", "text")
    assert [row[:2] for row in found.rows] == [[f"u{number}", number] for number in range(150_000)]
    assert found.numbers[:2] == [2, 6]


def test_rows_by_key_that_differ_are_rejects(tmp_path: Path) -> None:
    rows = ['"a":{"x":1,"y":"p"}'] * 1 + [f'"k{n}":{{"x":{n},"y":"q"}}' for n in range(300)]
    found = read(json_reader, tmp_path, "{" + ",\n".join([*rows, '"z":7', '"w":{"x":1,"x":2}', '"v":{}']) + "}")
    assert [fault[:3] for fault in found.faults] == [(302, None, "row-error"), (303, "x", "duplicate-label")]
    assert found.rows[-1] == ["v", None, None]


@pytest.mark.parametrize(
    ("text", "names", "rows"),
    [
        ('{"p":{"key":1,"a":2},"q":{"key":3,"a":4}}', ["_key", "key", "a"], [["p", 1, 2], ["q", 3, 4]]),
        ('{"p":{ "a" :2 },"q":{"a":4}}', ["key", "a"], [["p", 2], ["q", 4]]),
        ('{"columns":["a",2,"a"],"data":[[1,2,3]]}', ["a", "2", "a_2"], [[1, 2, 3]]),
        ('{"index":[5],"columns":["index"],"data":[["x"]]}', ["index", "index_2"], [[5, "x"]]),
        ('{"a":[1,2],"b":["x",null]}', ["a", "b"], [[1, "x"], [2, None]]),
    ],
)
def test_the_names_of_columns(tmp_path: Path, text: str, names: list[str], rows: list[list[object]]) -> None:
    found = read(json_reader, tmp_path, text)
    assert (list(found.table.names), found.rows, found.rejects) == (names, rows, [])


SINGLE = [
    '{"a":[1,2]}',
    '{"a":[1,2],"b":[1]}',
    '{"a":[1,2],"b":[[1],[2]]}',
    '{"a":{"x":1}}',
    '{"columns":["a"],"data":[[1]],"more":1}',
    '{"columns":["a"],"data":[1]}',
    '{"a":{"x":1,"y":2},"b":{"z":1}}',
    '{"a":{},"b":{}}',
]


@pytest.mark.parametrize("text", SINGLE)
def test_any_other_object_is_one_row(tmp_path: Path, text: str) -> None:
    found = read(json_reader, tmp_path, text)
    assert found.rows == [list(json.loads(text).values())]
    assert any("one row" in note for note in found.table.notes)


def test_rows_at_a_pointer_are_read_in_pieces_beside_other_long_arrays(tmp_path: Path) -> None:
    rows = [{"n": number, "text": "x" * (number % 300)} for number in range(60_000)]
    document = {"before": [{"n": -1, "text": "y" * 200}] * 60_000, "a": {"rows": rows}, "after": rows[:9]}
    found = read(json_reader, tmp_path, json.dumps(document), rows="/a/rows")
    assert found.column() == list(range(60_000))


@pytest.mark.parametrize(
    ("text", "pointer", "code", "words"),
    [
        ('{"a":[{"x":1}]}', "/b", "invalid-options", "has no member 'b'.*'a'"),
        ('{"a":{}}', "/a/b", "invalid-options", "the value at '/a' has no member 'b': it is empty"),
        ('[{"x":1}]', "/1", "invalid-options", "has 1 elements and no '1'"),
        ('[{"x":1}]', "/-", "invalid-options", "no '-'"),
        ('[[{"x":1}]]', "/00", "invalid-options", "no '00'"),
        ('{"a":"text"}', "/a/0", "invalid-options", "neither an object nor an array"),
        ('{"a":"text"}', "/a", "invalid-json", "value at '/a' is neither"),
        ('{"a":[]}', "/a", "empty-file", "empty"),
        ('{"a":[{"x":1}],"b":}', "/a", "invalid-json", "Line 1"),
        ('{"a":[{"x":1}]', "/a", "truncated-file", "Line 1|line 1"),
        ('{"a":[{"x":1}]} x', "/a", "invalid-json", "after the end"),
    ],
)
def test_a_pointer_is_refused_with_what_there_is(
    tmp_path: Path, text: str, pointer: str, code: str, words: str
) -> None:
    with pytest.raises(Refusal, match=words) as refused:
        read(json_reader, tmp_path, text, rows=pointer)
    assert refused.value.code == code


def test_a_long_object_that_has_no_rows_names_the_option(tmp_path: Path) -> None:
    members = {f"m{number}": "x" * 900_000 for number in range(20)}
    with pytest.raises(Invalid, match=r"options.rows") as refused:
        read(json_reader, tmp_path, json.dumps(members))
    assert refused.value.code == "line-too-long"
