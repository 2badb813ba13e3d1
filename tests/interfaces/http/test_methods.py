"""A refused method and OPTIONS name all methods of the address, whichever route they belong to."""

import httpx
import pytest

from domain import exact_json
from tests.given import Dataset, code, create_people, unique
from tests.interfaces.http.raw_requests import get_raw

DATASET = "/v1/datasets/{id}"


@pytest.fixture(scope="module")
def dataset(client: httpx.Client) -> Dataset:
    return create_people(client, 30)


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/v1/datasets", {"GET", "HEAD", "POST"}),
        (DATASET, {"GET", "HEAD", "PATCH", "DELETE"}),
        (f"{DATASET}/records", {"GET", "HEAD", "POST", "PATCH", "DELETE"}),
        (f"{DATASET}/records/1", {"GET", "HEAD", "PUT", "PATCH", "DELETE"}),
        (f"{DATASET}/records/by-key/a", {"GET", "HEAD", "PUT", "PATCH", "DELETE"}),
        (f"{DATASET}/records/1/history", {"GET", "HEAD"}),
        (f"{DATASET}/batch", {"POST"}),
        (f"{DATASET}/export", {"GET", "HEAD"}),
        (f"{DATASET}/imports", {"GET", "HEAD", "POST"}),
        ("/v1/inspect", {"POST"}),
        ("/v1/limits", {"GET", "HEAD"}),
        ("/v1/events/stream", {"GET", "HEAD"}),
        ("/status", {"GET", "HEAD"}),
        ("/openapi.json", {"GET", "HEAD"}),
    ],
)
def test_all_methods_are_named(client: httpx.Client, dataset: Dataset, path: str, allowed: set[str]) -> None:
    path = path.format(id=dataset.id)
    options = client.options(path)
    assert (options.status_code, options.content) == (204, b"")
    assert set(options.headers["allow"].split(", ")) == allowed | {"OPTIONS"}
    for method in {"POST", "PUT", "PATCH", "DELETE", "TRACE"} - allowed:
        answer = client.request(method, path)
        assert code(answer, 405) == "method-not-allowed"
        assert answer.headers["allow"] == options.headers["allow"]


@pytest.mark.parametrize("path", ["/odata/", "/odata/$metadata", "/odata/people", "/odata/@1/people(1)"])
def test_odata_is_read_only(client: httpx.Client, path: str) -> None:
    answer = client.options(path)
    assert (answer.status_code, answer.headers["allow"]) == (204, "GET, HEAD, OPTIONS")
    assert answer.headers["odata-version"] == "4.0"


def test_an_unknown_address_has_no_methods(client: httpx.Client) -> None:
    assert code(client.options(f"/v1/{unique('nothing')}"), 404) == "not-found"


def test_a_path_of_its_own_has_its_own_methods_only(client: httpx.Client, dataset: Dataset) -> None:
    """`…/records/query` also looks like a record."""
    assert client.options(f"{dataset.url}/records/query").headers["allow"] == "POST, OPTIONS"
    assert set(client.options(f"{dataset.url}/records/9").headers["allow"].split(", ")) > {"GET", "PATCH"}


@pytest.mark.parametrize("target", [b"/v1/datasets?x=" + b"a" * 70_000, b"/v1/data sets", b"no path"])
def test_what_is_no_request_gets_a_problem_document(client: httpx.Client, target: bytes) -> None:
    status, answer = get_raw(client, target)
    head, _, body = answer.partition("\r\n\r\n")
    assert status == 400 and "content-type: application/problem+json" in head
    assert exact_json.loads(body.encode())["type"] == "/problems/unreadable-request"
