"""A dataset is exported in every format, and each file has exactly the values of the API."""

import csv
import io
import zipfile
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import httpx
import openpyxl  # type: ignore[import-untyped]
import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from domain import exact_json
from tests.given import Dataset, code, create_dataset, create_people, import_csv, problem, unique
from tests.interfaces.rest.exports.exported import READERS, of_datapackage, same

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
STRINGS = TEXT | st.sampled_from(
    ["", "007", "=1+1", "+47", "@x", "_x0041_", "\x01", "a\r\nb", " x ", "\ufffe", "NULL", "\\N", "x" * 300, '<&>"']
)
NUMBERS = st.sampled_from([Decimal(text) for text in ("1.10", "0.00", "123456789.123456789", "-1E+30", "0.1")])
DAYS = st.dates().map(str) | st.sampled_from(["0001-01-01", "1900-02-28", "1900-03-01", "9999-12-31"])
TIMES = st.sampled_from(["2024-01-31T12:30:00", "1899-01-01T00:00:00.5", "9999-12-31T23:59:59.999"])
KINDS: dict[str, st.SearchStrategy[Any]] = {
    "string": STRINGS,
    "integer": st.integers(-(2**70), 2**70) | st.sampled_from([2**63, 2**63 - 1, -(2**63), 10**15, 10**40]),
    "decimal": st.decimals(allow_nan=False, allow_infinity=False, places=4) | NUMBERS,
    "boolean": st.booleans(),
    "date": DAYS,
    "datetime": TIMES | st.datetimes().map(lambda at: at.isoformat()),
    "datetime with offsets": st.sampled_from(
        ["2024-01-31T12:30:00.100+05:30", "2024-01-31T12:30:00Z", "0001-01-01T00:00:00+05:30"]
    ),
    "datetime of nanoseconds": st.sampled_from(["2024-01-31T12:30:00.123456789", "2024-01-31T12:30:00.1000000"]),
    "datetime, with and without": st.sampled_from(["2024-01-31T12:30:00Z", "2024-01-31T12:30:00"]),
    "json": st.lists(st.integers() | TEXT, max_size=2) | st.dictionaries(TEXT, st.booleans(), max_size=2) | TEXT,
}


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[Any]]]:
    """Types of one to five columns, and rows."""
    kinds = draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=5))
    row = st.tuples(*(st.none() | KINDS[kind] for kind in kinds)).map(list)
    return [kind.partition(" ")[0].rstrip(",") for kind in kinds], draw(st.lists(row, max_size=5))


def table(client: httpx.Client, kinds: list[str], rows: list[list[Any]]) -> tuple[Dataset, dict[str, str]]:
    """A dataset of these rows after a column with their numbers, and its columns' types by their names."""
    types = {"n": "integer"} | {f"{kind}, {at}": kind for at, kind in enumerate(kinds)}
    dataset = create_dataset(client, [{"name": name, "type": type} for name, type in types.items()])
    for number, row in enumerate(rows):
        dataset.create(**dict(zip(types, [number, *row], strict=True)))
    return dataset, types


@pytest.mark.parametrize("reader", sorted(READERS))
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=tables())
@example(drawn=(["datetime", "date"], [["2000-01-01T00:00:00", "2000-01-01"]]))
def test_other_programs_read_what_the_api_says(
    client: httpx.Client, reader: str, drawn: tuple[list[str], list[list[Any]]]
) -> None:
    dataset, types = table(client, *drawn)
    format, read = READERS[reader]
    exported = dataset.get("/export", format=format)
    assert exported.status_code == 200, exported.text
    values = dataset.values(limit=1000)
    with TemporaryDirectory() as folder:
        found = read(exported.content, Path(folder))
    assert len(found) == len(values)
    for expected, row in zip(values, found, strict=True):
        assert list(row) == list(types)
        for name, kind in types.items():
            was = as_calamine_reads(kind, expected[name]) if reader == "calamine" else expected[name]
            assert same(kind, was, row[name], "json" in reader), (name, was, row[name])


def as_calamine_reads(kind: str, value: Any) -> Any:
    """calamine does not tell an empty string from an empty cell, and keeps the escapes of U+FFFE and U+FFFF."""
    if kind != "string" or value is None:
        return value
    return value.replace("\ufffe", "_xFFFE_").replace("\uffff", "_xFFFF_") or None


@pytest.mark.parametrize("format", ["csv", "json", "ndjson", "xlsx", "parquet", "datapackage"])
def test_filter_sort_fields_and_version_hold_in_every_format(client: httpx.Client, format: str) -> None:
    dataset = create_people(client, 30, None, 20, 40)
    dataset.create(name="later", age=99)
    parameters = {"filter": "age ge 30", "sort": "-age", "fields": "age,name", "as_of": 5}
    answer = dataset.get("/export", format=format, **parameters)
    assert answer.headers["rowledger-version"] == "5"
    assert _names(format, answer.content) == [["40", "p4"], ["30", "p1"]]


