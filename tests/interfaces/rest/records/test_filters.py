"""Filters over HTTP: calculations, the current time, and what is refused."""

import base64
import json
import time
from decimal import Decimal

import httpx
import pytest

from tests.given import Dataset, code, create_dataset, json_of, problem

EVENTS = (
    {"name": "name", "type": "string"},
    {"name": "seen", "type": "datetime"},
    {"name": "amount", "type": "decimal"},
    {"name": "parts", "type": "integer"},
)


@pytest.fixture(scope="module")
def events(client: httpx.Client) -> Dataset:
    dataset = create_dataset(client, list(EVENTS))
    dataset.create(name="ancient", seen="1999-12-31T23:30:00-01:00", amount=Decimal("10.5"), parts=4)
    dataset.create(name="future", seen="2999-01-01T00:00:00Z", amount=Decimal("-2.5"), parts=0)
    dataset.create(name=None)
    return dataset


@pytest.mark.parametrize(
    ("filter", "ids"),
    [
        ("amount mul 2 EQ 21", [1]),
        ("amount divby parts lt 3", [1]),
        ("amount divby parts eq null", [2, 3]),
        ("parts div 3 eq 1 and parts mod 3 eq 1", [1]),
        ("-amount gt 2", [2]),
        ("round(amount) eq 11 or round(amount) eq -3", [1, 2]),
        ("date(seen) eq 1999-12-31", [1]),
        ("substring(name, 1, 2) eq 'nc'", [1]),
        ("substring(concat(name, '!'), -2) eq 'e!'", [2]),
        ("indexof(name, 'u') eq 1", [2]),
        ("seen lt now()", [1]),
        ("seen gt now() add duration'P1D'", [2]),
        ("parts in ()", []),
        ("parts le amount", [1, 3]),
    ],
)
def test_a_filter_calculates(events: Dataset, filter: str, ids: list[int]) -> None:
    assert [record["id"] for record in events.get_json("/records", filter=filter)["data"]] == ids


def test_a_cursor_pins_the_time_that_now_was(events: Dataset) -> None:
    filter = "seen ne now() and name ne null"
    first = events.get_json("/records", filter=filter, limit=1)
    cursor = first["page"]["next"]
    pinned = decode_cursor(cursor)[-1]
    assert pinned.endswith("Z") and pinned[:4] >= "2024"
    (record,) = events.get_json("/records", cursor=cursor, limit=10)["data"]
    assert record["id"] == 2
    again = events.get_json("/records", filter="name ne null", limit=1)["page"]["next"]
    assert decode_cursor(again)[-1] == ""


@pytest.mark.parametrize("now", ["x", "2024-01-01", "2024-13-01T00:00:00Z", "\x00"])
def test_a_cursor_with_a_forged_time_is_refused(events: Dataset, now: str) -> None:
    body = decode_cursor(events.get_json("/records", filter="seen ne now()", limit=1)["page"]["next"])
    body[-1] = now
    forged = base64.urlsafe_b64encode(json.dumps(body).encode()).decode().rstrip("=")
    assert code(events.get("/records", cursor=forged), 400) == "invalid-now"


def decode_cursor(cursor: str) -> list[str]:
    body: list[str] = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    return body


@pytest.mark.parametrize("path", ["/records", "/export"])
def test_what_depends_on_the_time_is_not_tagged_by_its_version(events: Dataset, path: str) -> None:
    assert events.get(path, filter="parts eq 4").headers["etag"] == '"4"'
    answer = events.get(path, filter="seen lt Now()", as_of=4)
    assert answer.status_code == 200 and answer.headers["etag"] != '"4"'
    assert answer.headers["rowledger-version"] == "4" and answer.headers["cache-control"] == "no-cache"


def test_a_page_that_depends_on_the_time_is_not_cached(events: Dataset) -> None:
    links = [
        events.get("/records", filter="now() gt 2000-01-01T00:00:00Z", limit=1).headers["link"] for _ in range(2)
    ]
    assert links[0] != links[1]


@pytest.mark.parametrize(
    ("filter", "expected", "expected_detail"),
    [
        ("amount add name gt 1", "filter-type", "'name' at character 12: add takes a number, not a string"),
        ("parts in (amount)", "filter-syntax", "contains values, not columns"),
        ("parts in (" + ",".join("1" * 1001) + ")", "filter-limit", "more than 1000 values"),
        ("1" + " add 1" * 60 + " eq parts", "filter-limit", "nested more than 50 levels deep"),
        ("amount gt 1e999999999", "filter-limit", "an exponent up to 1000"),
        ("time(seen) gt 1", "function-not-offered", "hour, minute and second"),
        ("seen gt '2024-01-01T00:00:00Z'", "filter-type", "without quotes: 2024-01-01T00:00:00Z"),
    ],
    ids=lambda text: text[:20],
)
def test_a_filter_with_an_impossible_calculation_is_refused_at_once(
    events: Dataset, filter: str, expected: str, expected_detail: str
) -> None:
    started = time.perf_counter()
    refused = problem(events.get("/records", filter=filter), 400)
    assert time.perf_counter() - started < 2
    assert refused["type"].endswith(expected) and expected_detail in refused["detail"]


def test_the_limits_of_filters_are_named(client: httpx.Client) -> None:
    limits = json_of(client.get("/v1/limits"))
    assert limits["filter_choices"] == 1000
