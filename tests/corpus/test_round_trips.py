"""Round trips: every writer's table is read back the same, and an export is imported as the same records."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import openpyxl  # type: ignore[import-untyped]
import orjson
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain import exact_json
from domain.columns import Value
from tests.corpus.case import Case, table
from tests.corpus.test_corpus import read_case
from tests.given import create_dataset, import_csv

# Letters, marks and signs of every kind that CSV, XML and JSON must write with care; no control characters.
TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
    | st.sampled_from("\n\t,;\"'\\|"),
    max_size=12,
)
TYPES = {"id": "integer", "word": "string", "n": "integer", "price": "decimal", "on": "date", "ok": "boolean"}
# A word in front keeps text from looking like another type, or like one of Office's escapes.
WORDS = TEXT.filter(lambda text: "_x" not in text).map(lambda text: "word" + text)
# Two digits behind the point, and not so many before it that openpyxl, which keeps 16 digits, would lose some.
PRICES = st.decimals(-1000, 1000, places=2).filter(lambda price: Decimal(f"{float(price):.16g}") == price)
ROW = st.tuples(
    *(st.none() | values for values in (WORDS, st.integers(-(10**14), 10**14))),
    *(st.none() | values for values in (PRICES, st.dates(date(1900, 3, 1)), st.booleans())),
)
FIRST = ("word", 1, Decimal("0.25"), date(2024, 1, 31), True)
"""Proves each column's type, independent of the rows below."""

Rows = list[list[Any]]


def as_csv(rows: Rows) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(TYPES)
    writer.writerows([[str(cell).lower() if isinstance(cell, bool) else cell for cell in row] for row in rows])
    return file.getvalue().encode()


def as_xlsx(rows: Rows) -> bytes:
    workbook = openpyxl.Workbook(write_only=True)
    sheet = workbook.create_sheet()
    sheet.append(list(TYPES))
    for row in rows:
        sheet.append(row)
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def as_json(rows: Rows) -> bytes:
    return b"[" + b",\n".join(map(_object, rows)) + b"]"


def as_ndjson(rows: Rows) -> bytes:
    return b"\n".join(map(_object, rows))


def as_parquet(rows: Rows) -> bytes:
    file = io.BytesIO()
    kinds = (pl.Int64, pl.String, pl.Int64, pl.Decimal(10, 2), pl.Date, pl.Boolean)
    pl.DataFrame(rows, dict(zip(TYPES, kinds, strict=True)), orient="row").write_parquet(file)
    return file.getvalue()


def _object(row: list[Any]) -> bytes:
    return orjson.dumps(dict(zip(TYPES, row, strict=True)), default=float)


@pytest.mark.parametrize("write", [as_csv, as_xlsx, as_json, as_ndjson, as_parquet])
@settings(deadline=None, max_examples=30)
@given(drawn=st.lists(ROW, max_size=6))
def test_a_table_comes_back_from_every_writer(write: Callable[[Rows], bytes], drawn: list[tuple[Any, ...]]) -> None:
    rows: Rows = [[number, *row] for number, row in enumerate([FIRST, *drawn], 1)]
    with TemporaryDirectory() as folder:
        path, scratch = Path(folder, "file"), Path(folder, "scratch")
        path.write_bytes(write(rows))
        scratch.mkdir()
        found, blocks = read_case(path, scratch, Case("", "", table({})))
    assert {column.name: column.type.value for column in found.columns} == TYPES
    assert [reject for block in blocks for reject in block.rejects] == []
    lines = b"".join(block.lines for block in blocks).splitlines()
    assert [json.loads(line, parse_float=Decimal) for line in lines] == [
        [str(cell) if isinstance(cell, date) else cell for cell in row] for row in rows
    ]


EXPORTED: Mapping[str, st.SearchStrategy[Any]] = {
    "string": TEXT | st.sampled_from(["", "007", "1e5", "NA", " x ", "\r\n", '"', '""', "\\.", "\\N", "true", "1,5"]),
    "integer": st.integers(),
    "decimal": st.decimals(allow_nan=False, allow_infinity=False, places=2)
    | st.sampled_from([Decimal("1.10"), Decimal("0.00")]),
    "date": st.dates().map(str),
    "datetime": st.datetimes().map(lambda at: at.isoformat()),
    "datetime with an offset": st.sampled_from(["2024-01-31T12:30:00.100+05:30", "0001-01-01T00:00:00Z"]),
    "boolean": st.booleans(),
    "json": st.lists(st.integers() | TEXT, max_size=2) | st.dictionaries(TEXT, st.none() | st.booleans(), max_size=2),
}


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[Value]]]:
    """Types of one to four columns, and rows."""
    drawn = draw(st.lists(st.sampled_from(sorted(EXPORTED)), min_size=1, max_size=4))
    row = st.tuples(*(st.none() | EXPORTED[kind] for kind in drawn)).map(list)
    kinds = [kind.partition(" ")[0] for kind in drawn]
    return kinds, draw(st.lists(row, min_size=1, max_size=6))


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=tables())
def test_an_export_comes_back_to_the_letter(client: httpx.Client, drawn: tuple[list[str], list[list[Value]]]) -> None:
    """The types are given: a reader that only sees the file could take text like `007` for numbers."""
    kinds, rows = drawn
    names = [f"{kind} {at}" for at, kind in enumerate(kinds)]
    dataset = create_dataset(client, [{"name": name, "type": kind} for name, kind in zip(names, kinds, strict=True)])
    for row in rows:
        dataset.create(**dict(zip(names, row, strict=True)))
    exported = dataset.get("/export")
    assert exported.status_code == 200
    options = exact_json.dumps({"columns": dict(zip(names, kinds, strict=True))})
    again = import_csv(client, exported.content, options=options)
    pages = [one.get_json("/records", limit=1000)["data"] for one in (dataset, again)]
    texts = [[exact_json.dumps(record["values"]) for record in page] for page in pages]
    assert texts[0] == texts[1], exported.text
    assert again.get("/export").content == exported.content