def test_json_is_an_array_and_ndjson_a_record_a_line(client: httpx.Client) -> None:
    dataset = create_dataset(client, [{"name": 'a "b" %s', "type": "decimal"}])
    assert dataset.get("/export", format="json").text == "[]\n"
    assert dataset.get("/export", format="ndjson").text == ""
    for value in (Decimal("1.10"), None, 2**63 + 1):
        dataset.create(**{'a "b" %s': value})
    lines = ['{"a \\"b\\" %s":1.10}', '{"a \\"b\\" %s":null}', '{"a \\"b\\" %s":9223372036854775809}']
    assert dataset.get("/export", format="ndjson").text.splitlines() == lines
    assert exact_json.loads(dataset.get("/export", format="json").content) == dataset.values()
    assert dataset.get("/export", format="json").headers["content-type"] == "application/json"


@pytest.mark.parametrize("format", ["json", "ndjson", "xlsx", "parquet"])
def test_an_import_of_an_export_gives_the_same_records(client: httpx.Client, format: str) -> None:
    cells = 'x,1,1.10,true,2024-02-29,2024-02-29T12:00:00,007\n"a ""b"",\nc",-2,0.25,false,1999-01-01,,1e5\n'
    dataset = import_csv(client, f"s,i,d,b,on,at,{unique('code')}\n{cells}")
    again = import_csv(client, dataset.get("/export", format=format).content)
    assert again.values() == dataset.values()


def test_json_columns_leave_csv_as_json_and_come_back(client: httpx.Client) -> None:
    dataset = create_dataset(client, [{"name": "n", "type": "integer"}, {"name": "j", "type": "json"}])
    values = ["1", 1, "null", [], {"a": Decimal("1.10")}, None, True, "x"]
    for number, value in enumerate(values):
        dataset.create(n=number, j=value)
    options = exact_json.dumps({"columns": {"j": "json"}})
    again = import_csv(client, dataset.get("/export").content, options=options)
    assert again.column("j") == values


def test_parquet_has_the_narrowest_type_that_keeps_every_digit(client: httpx.Client, tmp_path: Path) -> None:
    columns: dict[str, tuple[str, list[Any], str]] = {
        "int": ("integer", [1, -(2**63)], "BIGINT"),
        "wide": ("integer", [2**63, 1], "DECIMAL(38,0)"),
        "huge": ("integer", [10**38, 1], "VARCHAR"),
        "price": ("decimal", [Decimal("1234.5"), Decimal("0.125")], "DECIMAL(7,3)"),
        "long": ("decimal", [Decimal(10) ** 37, Decimal("0.25")], "VARCHAR"),
        "ok": ("boolean", [True, None], "BOOLEAN"),
        "on": ("date", ["0001-01-01", "9999-12-31"], "DATE"),
        "local": ("datetime", ["2024-01-31T12:00:00.123456", None], "TIMESTAMP"),
        "at": ("datetime", ["2024-01-31T12:00:00+05:30", "2024-01-31T12:00:00Z"], "TIMESTAMP WITH TIME ZONE"),
        "mixed": ("datetime", ["2024-01-31T12:00:00", "2024-01-31T12:00:00Z"], "VARCHAR"),
        "fine": ("datetime", ["2024-01-31T12:00:00.123456789", None], "VARCHAR"),
        "first": ("datetime", ["0001-01-01T00:00:00+05:30", None], "VARCHAR"),
        "none": ("decimal", [None, None], "DECIMAL(1,0)"),
        'a "q", b': ("json", [{"a": Decimal("1.10")}, "x"], "JSON"),
    }
    dataset = create_dataset(client, [{"name": name, "type": kind} for name, (kind, _, _) in columns.items()])
    for at in (0, 1):
        dataset.create(**{name: values[at] for name, (_, values, _) in columns.items()})
    path = tmp_path / "x.parquet"
    path.write_bytes(dataset.get("/export", format="parquet").content)
    described = duckdb.connect().execute(f"DESCRIBE FROM '{path}'").fetchall()
    assert {name: type for name, type, *_ in described} == {name: type for name, (_, _, type) in columns.items()}
    assert pl.read_parquet(path)["at"][0].isoformat() == "2024-01-31T06:30:00+00:00"
    notes = duckdb.connect().execute(f"SELECT key, value FROM parquet_kv_metadata('{path}')").fetchall()  # noqa: S608
    assert (b"rowledger.version", b"3") in notes


def test_columns_that_differ_in_capitals_alone_are_refused_for_parquet(client: httpx.Client) -> None:
    dataset = create_dataset(client, [{"name": "a", "type": "string"}, {"name": "A", "type": "string"}])
    refused = problem(dataset.get("/export", format="parquet"), 422)
    assert refused["type"] == "/problems/unfit-names" and "'a' and 'A'" in refused["detail"]
    assert dataset.get("/export", format="parquet", fields="A").status_code == 200


