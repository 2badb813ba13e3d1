"""Profiles of columns over HTTP, compared with a reference calculation."""

from collections import Counter
from decimal import Decimal
from itertools import pairwise
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.given import Dataset, code, create_dataset, json_of, problem

COLUMNS = (
    {"name": "word", "type": "string"},
    {"name": "price", "type": "decimal"},
    {"name": "age", "type": "integer"},
    {"name": "ok", "type": "boolean"},
    {"name": "day", "type": "date"},
    {"name": "at", "type": "datetime"},
    {"name": "note", "type": "json"},
)


@pytest.fixture(scope="module")
def things(client: httpx.Client) -> Dataset:
    """Four things that no test changes, records 1 to 4, versions 2 to 5."""
    dataset = create_dataset(client, COLUMNS)
    at = "2024-01-01T00:30:00Z", "2024-01-01T02:30:00+02:00", "2023-12-31T12:00:00"
    dataset.create(
        word="b", price=Decimal("1.10"), age=30, ok=True, day="2024-01-01", at=at[0], note=[Decimal("1.5"), "é"]
    )
    dataset.create(word="a", price=Decimal("1.1"), age=40, ok=True, day="2024-02-10", at=at[1], note={"a": None})
    dataset.create(word="bb", price=-2, age=31, ok=False, day="1969-12-31", at=at[2], note=[Decimal("1.5"), "é"])
    dataset.create(word="b")
    return dataset


def test_each_column_has_its_figures(things: Dataset) -> None:
    answer = things.get("/profile")
    found = json_of(answer)
    assert (found["records"], found["version"], answer.headers["etag"]) == (4, 5, '"5"')
    assert [one["name"] for one in found["columns"]] == [column["name"] for column in COLUMNS]
    assert [(one["filled"], one["missing"], one["distinct"]) for one in found["columns"]] == [
        (4, 0, 3),
        (3, 1, 2),
        (3, 1, 3),
        (3, 1, 2),
        (3, 1, 3),
        (3, 1, 2),
        (3, 1, 2),
    ]


def test_a_string_column_has_extremes_lengths_and_commonest_values(things: Dataset) -> None:
    assert column(things, "word") == {
        "name": "word",
        "type": "string",
        "filled": 4,
        "missing": 0,
        "distinct": 3,
        "least": "a",
        "greatest": "bb",
        "mean": None,
        "lengths": {"shortest": 1, "longest": 2},
        "commonest": [{"value": "b", "count": 2}, {"value": "a", "count": 1}, {"value": "bb", "count": 1}],
        "histogram": None,
    }


def test_numbers_keep_their_digits(things: Dataset) -> None:
    answer = things.get("/profile", fields="price")
    assert '"least":-2,"greatest":1.10,"mean":0.0666666666666' in answer.text
    assert '"commonest":[{"value":1.10,"count":2},{"value":-2,"count":1}]' in answer.text
    assert '{"from":-2,"to":-1.845,"count":1}' in answer.text and '{"from":0.945,"to":1.1,"count":2}' in answer.text


def test_whole_numbers_and_days_have_bins_of_whole_width(things: Dataset) -> None:
    ages = column(things, "age")["histogram"]
    assert ages[:2] == [{"from": 30, "to": 31, "count": 1}, {"from": 31, "to": 32, "count": 1}]
    assert ages[-1] == {"from": 40, "to": 40, "count": 1} and len(ages) == 11
    days = column(things, "day")
    assert (days["least"], days["greatest"], days["mean"]) == ("1969-12-31", "2024-02-10", None)
    assert (days["histogram"][0], days["histogram"][-1]["to"]) == (
        {"from": "1969-12-31", "to": "1972-09-15", "count": 1},
        "2024-02-10",
    )
    assert [one["count"] for one in days["histogram"]] == [1, *[0] * (len(days["histogram"]) - 2), 2]


def test_times_are_compared_as_instants_and_shown_as_written(things: Dataset) -> None:
    at = column(things, "at")
    assert (at["least"], at["greatest"]) == ("2023-12-31T12:00:00", "2024-01-01T00:30:00Z")
    assert at["commonest"][0] == {"value": "2024-01-01T00:30:00Z", "count": 2}
    assert at["histogram"][0]["from"] == "2023-12-31T12:00:00Z"
    assert (at["histogram"][-1]["to"], at["histogram"][-1]["count"]) == ("2024-01-01T00:30:00Z", 2)


def test_booleans_and_json_have_no_order(things: Dataset) -> None:
    ok, note = column(things, "ok"), column(things, "note")
    assert (ok["least"], ok["commonest"]) == (None, [{"value": True, "count": 2}, {"value": False, "count": 1}])
    assert (note["least"], note["commonest"], note["histogram"]) == (None, [], None)


def test_a_profile_is_of_a_version_and_a_filter(things: Dataset) -> None:
    assert [column(things, "age", as_of=version)["distinct"] for version in (1, 2, 3, 4, 5)] == [0, 1, 2, 3, 3]
    found = things.get_json("/profile", filter="age gt 30", fields="age,word")
    assert [found["records"], [one["filled"] for one in found["columns"]]] == [2, [2, 2]]
    etag = things.get("/profile").headers["etag"]
    assert things.client.get(f"{things.url}/profile", headers={"If-None-Match": etag}).status_code == 304


