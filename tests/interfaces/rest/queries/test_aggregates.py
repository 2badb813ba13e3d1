"""Measures of groups of records over HTTP, compared with a reference calculation."""

import datetime
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.given import Dataset, code, create_dataset, import_csv, problem

SALES = (
    {"name": "city", "type": "string"},
    {"name": "price", "type": "decimal"},
    {"name": "pieces", "type": "integer"},
    {"name": "paid", "type": "boolean"},
    {"name": "day", "type": "date"},
    {"name": "at", "type": "datetime"},
    {"name": "note", "type": "json"},
    {"name": 'Unit "price", €', "type": "decimal"},
)
TIMES = ("2024-01-01T00:30:00Z", "2024-01-01T02:30:00+02:00", "2023-12-31T22:00:00-05:00", "2024-02-01T00:00:00")

cells = st.fixed_dictionaries(
    {
        "city": st.none() | st.sampled_from(["Oslo", "Rome", "oslo", "Ærø", ""]),
        "price": st.none() | st.sampled_from([Decimal(text) for text in ("1.1", "1.10", "-2", "0.333", "1e3")]),
        "pieces": st.none() | st.integers(-3, 3) | st.just(2**80),
        "paid": st.none() | st.booleans(),
        "day": st.none() | st.sampled_from(["2023-12-31", "2024-01-01", "2024-02-29"]),
        "at": st.none() | st.sampled_from(TIMES),
    }
)


@pytest.fixture(scope="module")
def sales(client: httpx.Client) -> Dataset:
    """Five sales that no test changes, records 1 to 5, versions 2 to 6."""
    dataset = create_dataset(client, SALES)
    dataset.create(city="Oslo", price=Decimal("1.10"), pieces=2, paid=True, day="2024-01-31", at=TIMES[0], note=[1])
    dataset.create(city="Rome", price=Decimal("2.5"), pieces=1, paid=False, day="2024-02-01", at=TIMES[1])
    dataset.create(city="Oslo", price=Decimal("1.1"), pieces=7, day="2023-01-31", at=TIMES[2])
    dataset.create(city=None, price=None, **{'Unit "price", €': 3})
    dataset.create(city="Oslo", price=Decimal("8.30"))
    return dataset


def test_groups_have_their_measures(sales: Dataset) -> None:
    answer = sales.get("/aggregate", group_by="city", measures="count,sum(price)")
    assert answer.text == (
        '{"data":[{"group":{"city":"Oslo"},"measures":{"count":3,"sum(price)":10.50}},'
        '{"group":{"city":"Rome"},"measures":{"count":1,"sum(price)":2.5}},'
        '{"group":{"city":null},"measures":{"count":1,"sum(price)":null}}],'
        '"page":{"limit":50,"next":null,"count":null},"version":6}'
    )
    assert (answer.headers["etag"], answer.headers["rowledger-version"]) == ('"6"', "6")


def test_without_groups_all_records_are_one_and_without_measures_they_are_counted(sales: Dataset) -> None:
    assert figures(sales) == [{"count": 5}]
    assert figures(sales, filter="price gt 2") == [{"count": 2}]
    assert figures(sales, filter="price gt 99", measures="count,sum(price),min(day),count(day)") == [
        {"count": 0, "sum(price)": None, "min(day)": None, "count(day)": 0}
    ]
    assert sales.get_json("/aggregate", group_by="city", filter="price gt 99")["data"] == []


def test_an_empty_dataset_has_no_groups_and_a_count_of_nothing(client: httpx.Client) -> None:
    empty = create_dataset(client, SALES)
    assert empty.get_json("/aggregate", group_by="city,year(day)")["data"] == []
    assert figures(empty, measures="count,avg(price),max(at)") == [{"count": 0, "avg(price)": None, "max(at)": None}]


def test_measures_keep_every_digit(sales: Dataset) -> None:
    parameters = "sum(price),avg(price),min(price),max(price),count_distinct(price),min($id),sum($version)"
    answer = sales.get("/aggregate", measures=parameters, filter="city eq 'Oslo'")
    assert answer.text.partition('"measures":')[2].startswith(
        '{"sum(price)":10.50,"avg(price)":3.5,"min(price)":1.10,"max(price)":8.30,"count_distinct(price)":2,'
        '"min($id)":1,"sum($version)":12}'
    )


def test_equal_numbers_are_one_group_shown_with_the_most_digits(sales: Dataset) -> None:
    answer = sales.get("/aggregate", group_by="price", filter="price lt 2")
    assert answer.text.startswith('{"data":[{"group":{"price":1.10},"measures":{"count":2}}]')


