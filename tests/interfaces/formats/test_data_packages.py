"""Data Packages are read by their description; what is hostile or not supported is refused by its place."""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from application.imports import import_options
from domain.errors import Refusal
from interfaces.formats.first_look import check_readable
from interfaces.formats.registry import FileFormats
from interfaces.formats.source import ParsedTable
from tests.limits import SOURCE_LIMITS

TEXT = "id;when;price;ok;note\n7;31.01.2024;1.234,50;ja;-\n8;-;-;nein;\n"
FIELDS: list[dict[str, Any]] = [
    {"name": "id", "type": "integer"},
    {"name": "when", "type": "date", "format": "%d.%m.%Y"},
    {"name": "price", "type": "number", "decimalChar": ",", "groupChar": "."},
    {"name": "ok", "type": "string"},
    {"name": "note", "type": "string"},
]
SCHEMA: dict[str, Any] = {"fields": FIELDS, "missingValues": ["-"], "primaryKey": "id"}
RESOURCE: dict[str, Any] = {
    "name": "sales",
    "path": "data/sales.csv",
    "dialect": {"delimiter": ";"},
    "schema": SCHEMA,
}


def packed(resources: Any, files: Mapping[str, bytes | str], folder: str = "") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        described = resources if isinstance(resources, bytes) else json.dumps({"resources": resources})
        archive.writestr(f"{folder}datapackage.json", described)
        for name, text in files.items():
            archive.writestr(folder + name, text)
    return buffer.getvalue()


def read(tmp_path: Path, data: bytes, **options: Any) -> tuple[ParsedTable, list[Any]]:
    path, scratch = tmp_path / "package.zip", tmp_path / "scratch"
    path.write_bytes(data)
    scratch.mkdir(exist_ok=True)
    check_readable(path, path.name)
    with FileFormats(scratch, SOURCE_LIMITS).open(
        path, path.name, import_options.parse_import_options(options)
    ) as file:
        table = file.describe(exhaustive=True)
        lines = b"".join(block.lines for block in file.rows(table)).splitlines()
    return table, [json.loads(line, parse_float=Decimal) for line in lines]


@pytest.mark.parametrize("folder", ["", "sales-main/"])
def test_types_notations_nulls_and_key_are_those_of_the_description(tmp_path: Path, folder: str) -> None:
    table, rows = read(tmp_path, packed([RESOURCE], {"data/sales.csv": TEXT, "README.md": "x"}, folder))
    assert {column.name: column.type.value for column in table.columns} == {
        "id": "integer",
        "when": "date",
        "price": "decimal",
        "ok": "string",
        "note": "string",
    }
    assert rows == [[7, "2024-01-31", Decimal("1234.50"), "ja", None], [8, None, None, "nein", ""]]
    assert table.key == ("id",) and "'sales'" in table.notes[0]


def test_an_empty_cell_is_null_if_the_description_says_so_even_in_quotes(tmp_path: Path) -> None:
    schema = {"fields": [{"name": "a"}, {"name": "b"}]}
    _, rows = read(tmp_path, packed([{"path": "x.csv", "schema": schema}], {"x.csv": 'a,b\n"",NA\nx,\n'}))
    assert rows == [[None, "NA"], ["x", None]]


def test_one_of_several_tables_is_selected_by_name_or_number(tmp_path: Path) -> None:
    other = {"name": "other", "path": "o.csv"}
    data = packed([RESOURCE, other], {"data/sales.csv": TEXT, "o.csv": "x,y\n1,2\n"})
    with pytest.raises(Refusal) as refused:
        read(tmp_path, data)
    assert refused.value.code == "several-files" and "'sales', 'other'" in refused.value.detail
    for sheet in ("other", 2):
        assert read(tmp_path, data, sheet=sheet)[1] == [[1, 2]]


def test_options_take_precedence_and_what_cannot_be_followed_is_noted(tmp_path: Path) -> None:
    fields = [{"name": "id", "type": "integer"}, {"name": "d", "type": "date", "format": "%U"}]
    data = packed([{"path": "x.csv", "schema": {"fields": fields}}], {"x.csv": "id,d\n7,2024-01-31\n"})
    table, rows = read(tmp_path, data, columns={"id": "string"})
    assert rows == [["7", "2024-01-31"]]
    assert any("'d'" in note and "%U" in note for note in table.notes)


def test_names_come_from_the_description_if_there_is_no_header(tmp_path: Path) -> None:
    resource = RESOURCE | {"dialect": {"delimiter": ";", "header": False}}
    table, rows = read(tmp_path, packed([resource], {"data/sales.csv": TEXT.partition("\n")[2]}))
    assert table.names == ("id", "when", "price", "ok", "note") and len(rows) == 2


