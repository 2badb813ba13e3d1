"""Pages of records: filtered, sorted, counted, and pinned to a version while others write."""

import base64
import json
import threading
from collections.abc import Iterator

import httpx
import pytest

from domain import exact_json
from tests.given import Dataset, code, create_dataset, create_people, json_of, problem

AGES = (30, None, 20, 40, None, 20)


@pytest.fixture(scope="module")
def six(client: httpx.Client) -> Dataset:
    """Six people that no test changes, records 1 to 6."""
    return create_people(client, *AGES)


@pytest.mark.parametrize(
    ("sort", "ids"),
    [
        ("", [1, 2, 3, 4, 5, 6]),
        ("age", [3, 6, 1, 4, 2, 5]),
        ("-age", [4, 1, 3, 6, 2, 5]),
        ("age,-name", [6, 3, 1, 4, 5, 2]),
        ("-name", [6, 5, 4, 3, 2, 1]),
        ("-$id", [6, 5, 4, 3, 2, 1]),
        ("-$version", [6, 5, 4, 3, 2, 1]),
    ],
)
def test_sorting_puts_nulls_last_both_ways_and_ids_break_ties(six: Dataset, sort: str, ids: list[int]) -> None:
    assert [record["id"] for record in six.get_json("/records", sort=sort)["data"]] == ids
    assert walked(six, 1, sort=sort) == walked(six, 4, sort=sort) == ids


@pytest.mark.parametrize(
    ("filter", "ids"),
    [
        ("age ge 30", [1, 4]),
        ("age eq null", [2, 5]),
        ("age ne null and not (age lt 30)", [1, 4]),
        ("name in ('p1','p6') or age eq 40", [1, 4, 6]),
        ("contains(name, 'p') and $id gt 4", [5, 6]),
        ("$version eq 2", [1]),
        ("age eq 20.0", [3, 6]),
        ("name eq 'it''s'", []),
    ],
)
def test_a_filter_returns_the_matching_records(six: Dataset, filter: str, ids: list[int]) -> None:
    page = six.get_json("/records", filter=filter, count="exact")
    assert ([record["id"] for record in page["data"]], page["page"]["count"]) == (ids, len(ids))
    assert walked(six, 1, filter=filter, sort="-name") == ids[::-1]


def test_a_column_whose_name_is_not_an_identifier_is_quoted(client: httpx.Client) -> None:
    dataset = create_dataset(
        client, [{"name": 'Unit "price", €', "type": "decimal"}, {"name": "select", "type": "string"}]
    )
    dataset.create(**{'Unit "price", €': 3, "select": "x"})
    dataset.create(**{'Unit "price", €': 1, "select": "y"})
    quoted = '"Unit ""price"", €"'
    assert dataset.column("select", filter=f"{quoted} lt 2") == ["y"]
    assert dataset.column("select", sort=quoted) == ["y", "x"]
    assert dataset.values(fields=quoted, limit=1) == [{'Unit "price", €': 3}]


@pytest.mark.parametrize(
    "filter",
    [
        "age gt",
        "age gt 'x'",
        "aeg gt 1",
        "age gt 1)",
        "name eq 1",
        "(" * 60 + "age eq 1" + ")" * 60,
        "name",
        "a" * 9000,
    ],
    ids=lambda text: text[:20],
)
def test_a_filter_that_does_not_fit_is_refused(six: Dataset, filter: str) -> None:
    for path in ("/records", "/export"):
        answer = six.get(path, filter=filter)
        assert problem(answer, answer.status_code)["detail"] and answer.status_code in (400, 413, 422)


@pytest.mark.parametrize("sort", ["age,age", "-", "aeg", ",", "age desc", "+age"])
def test_a_sort_that_does_not_fit_is_refused(six: Dataset, sort: str) -> None:
    assert problem(six.get("/records", sort=sort), 400)["detail"]