def test_times_are_grouped_as_instants_and_shown_as_they_were_written(sales: Dataset) -> None:
    found = sales.get_json("/aggregate", group_by="at", measures="count,min(at),max(at)", filter="at ne null")["data"]
    assert [(one["group"]["at"], one["measures"]) for one in found] == [
        (TIMES[0], {"count": 2, "min(at)": TIMES[0], "max(at)": TIMES[1]}),
        (TIMES[2], {"count": 1, "min(at)": TIMES[2], "max(at)": TIMES[2]}),
    ]
    assert figures(sales, measures="min(at),max(at)") == [{"min(at)": TIMES[0], "max(at)": TIMES[2]}]


@pytest.mark.parametrize(
    ("group_by", "filter", "groups"),
    [
        ("year(day)", "", [2023, 2024, None]),
        ("year(day),month(day)", "", [(2023, 1), (2024, 1), (2024, 2), (None, None)]),
        ("date(at)", "", ["2023-12-31", "2024-01-01", None]),
        ("date(day)", "year(day) eq 2023", ["2023-01-31"]),
        ("hour(at)", "at ne null", [0, 2, 22]),
        ("toupper(city)", "", ["OSLO", "ROME", None]),
        ("length(city)", "", [4, None]),
        ("paid", "", [False, True, None]),
        ("$version", "$version le 3", [2, 3]),
        ("pieces", "", [1, 2, 7, None]),
        ('"Unit ""price"", €"', "", [3, None]),
        (" city , paid", "price lt 3", [("Oslo", True), ("Oslo", None), ("Rome", False)]),
    ],
)
def test_what_records_are_grouped_by_orders_the_groups_with_nulls_last(
    sales: Dataset, group_by: str, filter: str, groups: Sequence[Any]
) -> None:
    found = sales.get_json("/aggregate", group_by=group_by, filter=filter)["data"]
    assert [tuple(one["group"].values()) for one in found] == [
        one if isinstance(one, tuple) else (one,) for one in groups
    ]


@pytest.mark.parametrize(
    ("sort", "cities"),
    [
        ("-count,city", ["Oslo", "Rome", None]),
        ("count,-city", ["Rome", None, "Oslo"]),
        ("-city", ["Rome", "Oslo", None]),
        ("sum(price)", ["Rome", "Oslo", None]),
        ('-sum("price")', ["Oslo", "Rome", None]),
        ("max(at)", ["Rome", "Oslo", None]),
        ("-max(at)", ["Oslo", "Rome", None]),
        ("min(at),-city", ["Rome", "Oslo", None]),
    ],
)
def test_groups_are_sorted_by_groups_and_measures(sales: Dataset, sort: str, cities: Sequence[str | None]) -> None:
    parameters = {"group_by": "city", "measures": "count,sum(price),min(at),max(at)", "sort": sort}
    assert [one["group"]["city"] for one in sales.get_json("/aggregate", **parameters)["data"]] == cities
    assert [one["group"]["city"] for one in walked(sales, 1, **parameters)] == cities


def test_a_group_named_like_a_measure_is_quoted_in_sort(client: httpx.Client) -> None:
    dataset = create_dataset(client, [{"name": "count", "type": "integer"}])
    for number in (1, 2, 2):
        dataset.create(count=number)
    parameters = {"group_by": "count", "measures": "count"}
    assert [one["group"]["count"] for one in dataset.get_json("/aggregate", sort="-count", **parameters)["data"]] == [
        2,
        1,
    ]
    assert [
        one["group"]["count"] for one in dataset.get_json("/aggregate", sort='"count"', **parameters)["data"]
    ] == [
        1,
        2,
    ]


def test_an_older_version_has_its_own_measures(sales: Dataset) -> None:
    assert figures(sales, as_of=4, measures="count,sum(pieces)") == [{"count": 3, "sum(pieces)": 10}]
    assert sales.get_json("/aggregate", as_of=4)["version"] == 4
    assert code(sales.get("/aggregate", as_of=99), 404) == "version-not-found"


