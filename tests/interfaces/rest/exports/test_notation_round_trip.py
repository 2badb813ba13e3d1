"""An export of columns that remember how their source file wrote values is nothing new, in any format.

The dataset comes from a file in these notations; other records are written later, also with values that the notation
cannot express.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.given import Dataset, import_csv, json_of, unique
from tests.interfaces.rest.exports.test_round_trip_property import OPTIONS, QUIET, check_comes_back

DECIMALS = st.sampled_from(["1.000", "17.000", "123.456", "1000", "1234", "0", "0.00", "-1.000", "-1234567.5"]).map(
    Decimal
) | st.decimals(-(10**9), 10**9, places=3)
INTEGERS = st.sampled_from([0, 1, -1, 999, 1000, -1000, 1234567, 10**17]) | st.integers(-(10**9), 10**9)
DATES = st.sampled_from(["2024-03-04", "2024-12-31", "1899-01-01", "2070-02-03"]) | st.dates().map(str)
TIMES = st.sampled_from(
    ["2024-03-04T05:06:00", "2024-03-04T17:06:07", "2024-03-04T17:06:07.125", "1899-01-02T00:00:00"]
) | st.datetimes().map(lambda at: at.isoformat(timespec="seconds"))
OFFSETS = st.sampled_from(["2024-03-04T05:06:07+02:00", "2024-03-04T05:06:07Z", "2024-03-04T05:06:07-09:30"]) | TIMES

NOTATIONS: Sequence[tuple[str, str, str, st.SearchStrategy[Any]]] = [
    *(
        ("decimal", format, example, DECIMALS)
        for format, example in [
            ("1.234,56", "1.234,50"),
            ("1,234.56", "1,234.50"),
            ("1 234,56", "1 234,50"),
            ("1,5", "17,5"),
            ("€ 1.234,56", "€ 1.234,50"),
            ("$1,234.56", "$1,234.50"),
            ("1.5%", "17.5%"),
            ("(1,234.56)", "(1,234.50)"),
            ("1,5-", "17,5-"),
            ("+1.5", "+17.5"),
            (".5", ".5"),
        ]
    ),
    *(
        ("integer", format, example, INTEGERS)
        for format, example in [("1,234", "1,000"), ("1.234", "1.000"), ("1 234", "1 000"), ("(1)", "(7)")]
    ),
    *(
        ("date", format, example, DATES)
        for format, example in [
            ("DD.MM.YYYY", "31.12.2024"),
            ("MM/DD/YYYY", "03/04/2024"),
            ("DD/MM/YY", "03/04/24"),
            ("YYYYMMDD", "20240304"),
            ("D Mon YYYY", "3 Apr 2024"),
        ]
    ),
    ("datetime", "DD.MM.YYYY hh:mm", "31.12.2024 10:30", TIMES),
    ("datetime", "M/D/YYYY h:mm AM", "3/4/2024 1:30 PM", TIMES),
    ("datetime", "YYYY-MM-DD hh:mm:ss", "2024-03-04 10:30:05", OFFSETS),
    ("datetime", "DD/MM/YYYY hh:mm:ss±hh:mm", "03/04/2024 10:30:05+02:00", OFFSETS),
    *(("boolean", format, format.split("/")[0], st.booleans()) for format in ("ja/nein", "x/", "1/0", "Y/N")),
]


@dataclass(frozen=True)
class Notated:
    """Columns (type, format, a text in it, values), the text for null in their file, and the records added later."""

    columns: Sequence[tuple[str, str, str, st.SearchStrategy[Any]]]
    null: str
    rows: Sequence[Sequence[Any]]


@st.composite
def notated_tables(draw: st.DrawFn) -> Notated:
    columns = draw(st.lists(st.sampled_from(NOTATIONS), min_size=1, max_size=4))
    row = st.tuples(*(st.none() | values for *_, values in columns)).map(list)
    return Notated(columns, draw(st.sampled_from(["", "NA", "-", "null"])), draw(st.lists(row, max_size=5)))


def create_notated(client: httpx.Client, table: Notated, options: Mapping[str, Any]) -> Dataset:
    """A dataset of a file with a record in the notations and one of nulls, and with the records written later."""
    names = [f"c{at}" for at in range(len(table.columns))]
    first = "\t".join([unique("k"), *(example for _, _, example, _ in table.columns)])
    nulls = "\t".join(["nulls", *(table.null for _ in names)])
    notations = zip(names, table.columns, strict=True)
    types = {name: {"type": type, "format": format} for name, (type, format, _, _) in notations}
    text = "\n".join(["\t".join(["word", *names]), first, nulls, ""])
    reading = json.dumps({"columns": {"word": "string", **types}, "delimiter": "\t"})
    dataset = import_csv(client, text.encode(), key="word", options=reading)
    operations = [
        {"op": "create", "values": {"word": f"={at}", **dict(zip(names, row, strict=True))}}
        for at, row in enumerate(table.rows)
    ]
    if operations:
        json_of(dataset.send("POST", "/batch", {"operations": operations}))
    return dataset


@st.composite
def notated_exports(draw: st.DrawFn) -> tuple[Notated, str, Mapping[str, Any]]:
    return draw(notated_tables()), draw(st.sampled_from(["upsert", "replace"])), draw(OPTIONS)


def check(client: httpx.Client, drawn: tuple[Notated, str, Mapping[str, Any]]) -> None:
    table, mode, options = drawn
    dataset = create_notated(client, table, options)
    check_comes_back(client, dataset, mode, options)
    if mode == "upsert" and table.rows:
        check_comes_back(client, dataset, mode, {**options, "filter": "startswith(word, '=')"})


@settings(max_examples=30, deadline=None, suppress_health_check=QUIET)
@given(drawn=notated_exports())
def test_an_export_of_notations_is_nothing_new(
    client: httpx.Client, drawn: tuple[Notated, str, Mapping[str, Any]]
) -> None:
    check(client, drawn)


@pytest.mark.torture
@settings(max_examples=500, deadline=None, suppress_health_check=QUIET)
@given(drawn=notated_exports())
def test_many_exports_of_notations_are_nothing_new(
    client: httpx.Client, drawn: tuple[Notated, str, Mapping[str, Any]]
) -> None:
    check(client, drawn)