@pytest.mark.parametrize("fields", ["", "age,age", "nmae", "name,,age", '"name'])
def test_fields_that_do_not_fit_are_refused(six: Dataset, fields: str) -> None:
    assert problem(six.get("/records", fields=fields), 400)["detail"]


def test_fields_show_only_some_columns_in_their_order(six: Dataset) -> None:
    assert list(six.values(fields="age,name")[0].items()) == [("age", 30), ("name", "p1")]


def test_counts_are_returned_on_request(six: Dataset) -> None:
    assert six.get_json("/records")["page"] == {"limit": 50, "next": None, "count": None}
    assert six.get_json("/records", count="exact")["page"]["count"] == 6
    assert six.get_json("/records", count="exact", as_of=3)["page"]["count"] == 2
    assert six.get_json("/records", count="estimate")["page"]["count"] == 6
    assert isinstance(six.get_json("/records", count="estimate", filter="age eq 20")["page"]["count"], int)
    assert code(six.get("/records", count="all"), 400) == "invalid-parameter"


def test_the_last_page_has_no_next_even_if_it_is_full(six: Dataset) -> None:
    page = six.get_json("/records", limit=6)
    assert (len(page["data"]), page["page"]["next"]) == (6, None)


def test_a_page_has_the_version_it_shows(six: Dataset) -> None:
    answer = six.get("/records", as_of=4)
    assert (json_of(answer)["version"], answer.headers["etag"]) == (4, '"4"')
    assert len(json_of(answer)["data"]) == 3


def test_a_cursor_pins_version_filter_and_sort(client: httpx.Client) -> None:
    dataset = create_people(client, 3, 1, 2)
    first = dataset.get_json("/records", sort="age", filter="age gt 0", limit=1)
    cursor = first["page"]["next"]
    json_of(dataset.send("PATCH", "/records/3", {"values": {"age": 0}}))
    dataset.send("DELETE", "/records/1")
    dataset.create(name="new", age=2)
    rest = dataset.get_json("/records", cursor=cursor, limit=10)
    assert ([record["id"] for record in rest["data"]], rest["version"]) == ([3, 1], 4)
    assert dataset.get_json("/records", cursor=cursor, sort="age", filter="age gt 0", limit=10) == rest
    for name, other in (("sort", "-age"), ("filter", "age gt 1"), ("sort", ""), ("filter", "")):
        assert code(dataset.get("/records", cursor=cursor, **{name: other}), 400) == "cursor-mismatch"


def test_a_cursor_is_refused_with_another_version(client: httpx.Client) -> None:
    dataset = create_people(client, 1, 2, 3)
    cursor = dataset.get_json("/records", limit=1)["page"]["next"]
    assert code(dataset.get("/records", cursor=cursor, as_of=2), 400) == "cursor-mismatch"
    assert dataset.column("age", cursor=cursor, as_of=4) == [2, 3]


TAMPERED = (
    "",
    "x",
    "====",
    "ü",
    "null",
    "A" * 3000,
    "ZZZ%",
)


@pytest.mark.parametrize("cursor", TAMPERED, ids=lambda text: text[:10])
def test_an_invalid_cursor_is_refused(six: Dataset, cursor: str) -> None:
    assert code(six.get("/records", cursor=cursor), 400) == "invalid-cursor"


def forged() -> Iterator[object]:
    yield from (None, 5, "x", [], {}, [1], [7, "", ""], [7, "", "", [], 1], [7, "", "", {}])
    yield from ([7, "", "", []], [7, "", "", ["1", "2"]], [7, "", "", ["x"]], [7, "", "", [1]])
    yield from (
        [0, "", "", ["1"]],
        [-1, "", "", ["1"]],
        [True, "", "", ["1"]],
        ["7", "", "", ["1"]],
        [2**70, "", "", ["1"]],
    )
    yield from ([7, "", "", ["1\x00"]], [7, "x\x00", "", ["1"]], [7, "", "", ["9" * 30]], [7, "", "", ["1.5"]])
    yield from ([7, "", "age", ["x", "1"]], [7, "", "age", ["NaN", "x"]], [7, "", "name", ["\ud800", "1"]])
    yield from ([7, "", "-born", ["\x00", "1"]], [7, "name eq '\ud800'", "", ["1"]], [7, "", "\ud800", ["1"]])
    yield from ([7, "aeg eq 1", "", ["1"]], [7, "age eq", "", ["1"]], [7, "", "aeg", ["1", "1"]])
    yield from ([7, "(" * 5000, "", ["1"]], [7, "", "age" + ",age" * 50, ["1"] * 52])