def test_a_cursor_pins_version_and_query_while_others_write(client: httpx.Client) -> None:
    dataset = create_dataset(client, SALES)
    for city in ("a", "b", "b", "c"):
        dataset.create(city=city, price=1)
    parameters = {"group_by": "city", "measures": "count", "sort": "-city", "filter": "price gt 0"}
    first = dataset.get_json("/aggregate", limit=1, **parameters)
    dataset.create(city="d", price=1)
    dataset.send("DELETE", "/records/1")
    cursor = first["page"]["next"]
    rest = dataset.get_json("/aggregate", limit=5, cursor=cursor)
    assert [(one["group"]["city"], one["measures"]["count"]) for one in rest["data"]] == [("b", 2), ("a", 1)]
    assert (rest["version"], rest["page"]["next"]) == (5, None)
    assert dataset.get_json("/aggregate", limit=5, cursor=cursor, as_of=5, **parameters) == rest
    for name in parameters:
        assert code(dataset.get("/aggregate", cursor=cursor, **{name: "count(at)"}), 400) == "cursor-mismatch"
    assert code(dataset.get("/aggregate", cursor=cursor, as_of=2), 400) == "cursor-mismatch"
    pages = dataset.get_json("/records", limit=1)["page"]["next"]
    for forged in ("", "x", "W10", "W1tdXQ", "W1s1LC0xXSwiIiwiIiwiIiwiIl0", pages):
        assert code(dataset.get("/aggregate", cursor=forged), 400) == "invalid-cursor"


@pytest.mark.parametrize(
    ("parameters", "expected_code", "words"),
    [
        ({"group_by": "ctiy"}, "unknown-column", "did you mean 'city'"),
        ({"group_by": "city,,day"}, "group-by-syntax", "character 6"),
        ({"group_by": "city,"}, "group-by-syntax", "character 6"),
        ({"group_by": "city city"}, "unknown-column", "'city'"),
        ({"group_by": "-city"}, "group-by-syntax", "only a sort"),
        ({"group_by": "city,city"}, "group-by-syntax", "is repeated"),
        ({"group_by": "note"}, "group-by-type", "JSON"),
        ({"group_by": "year(city)"}, "group-by-type", "a date or a time"),
        ({"group_by": "hour(day)"}, "group-by-type", "a time"),
        ({"group_by": "yaer(day)"}, "unknown-function", "did you mean 'year'"),
        ({"group_by": "year(day"}, "group-by-syntax", "character 5"),
        ({"group_by": "year()"}, "group-by-syntax", "missing"),
        ({"group_by": '"city'}, "group-by-syntax", "quotes"),
        ({"group_by": "year(day)x"}, "group-by-syntax", "character 10"),
        ({"measures": "sum(city)"}, "measures-type", "string column"),
        ({"measures": "avg(day)"}, "measures-type", "date column; available: count, count_distinct, min, max"),
        ({"measures": "max(paid)"}, "measures-type", "boolean column"),
        ({"measures": "count_distinct(note)"}, "measures-type", "available: count"),
        ({"measures": "median(price)"}, "unknown-function", "no such measure"),
        ({"measures": "smu(price)"}, "unknown-function", "did you mean 'sum'"),
        ({"measures": "count,sum(prcie)"}, "unknown-column", "character 11"),
        ({"measures": "price"}, "measures-syntax", "sum(price)"),
        ({"measures": "cuont"}, "measures-syntax", "did you mean 'count'"),
        ({"measures": "count(*)"}, "unknown-column", "'*'"),
        ({"measures": "count,count"}, "measures-syntax", "is repeated"),
        ({"group_by": "city", "sort": "price"}, "sort-syntax", "known are"),
        ({"group_by": "city", "sort": "-cout"}, "sort-syntax", "did you mean 'count'"),
        ({"group_by": "city", "sort": "city,-city"}, "sort-syntax", "is repeated"),
        ({"filter": "price gt"}, "filter-syntax", "The end"),
        ({"limit": "0"}, "invalid-parameter", "limit"),
        ({"as_of": "x"}, "invalid-as-of", "as_of"),
        ({"groupby": "city"}, "unknown-parameter", "did you mean 'group_by'"),
    ],
    ids=str,
)
def test_an_invalid_aggregation_is_refused_by_name(
    sales: Dataset, parameters: dict[str, str], expected_code: str, words: str
) -> None:
    answer = sales.get("/aggregate", **parameters)
    assert (code(answer, 400), words in problem(answer, 400)["detail"]) == (expected_code, True), answer.text


def test_more_terms_than_the_limit_are_refused(client: httpx.Client) -> None:
    wide = create_dataset(client, [{"name": f"c{number}", "type": "integer"} for number in range(60)])
    wide.create(**{f"c{number}": number for number in range(60)})
    parameters = [f"sum(c{number})" for number in range(60)]
    assert code(wide.get("/aggregate", measures=",".join(parameters)), 400) == "measures-limit"
    assert figures(wide, measures=",".join(parameters[:50])) == [{f"sum(c{number})": number for number in range(50)}]
    names = ",".join(f"c{number}" for number in range(50))
    assert wide.get_json("/aggregate", group_by=names)["data"][0]["group"]["c49"] == 49


