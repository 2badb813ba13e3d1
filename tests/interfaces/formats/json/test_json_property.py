"""Values and types written to JSON, NDJSON and Parquet by other libraries are read back unchanged."""

import datetime as dt
import io
import json
import re
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.columns import is_date
from interfaces.formats.json import json_reader, ndjson
from interfaces.formats.parquet import parquet_reader
from tests.interfaces.formats.json.json_reading import read

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
COLUMNS: dict[str, tuple[st.SearchStrategy[Any], Any]] = {
    "text": (TEXT, pl.String),
    "integer": (st.integers(-(2**63), 2**63 - 1), pl.Int64),
    "float": (st.floats(allow_nan=False, allow_infinity=False), pl.Float64),
    "boolean": (st.booleans(), pl.Boolean),
    "date": (st.dates(), pl.Date),
    "time": (st.datetimes(), pl.Datetime("us")),
    "list": (st.lists(st.integers(0, 9), max_size=3), pl.List(pl.Int64)),
}
ROW = st.fixed_dictionaries({name: st.none() | strategy for name, (strategy, _) in COLUMNS.items()})
ROWS = st.lists(ROW.map(lambda row: {name: row[name] for name in COLUMNS}), min_size=1, max_size=6)


def expected(value: object) -> object:
    """A value as it is to come back from JSON; floats are compared as such."""
    match value:
        case dt.datetime():
            text = value.isoformat()
            return re.sub(r"0+$", "", text) if "." in text else text
        case dt.date():
            return value.isoformat()
        case _:
            return value


def plain(value: Any, like: object) -> Any:
    """A value that came back: as a float where one was written, times without needless zeros."""
    if isinstance(like, float):
        return float(value)
    if isinstance(value, str) and isinstance(like, dt.datetime) and "." in value:
        return value.rstrip("0").rstrip(".")
    return value


def same(found: list[list[Any]], rows: list[dict[str, Any]]) -> bool:
    return [
        [plain(value, like) for value, like in zip(row, written.values(), strict=True)]
        for row, written in zip(found, rows, strict=True)
    ] == [list(map(expected, row.values())) for row in rows]


@settings(deadline=None, max_examples=60)
@given(ROWS)
def test_orjson(rows: list[dict[str, Any]]) -> None:
    with TemporaryDirectory() as folder:
        array = read(json_reader, Path(folder), orjson.dumps(rows, option=orjson.OPT_INDENT_2))
        lines = read(ndjson, Path(folder), b"\n".join(map(orjson.dumps, rows)))
    assert array.rejects == lines.rejects == []
    assert same(array.rows, rows) and same(lines.rows, rows)
    assert array.lines == lines.lines


@settings(deadline=None, max_examples=60)
@given(ROWS)
def test_polars(rows: list[dict[str, Any]]) -> None:
    frame = pl.DataFrame(rows, schema={name: kind for name, (_, kind) in COLUMNS.items()})
    file = io.BytesIO()
    frame.write_parquet(file)
    with TemporaryDirectory() as folder:
        found = read(parquet_reader, Path(folder), file.getvalue())
    assert found.types == ["string", "integer", "decimal", "boolean", "date", "datetime", "json"]
    assert found.rejects == [] and same(found.rows, rows)


NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=5) | st.integers() | st.decimals("-1e9", "1e9")
STRINGS = TEXT | st.dates().map(str)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | STRINGS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


def dumped(value: Any) -> str:
    match value:
        case dict():
            return "{" + " , ".join(f"{json.dumps(name)} :{dumped(item)}" for name, item in value.items()) + "\n}"
        case list():
            return "[\t" + ",".join(map(dumped, value)) + " ]"
        case Decimal():
            return str(value)
        case _:
            return json.dumps(value)


def as_text(value: Any) -> str | None:
    """A value in a column of text, which holds scalars of several kinds."""
    return value if value is None or isinstance(value, str) else dumped(value)


@settings(deadline=None)
@given(st.lists(JSON, min_size=1, max_size=6))
def test_any_values_come_back_exactly(values: list[Any]) -> None:
    text = "[" + ",".join(dumped({"v": value}) for value in values) + "]"
    with TemporaryDirectory() as folder:
        found = read(json_reader, Path(folder), text)
    assert found.rejects == []
    (kind,) = found.types
    assert found.column() == (list(map(as_text, values)) if kind == "string" else values)
    filled = [value for value in values if value is not None]
    if kind == "date":
        assert all(map(is_date, filled))
    if kind in ("integer", "decimal"):
        assert all(isinstance(value, int | Decimal) and not isinstance(value, bool) for value in filled)