def as_stored(body: object) -> object:
    """A cursor made of version, filter, sort and position, in their stored order."""
    if not isinstance(body, list) or len(body) != 4:
        return body
    version, filter, sort, after = body
    return [version, after, filter, sort, "", ""]


@pytest.mark.parametrize("body", [as_stored(body) for body in forged()], ids=lambda body: json.dumps(body)[:40])
def test_a_forged_cursor_is_refused(six: Dataset, body: object) -> None:
    cursor = base64.urlsafe_b64encode(json.dumps(body).encode()).decode().rstrip("=")
    answer = six.get("/records", cursor=cursor)
    assert problem(answer, answer.status_code)["detail"] and answer.status_code in (400, 404, 413), answer.text


@pytest.mark.parametrize("after", [("", [None]), ("", ["-5"]), ("born", ["2024-99-99", "1"]), ("age", [None, None])])
def test_a_forged_cursor_that_fits_shows_no_more_than_its_version(six: Dataset, after: tuple[str, object]) -> None:
    cursor = base64.urlsafe_b64encode(exact_json.dumps(as_stored([4, "", *after])).encode()).decode().rstrip("=")
    answer = six.get("/records", cursor=cursor)
    assert answer.status_code == 400 or {record["id"] for record in json_of(answer)["data"]} <= {1, 2, 3}


def test_a_cursor_of_a_missing_version_is_refused(six: Dataset) -> None:
    cursor = base64.urlsafe_b64encode(exact_json.dumps(as_stored([99, "", "", ["1"]])).encode()).decode().rstrip("=")
    assert problem(six.get("/records", cursor=cursor), 404)["detail"]


@pytest.mark.parametrize("sort", ["", "age", "-age,name", "-$version", "born"])
def test_pages_show_each_record_of_their_version_once_while_others_write(client: httpx.Client, sort: str) -> None:
    dataset = create_people(client, *(number % 3 or None for number in range(12)))
    stop = threading.Event()
    wrote: list[int] = []

    def write() -> None:
        while not stop.is_set():
            dataset.create(name="new", age=1)
            json_of(dataset.send("PATCH", f"/records/{len(wrote) % 12 + 1}", {"values": {"age": len(wrote)}}))
            wrote.append(1)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while len(wrote) < 5:
            page = dataset.get_json("/records", sort=sort, limit=1)
            ids = sorted(walked(dataset, 5, sort=sort, as_of=page["version"]))
            assert (
                ids == list(range(1, 13 + len(ids) - 12))
                and len(ids) == dataset.get_json(as_of=page["version"])["records"]
            )
    finally:
        stop.set()
        writer.join()


def test_an_unchanged_page_is_not_sent_again(six: Dataset) -> None:
    etag = six.get("/records").headers["etag"]
    again = six.client.get(f"{six.url}/records", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")


def walked(dataset: Dataset, limit: int, **parameters: object) -> list[int]:
    """The ids of all pages, following `next`."""
    page = dataset.get_json("/records", limit=limit, **parameters)
    ids = [record["id"] for record in page["data"]]
    while cursor := page["page"]["next"]:
        page = dataset.get_json("/records", limit=limit, cursor=cursor)
        assert 0 < len(page["data"]) <= limit
        ids += [record["id"] for record in page["data"]]
    return ids
