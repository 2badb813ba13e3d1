"""A column of a JSON file gets the type of its values; numbers keep every digit, strings stay strings."""

import json
from pathlib import Path

import pytest

from application.imports.file_format import FileOptions, RequestedType
from domain.columns import ColumnType
from interfaces.formats.json import json_reader, ndjson
from tests.interfaces.formats.json.json_reading import read

LONG = "9" * 1000
DEEP = "[" * 100 + "]" * 100

COLUMNS = [
    ("integers", "1 -20 0", "integer", None),
    ("integers beyond 64 bits", "9223372036854775809 5", "integer", None),
    ("a thousand digits", f"{LONG} 1", "integer", None),
    ("more than a thousand digits", f"1{LONG} 1", "string", f'"1{LONG}" "1"'),
    ("decimals keep their zeros", "1.10 2.500 -0.50", "decimal", None),
    ("integers among decimals", "1 2.50", "decimal", None),
    ("many digits", "0.1234567890123456789012345678901 1", "decimal", None),
    ("exponents", "1.5e3 2E-3 1e+2 1.50e1", "decimal", "1500 0.002 100 15.0"),
    ("exponents of whole numbers", "1e2 2", "integer", "100 2"),
    ("the largest exponent", "1e308", "integer", f"1{'0' * 308}"),
    ("numbers out of range", "1 1.5 1e400", "string", '"1" "1.5" "1e400"'),
    ("numbers too small to count with", "1e-400 null", "string", '"1e-400" null'),
    ("minus zero", "-0 -0.0 -0e5 -0.01", "decimal", "0 0.0 0 -0.01"),
    ("booleans", "true false null", "boolean", None),
    ("nothing but nulls", "null null", "string", None),
    ("strings", '"x" "" null', "string", None),
    ("strings that look like numbers", '"1" "2.50"', "string", None),
    ("strings that look like booleans", '"true"', "string", None),
    ("dates", '"2024-01-31" "0001-01-01" null', "date", None),
    ("no such day", '"2023-02-29"', "string", None),
    ("dates and an empty string", '"2024-01-31" ""', "string", None),
    ("dates and text", '"2024-01-31" "soon"', "string", None),
    ("local times", '"2024-01-31T10:00:00" "2024-01-31T10:00:00.123456789"', "datetime", None),
    ("times with an offset", '"2024-01-31T10:00:00Z" "2024-01-31T10:00:00.5-03:30"', "datetime", None),
    ("some times with an offset", '"2024-01-31T10:00:00Z" "2024-01-31T10:00:00"', "string", None),
    ("times with a blank", '"2024-01-31␣10:00:00"', "string", None),
    ("times without seconds", '"2024-01-31T10:00"', "string", None),
    ("escapes", r'"\u00e9\"\\\/\n" "😀" "\ud83d\ude00"', "string", None),
    ("an escaped backslash before u0000", r'"\\u0000"', "string", None),
    ("objects", '{"b":1.50} {} null', "json", None),
    ("arrays", '[1,"x",null,[true]] []', "json", None),
    ("nested blanks", '{"b␣c":␣[1,␣2]}', "json", '{"b␣c":[1,2]}'),
    ("nested exponents", '{"e5":[1e2,-0.0,1.50],"x":"1e2"}', "json", '{"e5":[100,0.0,1.50],"x":"1e2"}'),
    ("nesting as deep as allowed", DEEP, "json", None),
    ("numbers and strings", '1.50 "x" null', "string", '"1.50" "x" null'),
    ("strings, then numbers and booleans", '"x" 2 false', "string", '"x" "2" "false"'),
    ("numbers and booleans", "1 true", "string", '"1" "true"'),
    ("dates and numbers", '"2024-01-31" 2024', "string", '"2024-01-31" "2024"'),
    ("scalars and arrays", '1 "x" [1]', "json", None),
    ("strings and arrays", '"x" [1]', "json", None),
    ("large numbers and strings", '1e400 "x"', "string", '"1e400" "x"'),
    ("large numbers and booleans", "1e400 true 1", "string", '"1e400" "true" "1"'),
]