def test_a_text_that_excel_cannot_hold_is_refused_with_its_record(client: httpx.Client) -> None:
    dataset = create_dataset(client, [{"name": "n", "type": "integer"}, {"name": "text", "type": "string"}])
    dataset.create(n=1, text="x" * 32_767)
    dataset.create(n=2, text="😀" * 16_384)
    refused = problem(dataset.get("/export", format="xlsx"), 422)
    assert refused["type"] == "/problems/cell-too-long"
    assert "record 2, column 'text': 32,768 characters" in refused["detail"]
    assert refused["errors"][0]["pointer"] == "text"
    sheet = openpyxl.load_workbook(io.BytesIO(dataset.get("/export", format="xlsx", as_of=2).content)).active
    assert len(sheet["B2"].value) == 32_767


def test_excel_shows_decimals_and_days_as_such(client: httpx.Client) -> None:
    columns = [("price", "decimal"), ("mixed", "decimal"), ("on", "date"), ("at", "datetime"), ("id", "string")]
    dataset = create_dataset(client, [{"name": name, "type": type} for name, type in columns])
    dataset.create(price=Decimal("1.10"), mixed=1, on="2024-01-31", at="2024-01-31T12:00:00", id="=1+1")
    dataset.create(price=Decimal("2.50"), mixed=Decimal("0.125"), at="2024-01-31T12:00:00.250", id="007")
    sheet = openpyxl.load_workbook(io.BytesIO(dataset.get("/export", format="xlsx").content)).active
    formats = {
        cell.coordinate: cell.number_format for row in sheet["A2:E3"] for cell in row if cell.value is not None
    }
    assert formats["A2"] == "0.00" and formats["B2"] == "General" and formats["E3"] == "@"
    assert "yyyy" in formats["C2"] and "ss" in formats["D2"] and "ss.000" in formats["D3"]
    assert sheet["E2"].data_type != "f" and sheet["E2"].value == "=1+1"


def test_a_data_package_describes_its_table(client: httpx.Client, tmp_path: Path) -> None:
    columns: list[dict[str, object]] = [
        {"name": "sku", "type": "string", "required": True},
        {"name": "code", "type": "integer", "unique": True},
        {"name": "at", "type": "datetime"},
    ]
    dataset = create_dataset(client, columns, key=["sku"], name=unique("Läger"))
    dataset.create(sku="a", code=1, at="2024-01-31T12:00:00.5+05:30")
    dataset.create(sku="b")
    found = of_datapackage(dataset.get("/export", format="datapackage").content, tmp_path)
    assert [row["sku"] for row in found] == ["a", "b"]
    described = exact_json.loads((tmp_path / "datapackage.json").read_bytes())
    (resource,) = described["resources"]
    assert described["version"] == "3" and described["title"].startswith("Läger ")
    assert resource["bytes"] == (tmp_path / resource["path"]).stat().st_size
    assert resource["schema"]["primaryKey"] == ["sku"]
    assert [field.get("constraints") for field in resource["schema"]["fields"]] == [
        {"required": True},
        {"unique": True},
        None,
    ]


def test_a_data_package_distinguishes_null_from_an_empty_string(client: httpx.Client, tmp_path: Path) -> None:
    for names in (["only"], ["a", "b"]):
        dataset = create_dataset(client, [{"name": name, "type": "string"} for name in names])
        for value in ("", None, "\\N", "x"):
            dataset.create(**{names[0]: value} | ({"b": "y"} if len(names) > 1 else {}))
        content = dataset.get("/export", format="datapackage", filter=f"{names[0]} ne 'none'").content
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            described = exact_json.loads(package.read("datapackage.json"))
        assert described["resources"][0]["schema"]["missingValues"] == ["NULL"]
    assert [row["a"] for row in of_datapackage(content, tmp_path)] == ["", None, "\\N", "x"]


def test_more_columns_than_postgresql_selects_are_exported(client: httpx.Client) -> None:
    names = [f"c{number}" for number in range(1_700)]
    text = ",".join(names) + "\n" + ",".join(str(number) for number in range(1_700)) + "\n"
    dataset = import_csv(client, text)
    assert dataset.get("/export").text == text
    for format in ("json", "xlsx", "parquet"):
        answer = dataset.get("/export", format=format)
        assert answer.status_code == 200 and len(_names(format, answer.content)[0]) == 1_700


@pytest.mark.parametrize("name", ["delimiter", "bom", "formula_guard", "original_format"])
def test_csv_options_are_refused_for_other_formats(client: httpx.Client, name: str) -> None:
    value = ";" if name == "delimiter" else "true"
    assert code(create_people(client).get("/export", format="json", **{name: value}), 400) == "invalid-option"


def _names(format: str, content: bytes) -> list[list[str]]:
    """The rows of a file as texts."""
    match format:
        case "csv":
            return list(csv.reader(io.StringIO(content.decode())))[1:]
        case "datapackage":
            with zipfile.ZipFile(io.BytesIO(content)) as package:
                return _names("csv", package.read(package.namelist()[0]))
        case _:
            reader = "openpyxl" if format == "xlsx" else format
            return [[str(cell) for cell in row.values()] for row in READERS[reader][1](content, Path())]
