"""A refused method and OPTIONS name all methods of the address, whichever route they belong to."""

import httpx
import pytest

from tests.given import Dataset, code, create_people, unique

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
