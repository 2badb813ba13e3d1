"""HEAD is answered wherever GET is, with the same headers and no content."""

import httpx
import pytest
from fastapi.routing import APIRoute

from interfaces.server.app import ROUTE_MODULES
from tests.given import Dataset, create_people, import_csv

CHANGING = ("content-encoding", "date", "server", "transfer-encoding")


@pytest.fixture(scope="module")
def dataset(client: httpx.Client) -> Dataset:
    return import_csv(client, "name,age\nAnn,30\nBob,31\n")


def test_every_route_that_is_read_has_its_head(client: httpx.Client, dataset: Dataset) -> None:
    imports = dataset.get_json("/imports")["data"][0]
    upload = client.post("/v1/uploads", headers={"Tus-Resumable": "1.0.0", "Upload-Length": "5"}).headers["location"]
    slug = dataset.get_json()["slug"].replace("-", "_")
    names = {"dataset": dataset.id, "other": dataset.id, "version": "1", "at": "1", "set": slug}
    paths = {"/status", "/v1/limits"} | {
        route.path
        for module in ROUTE_MODULES
        for route in module.router.routes
        if isinstance(route, APIRoute) and "GET" in (route.methods or ()) and route.include_in_schema
    }
    unasked = ("/v1/uploads/{id}", "/download", "/by-key/")
    for path in sorted(path for path in paths if not any(part in path for part in unasked)):
        id = imports["job"] if path.startswith("/v1/jobs") else imports["id"] if "/imports/" in path else "1"
        filled = path.format(**names, id=id) + ("?on=name" if "/join/" in path else "")
        with client.stream("GET", filled) as got:  # the content is not read: that of the event stream has no end
            assert got.is_success, f"{filled}: {got.read().decode()}"
        head = client.head(filled)
        assert (head.status_code, head.content) == (got.status_code, b""), filled
        for one in (got, head):
            for name in CHANGING:
                one.headers.pop(name, None)
        assert dict(head.headers) == dict(got.headers), filled
    assert client.head(upload, headers={"Tus-Resumable": "1.0.0"}).headers["upload-offset"] == "0"


def test_a_head_can_be_conditional(dataset: Dataset) -> None:
    tag = dataset.get("/records").headers["etag"]
    answer = dataset.client.head(f"{dataset.url}/records", headers={"If-None-Match": tag})
    assert (answer.status_code, answer.content) == (304, b"")


def test_a_missing_resource_has_no_head(client: httpx.Client) -> None:
    assert client.head("/v1/datasets/nowhere").status_code == 404
    assert client.head("/nowhere").status_code == 404
    assert client.head("/v1/inspect").status_code == 405


def test_the_head_of_a_long_export_ends_at_once_and_frees_its_connection(client: httpx.Client) -> None:
    dataset = import_csv(client, "n,text\n" + "".join(f"{n},{'x' * 200}\n" for n in range(20_000)))
    for _ in range(12):
        answer = client.head(f"{dataset.url}/export")
        assert (answer.status_code, answer.content) == (200, b"")
    assert len(dataset.get("/export").content) > 4_000_000


def test_head_is_not_in_the_openapi_document(client: httpx.Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert [path for path, methods in paths.items() if "head" in methods] == ["/v1/uploads/{id}"]


def test_reading_by_head_changes_nothing(client: httpx.Client) -> None:
    dataset = create_people(client, 1)
    assert client.head(f"{dataset.url}/records/1").status_code == 200
    assert dataset.get_json()["version"] == 2
