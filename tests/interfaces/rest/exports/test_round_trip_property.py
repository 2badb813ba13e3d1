"""Equal is equal: an export of any dataset, in any format and with any option, is nothing new to its dataset.

Exceptions: a sheet does not tell a record without any value from a blank row, nothing tells that a CSV file is
guarded if all its names need quotes, a text like `="007"` is its quoted part in a CSV file without the guard, and a
file of many control characters is not taken for text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from application.exports.export_options import DELIMITERS, OPTION_NAMES, ExportFormat
from domain.columns import Value
from tests.given import Dataset, create_dataset, import_into, json_of

TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\r\t,;|:\"'\\=+-@#"),
    max_size=12,
)
WORDS = st.sampled_from(
    [
        *("", "007", "1e5", "NA", " x ", "\r\n", '"', '""', "\\.", "\\N", "NULL", "true", "1,5", "null", "#N/A"),
        *("2024-01-31", "=1+1", "'=1", "''=1", "'x'", "'", "''", "-", "@a", "+47", "\tx", "_x0041_", "{}", "[1]"),
        *("a word with \x1b in it", "a word with \x85 in it", "a word with \x01 in it"),
    ]
)
NUMBERS = st.sampled_from(["1.10", "0.00", "1.000", "1000", "-1234567.5", "123456789.123456789", "0.1", "17", "1e30"])
JSON = st.recursive(
    st.booleans() | st.integers() | NUMBERS.map(Decimal) | TEXT | WORDS,
    lambda inner: st.lists(inner | st.none(), max_size=3) | st.dictionaries(TEXT, inner | st.none(), max_size=3),
    max_leaves=5,
)
VALUES: Mapping[str, st.SearchStrategy[Any]] = {
    "string": TEXT | WORDS,
    "integer": st.integers(-(2**70), 2**70) | st.sampled_from([2**63, -(2**63), 10**15, 10**40, 0]),
    "decimal": st.decimals(-(10**12), 10**12, places=4) | NUMBERS.map(Decimal),
    "boolean": st.booleans(),
    "date": st.dates().map(str) | st.sampled_from(["0001-01-01", "1900-02-28", "1900-03-01", "9999-12-31"]),
    "datetime": st.datetimes().map(lambda at: at.isoformat(timespec="microseconds"))
    | st.sampled_from(["2024-01-31T12:30:00", "1899-01-01T00:00:00.500", "2024-01-31T00:00:00"])
    | st.sampled_from(["2024-01-31T10:00:00+02:00", "2024-01-31T12:30:00Z", "0001-01-01T00:00:00.000+05:30"])
    | st.sampled_from(["2024-01-31T12:30:00.123456789", "2024-01-31T12:30:00.1000000-03:00"]),
    "json": JSON,
}
NAMES = st.sampled_from(
    [
        *("k", "word", "two words", "1", "2", "2024-01-31", "#x", "# of items", "=s", "'q", "'=q", "a,b", "a;b"),
        *("a|b", "a:b", 'a"b', "a\nb", "Größe", "id", "_id", "data", "rows", "[0]", "{x}", "sep=;", "NA", "true"),
        "12:30",
    ]
) | TEXT.map(str.strip).filter(bool)

CSV_OPTIONS: Mapping[str, st.SearchStrategy[Any]] = {
    "delimiter": st.sampled_from(DELIMITERS),
    "bom": st.booleans(),
    "formula_guard": st.booleans(),
    "original_format": st.booleans(),
}
OPTIONS = st.fixed_dictionaries({"format": st.just("csv"), **CSV_OPTIONS}) | st.sampled_from(
    [{"format": format.value} for format in ExportFormat if format is not ExportFormat.CSV]
)
"""Every format with every option that it has."""


@dataclass(frozen=True)
class Table:
    """A dataset: column types by name, the key (the first column, or none), and the rows."""

    types: Mapping[str, str]
    key: Sequence[str]
    rows: Sequence[Sequence[Value]]


@st.composite
def tables(draw: st.DrawFn) -> Table:
    names = draw(st.lists(NAMES, min_size=1, max_size=5, unique_by=lambda name: name.lower()))
    kinds = draw(st.lists(st.sampled_from(sorted(VALUES)), min_size=len(names), max_size=len(names)))
    is_keyed = draw(st.booleans()) and kinds[0] != "json"
    first = VALUES[kinds[0]] if is_keyed else st.none() | VALUES[kinds[0]]
    row = st.tuples(first, *(st.none() | VALUES[kind] for kind in kinds[1:])).map(list)
    rows = draw(st.lists(row, min_size=1, max_size=6))
    by_key = {comparable_key(kinds[0], row[0]): row for row in rows} if is_keyed else {}
    return Table(
        dict(zip(names, kinds, strict=True)),
        names[:1] if is_keyed else [],
        list(by_key.values()) if is_keyed else rows,
    )


def needs_quotes(name: str) -> bool:
    return name[0] == "\ufeff" or any(sign in name for sign in [*DELIMITERS, *'"\n\r'])


def comparable_key(kind: str, value: Any) -> object:
    """Times of one day may be the same instant; other values are the same only if they are equal."""
    return value[:10] if kind == "datetime" and value is not None else repr(value) if value is True else value


def created(client: httpx.Client, table: Table) -> Dataset:
    columns = [{"name": name, "type": kind} for name, kind in table.types.items()]
    dataset = create_dataset(client, columns, key=table.key)
    operations = [{"op": "create", "values": dict(zip(table.types, row, strict=True))} for row in table.rows]
    json_of(dataset.send("POST", "/batch", {"operations": operations}))
    return dataset


def check_comes_back(client: httpx.Client, dataset: Dataset, mode: str, options: Mapping[str, object]) -> None:
    before, version = dataset.get("/records", limit=1000).text, dataset.get_json()["version"]
    exported = dataset.get("/export", **options)
    assert exported.status_code == 200, exported.text
    result = import_into(client, dataset, exported.content, mode)["result"]
    assert result["import"] is None, (result["summary"], exported.content)
    assert result["rows"]["rejected"] == 0, (result["rejects"], exported.content)
    assert dataset.get_json()["version"] == version and dataset.get("/records", limit=1000).text == before


@st.composite
def exports(draw: st.DrawFn) -> tuple[Table, str, Mapping[str, object]]:
    """A table, the mode of its import, and the options of its export."""
    table, options = draw(tables()), draw(OPTIONS)
    if options["format"] == "xlsx":
        filled = [row for row in table.rows if any(value not in (None, "") for value in row)]
        table = Table(table.types, table.key, filled or [[*table.rows[0][:-1], "x"]])
        table = table if filled else Table(dict.fromkeys(table.types, "string"), (), [["x" for _ in table.types]])
    if options.get("formula_guard") and all(map(needs_quotes, table.types)):
        table = Table({**table.types, "plain": "string"}, table.key, [[*row, "x"] for row in table.rows])
    return table, draw(st.sampled_from(["upsert", "replace"])) if table.key else "replace", options


def test_all_options_are_tried() -> None:
    assert {"format", *CSV_OPTIONS} == set(OPTION_NAMES)


QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]


@settings(max_examples=40, deadline=None, suppress_health_check=QUIET)
@given(drawn=exports())
def test_an_export_is_nothing_new(client: httpx.Client, drawn: tuple[Table, str, Mapping[str, object]]) -> None:
    table, mode, options = drawn
    check_comes_back(client, created(client, table), mode, options)


@pytest.mark.torture
@settings(max_examples=500, deadline=None, suppress_health_check=QUIET)
@given(drawn=exports())
def test_many_exports_are_nothing_new(client: httpx.Client, drawn: tuple[Table, str, Mapping[str, object]]) -> None:
    table, mode, options = drawn
    check_comes_back(client, created(client, table), mode, options)