def test_unchanged_measures_are_not_sent_again(sales: Dataset) -> None:
    answer = sales.client.get(f"{sales.url}/aggregate", headers={"If-None-Match": '"6"'})
    assert (answer.status_code, answer.content) == (304, b"")


def test_percent_signs_and_quotes_in_names_are_harmless(client: httpx.Client) -> None:
    dataset = import_csv(client, '"%s ""\'{}","a(b)"\n5,6\n7,6\n')
    found = dataset.get_json("/aggregate", group_by='"a(b)"', measures='sum("%s ""\'{}")', sort='-"a(b)"')["data"]
    assert found == [{"group": {"a(b)": 6}, "measures": {"sum(%s \"'{})": 12}}]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    batches=st.lists(st.lists(cells, min_size=1, max_size=6), min_size=1, max_size=2),
    group_by=st.lists(
        st.sampled_from(["city", "price", "pieces", "paid", "day", "at", "year(day)", "month(day)", "date(at)"]),
        max_size=3,
        unique=True,
    ),
)
def test_groups_equal_the_reference_calculation(
    client: httpx.Client, batches: list[list[dict[str, Any]]], group_by: list[str]
) -> None:
    dataset = create_dataset(client, SALES)
    rows: list[dict[str, Any]] = []
    versions: dict[int, list[dict[str, Any]]] = {}
    for batch in batches:
        for values in batch:
            version = dataset.create(**values)["version"]
            rows = [*rows, values]
        versions[version] = rows
    measures = "count,count(at),count_distinct(price),sum(price),avg(pieces),min(price),max(city),min(at)"
    for version, known in versions.items():
        found = walked(dataset, 2, group_by=",".join(group_by), measures=measures, as_of=version)
        expected = groups_of(known, group_by)
        assert len(found) == len(expected)
        for one in found:
            members = expected[tuple(key(name, value) for name, value in one["group"].items())]
            assert_figures(one["measures"], members)


def groups_of(rows: list[dict[str, Any]], group_by: list[str]) -> dict[tuple[Any, ...], list[dict[str, Any]]]:
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {} if group_by else {(): []}
    for row in rows:
        groups.setdefault(tuple(group_key(name, row) for name in group_by), []).append(row)
    return groups


PARTS: dict[str, Callable[[str], Any]] = {
    "year": lambda text: int(text[:4]),
    "month": lambda text: int(text[5:7]),
    "date": lambda text: text[:10],
}


def group_key(name: str, row: dict[str, Any]) -> Any:
    function, _, column = name.rstrip(")").rpartition("(")
    value = row[column]
    if value is None or not function:
        return key(name, value)
    return PARTS[function](value)


def key(name: str, value: Any) -> Any:
    return instant(value) if name == "at" and value is not None else value


def instant(text: str) -> datetime.datetime:
    time = datetime.datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=datetime.UTC)


def assert_figures(found: dict[str, Any], members: list[dict[str, Any]]) -> None:
    prices, pieces = filled(members, "price"), filled(members, "pieces")
    assert found["count"] == len(members)
    assert found["count(at)"] == len(filled(members, "at"))
    assert found["count_distinct(price)"] == len(set(prices))
    assert found["sum(price)"] == (sum(prices) if prices else None)
    assert found["min(price)"] == min(prices, default=None)
    assert found["max(city)"] == max(filled(members, "city"), key=str.encode, default=None)
    assert key("at", found["min(at)"]) == min(map(instant, filled(members, "at")), default=None)
    if not pieces:
        assert found["avg(pieces)"] is None
        return
    exact = Fraction(sum(pieces), len(pieces))
    assert abs(Fraction(found["avg(pieces)"]) - exact) <= max(abs(exact), Fraction(1)) / 10**15


def filled(members: Iterable[dict[str, Any]], name: str) -> list[Any]:
    return [row[name] for row in members if row[name] is not None]


def figures(dataset: Dataset, **parameters: object) -> list[Any]:
    return [one["measures"] for one in dataset.get_json("/aggregate", **parameters)["data"]]


def walked(dataset: Dataset, limit: int, **parameters: object) -> list[Any]:
    """The groups of all pages, following `next`."""
    page = dataset.get_json("/aggregate", limit=limit, **parameters)
    found = page["data"]
    while cursor := page["page"]["next"]:
        page = dataset.get_json("/aggregate", limit=limit, cursor=cursor)
        assert 0 < len(page["data"]) <= limit
        found += page["data"]
    return list(found)