@pytest.mark.parametrize(("values", "kind", "stored"), [c[1:] for c in COLUMNS], ids=[c[0] for c in COLUMNS])
def test_a_column_of(tmp_path: Path, values: str, kind: str, stored: str | None) -> None:
    tokens = [token.replace("␣", " ") for token in values.split(" ")]
    found = read(ndjson, tmp_path, "".join(f'{{"a": {token}}}\n' for token in tokens))
    assert found.rejects == []
    assert (found.types, found.lines.decode()) == (
        [kind],
        "".join(f"[{token.replace('␣', ' ')}]\n" for token in (stored or values).split(" ")),
    )


REFUSED = [
    ("NaN", "NaN", None, "row-error"),
    ("Infinity", "-Infinity", None, "row-error"),
    ("a control character", '"\x01"', None, "row-error"),
    ("a bad escape", r'"\x"', None, "row-error"),
    ("half a surrogate pair", r'"\ud800"', None, "row-error"),
    ("the other half", r'"\udc00x"', None, "row-error"),
    ("half a pair within", r'{"b": "\ud800\u0041"}', None, "row-error"),
    ("a leading zero", "01", None, "row-error"),
    ("a comma too many", "[1,]", None, "row-error"),
    ("nothing", "", None, "row-error"),
    ("text behind", "1} x", None, "row-error"),
    ("U+0000", r'"\u0000"', "a", "type-error"),
    ("U+0000 within", r'["x\\\u0000"]', "a", "type-error"),
    ("a large number within", "[1e400]", "a", "type-error"),
    ("a long number within", f"[1{LONG}]", "a", "type-error"),
    ("a name twice within", '{"b": 1, "c": {"x": 1, "x": 2}}', "a", "type-error"),
    ("an escaped name twice within", r'{"b": "\u0022", "b": "\u0022"}', "a", "type-error"),
    ("nesting too deep", f"[{DEEP}]", "a", "type-error"),
    ("nesting much too deep", "[" * 100_000 + "]" * 100_000, None, "row-error"),
    ("brackets never closed", "[" * 100_000, None, "row-error"),
]