def test_the_file_must_be_the_described_one(tmp_path: Path) -> None:
    right = {"bytes": len(TEXT), "hash": f"sha256:{hashlib.sha256(TEXT.encode()).hexdigest()}"}
    assert len(read(tmp_path, packed([RESOURCE | right], {"data/sales.csv": TEXT}))[1]) == 2
    for wrong in ({"bytes": 5}, {"hash": "0" * 32}, {"hash": f"sha1:{'0' * 40}"}):
        with pytest.raises(Refusal) as refused:
            read(tmp_path, packed([RESOURCE | wrong], {"data/sales.csv": TEXT}))
        assert refused.value.code == "corrupt-file" and "remove bytes and hash" in refused.value.detail


HOSTILE: list[tuple[Any, str]] = [
    (b"{", "not valid JSON"),
    (b"[" * 100_000, "not valid JSON"),
    (b"[]", "expected an object"),
    (b"\xff\xfe", "not valid JSON"),
    (b'{"resources": [{"path": "\\ud800"}]}', "half of a surrogate pair"),
    (b'{"resources": [{"path": "a\\u0000"}]}', "U+0000"),
    ([], "/resources"),
    (["x"], "/resources/0: expected an object"),
    ([{"name": "x"}], "the table has no path"),
    ([{"data": [[1]]}], "in the descriptor"),
    ([{"path": 5}], "/resources/0/path: expected a text"),
    ([{"path": ["a.csv", "b.csv"]}], "split into 2 files"),
    ([{"path": "https://example.org/x.csv"}], "no addresses are read"),
    ([{"path": "/etc/passwd"}], "not a path within the package"),
    ([{"path": "../x.csv"}], "not a path within the package"),
    ([{"path": "c:\\x.csv"}], "not a path within the package"),
    ([{"path": "y.csv"}], "the package has no file 'y.csv'"),
    ([{"path": "x.csv", "schema": "https://example.org/schema.json"}], "no addresses are read"),
    ([{"path": "x.csv", "schema": "schema.json"}], "does not have"),
    ([{"path": "x.csv", "schema": {"fields": 5}}], "/schema/fields: expected a list"),
    ([{"path": "x.csv", "schema": {"fields": [{"type": "string"}]}}], "/fields/0/name: expected a text"),
    ([{"path": "x.csv", "schema": {"fields": [{"name": "a"}, {"name": "a"}]}}], "two columns have the name 'a'"),
    ([{"path": "x.csv", "schema": {"fields": [{"name": "zz"}]}}], "has no column 'zz'"),
    ([{"path": "x.csv", "schema": {"fields": [{"name": "a"}], "primaryKey": ["q"]}}], "there is no column 'q'"),
    ([{"path": "x.csv", "schema": {"fields": [], "missingValues": [5]}}], "missingValues: expected a text"),
    ([{"path": "x.csv", "dialect": {"skipInitialSpace": True}}], "skipInitialSpace"),
    ([{"path": "x.csv", "dialect": {"nullSequence": "NA"}}], "nullSequence"),
    ([{"path": "x.csv", "dialect": {"headerRows": [1, 3]}}], "headerRows"),
    ([{"path": "x.csv", "dialect": {"delimiter": 5}}], "delimiter: expected a text"),
]


@pytest.mark.parametrize(("resources", "words"), HOSTILE)
def test_a_description_that_cannot_be_followed_is_refused(tmp_path: Path, resources: Any, words: str) -> None:
    with pytest.raises(Refusal) as refused:
        read(tmp_path, packed(resources, {"x.csv": "a,b\n1,2\n"}))
    assert refused.value.code == "invalid-datapackage" and words in refused.value.detail
    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_header_far_below_the_end_is_refused_at_once(tmp_path: Path) -> None:
    below = {"path": "x.csv", "dialect": {"headerRows": [10**12]}}
    with pytest.raises(Refusal, match="The file is empty"):
        read(tmp_path, packed([below], {"x.csv": "a,b\n1,2\n"}))


@pytest.mark.parametrize(
    "field",
    [
        {"type": 5},
        {"type": "boolean", "trueValues": 5},
        {"type": "boolean", "trueValues": ["a", "b"]},
        {"type": "number", "decimalChar": "xx", "groupChar": [1]},
        {"type": "integer", "bareNumber": False},
        {"type": "date", "format": {"a": 1}},
    ],
)
def test_a_strange_field_leaves_the_column_to_its_values(tmp_path: Path, field: Mapping[str, Any]) -> None:
    schema = {"fields": [{"name": "a", **field}]}
    _, rows = read(tmp_path, packed([{"path": "x.csv", "schema": schema}], {"x.csv": "a,b\nx y,2\n"}))
    assert rows == [["x y", 2]]