def test_an_empty_dataset_has_empty_figures(client: httpx.Client) -> None:
    found = create_dataset(client, COLUMNS).get_json("/profile")
    assert found["records"] == 0
    for one in found["columns"]:
        figures = {name: one[name] for name in one if name not in ("name", "type")}
        assert set(map(str, figures.values())) <= {"0", "None", "[]"}, one


def test_a_long_string_is_shown_by_its_beginning(client: httpx.Client) -> None:
    dataset = create_dataset(client, COLUMNS)
    dataset.create(word="é" * 1000)
    dataset.create(word="é" * 5000)
    found = column(dataset, "word")
    assert (found["least"], found["greatest"]) == ("é" * 1000, "é" * 1000 + "…")
    assert found["lengths"] == {"shortest": 1000, "longest": 5000} and found["distinct"] == 2


def test_numbers_of_any_size_and_times_of_any_year_have_bins(client: httpx.Client) -> None:
    dataset = create_dataset(client, COLUMNS)
    dataset.create(age=-(10**40), price=Decimal("1e-30"), at="0001-01-01T00:00:00+14:00", day="0001-01-01")
    dataset.create(age=10**40, price=10**30, at="9999-12-31T23:59:59-14:00", day="9999-12-31")
    for name in ("age", "price", "at", "day"):
        bins = column(dataset, name)["histogram"]
        assert (len(bins), bins[0]["count"], bins[-1]["count"]) == (20, 1, 1), name
    assert column(dataset, "age")["histogram"][0]["from"] == -(10**40)
    assert column(dataset, "price")["histogram"][0]["from"] == Decimal("1e-30")
    bounds = column(dataset, "at")["histogram"]
    assert (bounds[0]["from"], bounds[-1]["to"]) == ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z")


def test_one_value_is_one_bin(client: httpx.Client) -> None:
    dataset = create_dataset(client, COLUMNS)
    dataset.create(price=Decimal("1.50"), age=7)
    assert column(dataset, "price")["histogram"] == [{"from": Decimal("1.5"), "to": Decimal("1.5"), "count": 1}]
    assert column(dataset, "age")["histogram"] == [{"from": 7, "to": 7, "count": 1}]


def test_more_columns_than_the_limit_must_be_named(client: httpx.Client) -> None:
    wide = create_dataset(client, [{"name": f"c{number}", "type": "integer"} for number in range(201)])
    refused = problem(wide.get("/profile"), 400)
    assert refused["type"] == "/problems/profile-limit" and "200" in refused["detail"]
    assert len(wide.get_json("/profile", fields="c0,c200")["columns"]) == 2


@pytest.mark.parametrize(
    ("parameters", "status", "expected_code"),
    [
        ({"fields": "wrod"}, 400, "unknown-column"),
        ({"fields": "word,word"}, 400, "invalid-fields"),
        ({"filter": "price gt"}, 400, "filter-syntax"),
        ({"as_of": "9"}, 404, "version-not-found"),
        ({"sort": "word"}, 400, "unknown-parameter"),
    ],
    ids=str,
)
def test_an_invalid_profile_request_is_refused(
    things: Dataset, parameters: dict[str, str], status: int, expected_code: str
) -> None:
    assert code(things.get("/profile", **parameters), status) == expected_code


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "word": st.none() | st.text("abé", max_size=2),
                "price": st.none() | st.decimals(-100, 100, places=2),
                "age": st.none() | st.integers(-50, 50),
                "day": st.none() | st.dates().map(str),
            }
        ),
        max_size=8,
    )
)
def test_a_profile_equals_the_reference_calculation(client: httpx.Client, rows: list[dict[str, Any]]) -> None:
    dataset = create_dataset(client, COLUMNS)
    for values in rows:
        dataset.create(**values)
    for one in dataset.get_json("/profile", fields="word,price,age,day")["columns"]:
        found = [row[one["name"]] for row in rows if row[one["name"]] is not None]
        assert (one["filled"], one["missing"]) == (len(found), len(rows) - len(found))
        assert one["distinct"] == len(set(found))
        order: Any = str.encode if one["type"] == "string" else None
        assert one["least"] == min(found, key=order, default=None)
        assert one["greatest"] == max(found, key=order, default=None)
        assert Counter({each["value"]: each["count"] for each in one["commonest"]}) == Counter(found)
        if one["histogram"] is not None:
            assert_bins(one["histogram"], found)


def assert_bins(bins: list[Any], values: list[Any]) -> None:
    assert bins[0]["from"] == min(values) and bins[-1]["to"] == max(values) and len(bins) <= 20
    assert all(one["to"] == after["from"] for one, after in pairwise(bins))
    for place, one in enumerate(bins):
        last = place == len(bins) - 1
        inside = [value for value in values if one["from"] <= value < one["to"] or (last and value == one["to"])]
        assert one["count"] == len(inside), (one, values)


def column(dataset: Dataset, name: str, **parameters: object) -> Any:
    return dataset.get_json("/profile", fields=name, **parameters)["columns"][0]
