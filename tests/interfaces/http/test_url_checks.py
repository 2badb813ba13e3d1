"""A parameter given twice and bytes that are not UTF-8 are refused by every route: nothing is dropped or replaced."""

from urllib.parse import quote

import httpx
import pytest

from tests.given import Dataset, code, create_people, json_of, problem
from tests.interfaces.http.raw_requests import get_raw, handshake
from tests.interfaces.odata.odata_requests import error_object


@pytest.fixture(scope="module")
def dataset(client: httpx.Client) -> Dataset:
    return create_people(client, 30, 40)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/records?filter=age eq 30&filter=age eq 40"),
        ("GET", "/records?limit=1&limit=1"),
        ("GET", "/records?limit=1&%6Cimit=2"),
        ("GET", "/records?fields=name&sort=age&fields=age"),
        ("GET", "/records/1?fields=name&fields=age"),
        ("PATCH", "/records/1?filter=a&filter=b"),
        ("DELETE", "/records?filter=age eq 30&filter=age eq 40"),
        ("PATCH", "/records?filter=age eq 30&filter=age eq 40"),
        ("GET", "/export?format=csv&format=json"),
        ("HEAD", "/export?format=csv&format=json"),
        ("GET", "/aggregate?measures=count&measures=max(age)"),
        ("POST", "/imports?mode=append&mode=replace"),
        ("GET", "?as_of=1&as_of=2"),
        ("OPTIONS", "/records?limit=1&limit=2"),
    ],
)
def test_a_repeated_parameter_is_refused(client: httpx.Client, dataset: Dataset, method: str, path: str) -> None:
    answer = client.request(method, f"{dataset.url}{path}")
    assert answer.status_code == 400, answer.text
    if method != "HEAD":
        assert code(answer, 400) == "repeated-parameter"
    assert (dataset.get_json()["version"], dataset.column("age")) == (3, [30, 40])


@pytest.mark.parametrize(
    "path",
    [
        "/v1/datasets?limit=1&limit=2",
        "/v1/audit?actor=local&actor=other",
        "/v1/events?after=0&after=1",
        "/v1/events/stream?after=0&after=1",
        "/v1/jobs?state=queued&state=failed",
        "/status?a&a",
        "/nowhere?a=1&a=1",
    ],
)
def test_every_address_refuses_it(client: httpx.Client, path: str) -> None:
    refused = problem(client.get(path), 400)
    assert refused["type"].endswith("/repeated-parameter") and "given 2 times" in refused["detail"]


def test_each_repeated_parameter_is_named(client: httpx.Client, dataset: Dataset) -> None:
    refused = problem(client.get(f"{dataset.url}/records?sort=age&limit=1&sort=name&limit=2&limit=3&fields=age"), 400)
    assert [fault["pointer"] for fault in refused["errors"]] == ["sort", "limit"]
    assert "3 times" in refused["errors"][1]["detail"]


def test_an_odata_option_is_given_once(client: httpx.Client) -> None:
    refused = error_object(client.get("/odata/?$format=json&$format=json"), 400)
    assert (refused["code"], refused["target"]) == ("repeated-parameter", "$format")


def test_uploads_refuse_it_before_they_read_the_file(client: httpx.Client) -> None:
    for path in ("/v1/datasets?name=a&name=b", "/v1/inspect?filename=a&filename=b", "/v1/uploads?a=1&a=2"):
        answer = client.post(path, content=b"a,b\n1,2\n", headers={"Content-Type": "text/csv"})
        assert code(answer, 400) == "repeated-parameter"


def test_a_form_field_is_given_once(client: httpx.Client) -> None:
    fields: list[tuple[str, tuple[None, bytes]]] = [("name", (None, b"one")), ("name", (None, b"two"))]
    answer = client.post("/v1/datasets", files=[*fields, ("file", ("a.csv", b"a,b\n1,2\n"))])
    refused = problem(answer, 422)
    assert (refused["type"], refused["errors"][0]["pointer"]) == ("/problems/invalid-form", "name")


def test_a_websocket_refuses_it_in_the_handshake(client: httpx.Client) -> None:
    status, body = handshake(client, "/v1/jobs/00000000-0000-4000-8000-000000000000/watch?a=1&a=2")
    assert status == 400 and "repeated-parameter" in body


def test_different_parameters_and_empty_parts_are_no_repetition(client: httpx.Client, dataset: Dataset) -> None:
    assert json_of(client.get(f"{dataset.url}/records?&limit=1&&fields=age&"))["page"]["limit"] == 1
    assert code(client.get(f"{dataset.url}/records?Limit=1&limit=2"), 400) == "unknown-parameter"


@pytest.mark.parametrize("bad", ["%FF", "%C3", "%ED%A0%80", "a%E4b", "%F5%80%80%80", "%C0%AF"])
def test_invalid_utf8_in_a_query_is_refused(client: httpx.Client, dataset: Dataset, bad: str) -> None:
    for query in (f"filter=name ne '{bad}'", f"fields={bad}", f"search={bad}", f"{bad}=1", f"limit=1&sort={bad}"):
        for method in ("GET", "DELETE", "PATCH"):
            assert code(client.request(method, f"{dataset.url}/records?{query}"), 400) == "invalid-url"
    assert dataset.get_json()["version"] == 3


@pytest.mark.parametrize("bad", ["%FF", "%ED%BF%BF"])
def test_invalid_utf8_in_a_path_is_refused(client: httpx.Client, dataset: Dataset, bad: str) -> None:
    for path in (f"/v1/datasets/{bad}", f"{dataset.url}/records/{bad}", f"{dataset.url}/records/by-key/{bad}"):
        assert code(client.get(path), 400) == "invalid-url"
    assert error_object(client.get(f"/odata/{bad}"), 400)["code"] == "invalid-url"


def test_the_parameter_is_named(client: httpx.Client, dataset: Dataset) -> None:
    refused = problem(client.get(f"{dataset.url}/records?limit=1&filter=%FF"), 400)
    assert refused["errors"][0]["pointer"] == "filter"


def test_other_characters_need_percent_encoding(client: httpx.Client) -> None:
    dataset = create_people(client)
    dataset.create(name="Zürich")
    target = f"{dataset.url}/records?filter=name%20eq%20'Zürich'"
    assert [get_raw(client, target.encode(encoding))[0] for encoding in ("utf-8", "latin-1")] == [400, 400]
    assert "Zürich" in get_raw(client, quote(target, safe="/?='%").encode())[1]