@pytest.mark.parametrize(("value", "column", "code"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_a_row_is_rejected_for(tmp_path: Path, value: str, column: str | None, code: str) -> None:
    found = read(ndjson, tmp_path, f'{{"a": 1, "b": "x"}}\n{{"a": {value}}}\n{{"a": 2}}\n')
    assert (found.rows, found.types) == ([[1, "x"], [2, None]], ["integer", "string"])
    assert found.faults == [(2, column, code, f'{{"a": {value}}}'[:1000])]


def test_a_repeated_name_rejects_the_row(tmp_path: Path) -> None:
    found = read(ndjson, tmp_path, '{"a":1,"b":2}\n{"a":1,"b":3,"a":2}\n{"a":{"b":1},"b":4}\n{"a":5,"\\u0061":6}\n')
    assert [fault[:3] for fault in found.faults] == [(2, "a", "duplicate-label"), (4, "a", "duplicate-label")]
    assert found.column(1) == [2, 4]


def test_names_with_quotes_are_not_mistaken_for_repeated_names(tmp_path: Path) -> None:
    found = read(ndjson, tmp_path, '{"a\\"b":1,"\\u0022":2}\n{"a\\"b":3,"\\"":4}\n')
    assert (found.table.names, found.rows, found.rejects) == (('a"b', '"'), [[1, 2], [3, 4]], [])


def test_the_note_on_mixed_kinds_names_the_first_line(tmp_path: Path) -> None:
    found = read(ndjson, tmp_path, '{"a":1}\n{"a":null}\n{"a":"x"}\n{"a":[]}\n')
    assert any("line 3" in note for note in found.table.notes)


def test_the_note_on_mixed_scalars_names_their_kinds_and_the_first_line(tmp_path: Path) -> None:
    found = read(ndjson, tmp_path, '{"title":"1984"}\n{"title":"Emma"}\n{"title":1984}\n')
    assert found.column() == ["1984", "Emma", "1984"]
    assert found.table.notes == (
        "Column 'title' has a number and a string, the first of another kind in line 3: all are kept as text.",
    )


WANTED = [
    (ColumnType.STRING, '1.50 "x" true 1e400', '"1.50" "x" "true" "1e400"', ["[1]"]),
    (ColumnType.INTEGER, '1 "-2" null 1e2', "1 -2 null 100", ['"x"', "1.0", "true", '"007"', "1e400", '"1\\n"']),
    (ColumnType.DECIMAL, '1.50 "2.50" 3 "1e5"', "1.50 2.50 3 100000", ['"1,5"', "{}", '"NaN"', '"1,234"']),
    (
        ColumnType.DECIMAL,
        '"+5.5" ".5" "5." "(1,234.50)" "123.45-" "5%" "$5"',
        "5.5 0.5 5 -1234.50 -123.45 0.05 5",
        ['"€7"', '"--3"', '"$"'],
    ),
    (ColumnType.BOOLEAN, 'true "false" "yes" "FALSCH"', "true false true false", ["1", '"maybe"']),
    (ColumnType.DATE, '"2024-01-31"', '"2024-01-31"', ['"31.01.2024"', "20240131", '"2024-01-31T00:00:00"']),
    (ColumnType.DATETIME, '"2024-01-31T10:00:00Z"', '"2024-01-31T10:00:00Z"', ['"2024-01-31"']),
    (ColumnType.JSON, '1 "x" [1]', '1 "x" [1]', ['"\\u0000"']),
]


@pytest.mark.parametrize(("kind", "good", "stored", "bad"), WANTED, ids=[f"{w[0].value} {w[1]}" for w in WANTED])
def test_a_declared_type_accepts(tmp_path: Path, kind: ColumnType, good: str, stored: str, bad: list[str]) -> None:
    lines = [f'{{"a":{token}}}\n' for token in [*good.split(" "), *bad]]
    found = read(ndjson, tmp_path, "".join(lines), columns={"a": kind})
    assert (found.types, found.lines.decode().split()) == (
        [kind.value],
        [f"[{token}]" for token in stored.split(" ")],
    )
    first = len(good.split(" ")) + 1
    assert [fault[:3] for fault in found.faults] == [(first + at, "a", "type-error") for at in range(len(bad))]


def test_declared_null_values_become_null(tmp_path: Path) -> None:
    data = '{"a":"N/A","b":1}\n{"a":"N\\/A","b":"-"}\n{"a":"x","b":3}\n'
    found = read(ndjson, tmp_path, data, null_values=("N/A", "-"))
    assert (found.types, found.rows) == (["string", "integer"], [[None, 1], [None, None], ["x", 3]])


def test_rejects_have_their_values_as_text(tmp_path: Path) -> None:
    row = {"a": "x\u0000", "b": None, "c": 1.5, "d": {"e": [1]}, "f": "y"}
    found = read(ndjson, tmp_path, '{"a":"y"}\n' + json.dumps(row) + "\n")
    assert found.rejects[0].cells == ("x\\u0000", None, "1.5", '{"e": [1]}', "y")


def test_a_named_format_reads_strings(tmp_path: Path) -> None:
    rows = '[{"a": "€ 1.234,50", "b": "open"}, {"a": "€ 0,10", "b": "shut"}, {"a": 7.5, "b": true}]'
    columns = {
        "a": RequestedType(ColumnType.DECIMAL, "€ 1.234,56"),
        "b": RequestedType(ColumnType.BOOLEAN, "open/shut"),
    }
    found = read(json_reader, tmp_path, rows, options=FileOptions(columns=columns))
    assert found.lines.decode().split() == ["[1234.50,true]", "[0.10,false]", "[7.5,true]"]


def test_blanks_around_strings_are_left_out_by_option(tmp_path: Path) -> None:
    rows = '[{"a": " 2024-01-31", "b": " x "}, {"a": "2024-02-01 ", "b": "  "}, {"a": null, "b": "y"}]'
    found = read(json_reader, tmp_path, rows, options=FileOptions(trim=True))
    assert found.types == ["date", "string"]
    assert found.rows == [["2024-01-31", "x"], ["2024-02-01", None], [None, "y"]]
