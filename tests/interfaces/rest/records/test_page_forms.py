"""Pages in the accepted format, requested by URL or by body."""

import csv
import io
from typing import Any

import httpx
import pytest

from domain import exact_json
from tests.given import Dataset, create_dataset, create_people, import_csv, json_of, problem


@pytest.fixture(scope="module")
def three(client: httpx.Client) -> Dataset:
    return create_people(client, 30, None, 50)


def query(dataset: Dataset, **body: object) -> Any:
    return json_of(dataset.send("POST", "/records/query", body))


def test_a_query_in_the_body_is_answered_like_one_in_the_url(three: Dataset) -> None:
    body = {"filter": "age gt 20", "sort": "-age", "fields": ["age", "name"], "limit": 1, "count": "exact"}
    in_address = three.get_json(
        "/records", filter="age gt 20", sort="-age", fields="age,name", limit=1, count="exact"
    )
    assert query(three, **body) == in_address
    assert in_address["page"]["count"] == 2 and in_address["page"]["count_is"] == "exact"


def test_a_long_query_continues_with_its_cursor_alone(three: Dataset) -> None:
    first = query(three, filter="name ne null", sort="age", limit=2, as_of=4)
    rest = query(three, cursor=first["page"]["next"])
    assert [record["id"] for record in first["data"] + rest["data"]] == [1, 3, 2]
    assert rest == three.get_json("/records", cursor=first["page"]["next"])


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"filter": 5}, "/filter"),
        ({"limit": 0}, "/limit"),
        ({"limit": True}, "/limit"),
        ({"limit": "5"}, "/limit"),
        ({"fields": []}, "/fields"),
        ({"fields": ["name", 5]}, "/fields"),
        ({"count": "some"}, "/count"),
        ({"as_of": [1]}, "/as_of"),
        ({"fitler": "age gt 1"}, "/fitler"),
    ],
)
def test_an_invalid_query_body_is_refused(three: Dataset, body: object, pointer: str) -> None:
    document = problem(three.send("POST", "/records/query", body), 422)
    assert [fault["pointer"] for fault in document["errors"]] == [pointer]


def test_null_in_a_body_counts_as_absent(three: Dataset) -> None:
    assert query(three, filter=None, cursor=None, fields=None) == three.get_json("/records")


def test_names_with_commas_and_quotes_are_fields_of_a_body(client: httpx.Client) -> None:
    dataset = create_dataset(client, [{"name": 'a "b", c', "type": "string"}, {"name": "d", "type": "string"}])
    dataset.create(**{'a "b", c': "x", "d": "y"})
    assert query(dataset, fields=['a "b", c'])["data"][0]["values"] == {'a "b", c': "x"}


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("text/csv", "text/csv"),
        ("application/x-ndjson", "application/x-ndjson"),
        ("application/jsonl, application/json;q=0.5", "application/x-ndjson"),
        ("text/csv;q=0.3, application/json", "application/json"),
        ("text/html, text/csv;q=0.9, */*;q=0.8", "text/csv"),
        ("text/csv;q=nonsense, */*", "application/json"),
        ("image/png", "application/json"),
        ("*/*", "application/json"),
    ],
)
def test_the_format_is_the_one_with_the_highest_weight(three: Dataset, accept: str, media_type: str) -> None:
    answer = three.client.get(f"{three.url}/records", headers={"Accept": accept})
    assert answer.status_code == 200 and answer.headers["content-type"].startswith(media_type)
    assert answer.headers["vary"].startswith("Accept")


def test_a_page_as_csv_holds_what_the_page_as_json_does(client: httpx.Client) -> None:
    text = 'code,text,price,day\n007,"a ""q"", b",1.10,2024-01-31\n008,"two\nlines",,\n009,"",5,2024-02-01\n'
    dataset = import_csv(client, text)
    answer = client.get(f"{dataset.url}/records", headers={"Accept": "text/csv"})
    head, *rows = csv.reader(io.StringIO(answer.text))
    names = ["code", "text", "price", "day"]
    expected = [["" if r[n] is None else str(r[n]) for n in names] for r in dataset.values()]
    assert head == names and rows == expected
    assert '009,"",5' not in answer.text and '"009",' in answer.text


def test_a_page_as_ndjson_is_a_record_a_line(three: Dataset) -> None:
    answer = three.client.get(f"{three.url}/records", params={"limit": 2}, headers={"Accept": "application/x-ndjson"})
    lines = [exact_json.loads(line) for line in answer.text.splitlines()]
    assert lines == three.get_json("/records", limit=2)["data"]


def test_every_format_links_to_its_next_page(three: Dataset) -> None:
    for accept in ("application/json", "text/csv", "application/x-ndjson"):
        headers, ids = {"Accept": accept}, []
        answer = three.client.get(f"{three.url}/records", params={"limit": 2, "fields": "name"}, headers=headers)
        while True:
            ids.append(answer.text)
            if "next" not in answer.links:
                break
            answer = three.client.get(answer.links["next"]["url"], headers=headers)
        assert len(ids) == 2 and "p3" in ids[1] and '"age"' not in ids[1]


def test_each_format_has_its_own_entity_tag(three: Dataset) -> None:
    tags = {
        three.client.get(f"{three.url}/records", headers={"Accept": accept}).headers["etag"]
        for accept in ("application/json", "text/csv", "application/x-ndjson")
    }
    assert len(tags) == 3
    for tag in tags:
        assert three.get("/records").headers["etag"] in tags
        answer = three.client.get(f"{three.url}/records", headers={"If-None-Match": tag})
        assert answer.status_code == (304 if tag == three.get("/records").headers["etag"] else 200)
