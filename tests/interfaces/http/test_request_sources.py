"""Web pages of other origins, and pages that reach the service under another name, can change and read nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from application.settings import BadSetting, read_settings
from interfaces.services.wiring import Service
from tests.given import Dataset, code, create_people, json_of, problem, serve_http
from tests.interfaces.http.raw_requests import handshake
from tests.interfaces.odata.odata_requests import error_object

EVIL = "https://evil.example"
JOB = "/v1/jobs/00000000-0000-4000-8000-000000000000/watch"


@pytest.fixture(scope="module")
def dataset(client: httpx.Client) -> Dataset:
    return create_people(client, 30)


@contextmanager
def with_settings(service: Service, **settings: Any) -> Iterator[httpx.Client]:
    changed = replace(service, settings=replace(service.settings, **settings))
    with serve_http(changed) as address, httpx.Client(base_url=address) as client:
        yield client


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.0.0.1:1",
        "127.8.8.8",
        "localhost",
        "LOCALHOST:8000",
        "app.localhost",
        "[::1]:8000",
        "localhost.",
    ],
)
def test_loopback_names_are_answered(client: httpx.Client, host: str) -> None:
    json_of(client.get("/v1/datasets", headers={"Host": host}))


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8000", "0.0.0.0", "192.168.0.1", "localhost.evil.example", "evil, a.localhost", "",
     "127.0.0.1.nip.io", "[::2]", "user@localhost", "localhost:x"],
)  # fmt: skip
def test_other_names_are_refused_everywhere(client: httpx.Client, dataset: Dataset, host: str) -> None:
    for path in (
        "/status",
        "/docs",
        "/openapi.json",
        "/v1/datasets",
        f"{dataset.url}/records",
        f"{dataset.url}/export",
    ):
        assert code(client.get(path, headers={"Host": host}), 421) == "unknown-host"
    assert error_object(client.get("/odata/", headers={"Host": host}), 421)["code"] == "unknown-host"
    answer = client.delete(f"{dataset.url}/records/1", headers={"Host": host})
    assert code(answer, 421) == "unknown-host" and dataset.get_json()["version"] == 2


def test_hosts_of_the_settings_are_answered(service: Service) -> None:
    hosts = ("data.example.com", "*.internal")
    with with_settings(service, allowed_hosts=hosts, public_url="https://public.example/x") as client:
        for host in ("data.example.com", "a.internal:80", "a.b.internal", "public.example", "localhost"):
            json_of(client.get("/v1/datasets", headers={"Host": host}))
        for host in ("example.com", "internal", "evilinternal", "x.public.example"):
            assert code(client.get("/v1/datasets", headers={"Host": host}), 421) == "unknown-host"
    with with_settings(service, allowed_hosts=("*",)) as client:
        json_of(client.get("/v1/datasets", headers={"Host": "anything.example"}))


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": EVIL},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Origin": "http://127.0.0.1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": EVIL, "Sec-Fetch-Site": "same-origin"},
    ],
    ids=str,
)
def test_writes_of_foreign_pages_are_refused(client: httpx.Client, dataset: Dataset, headers: dict[str, str]) -> None:
    batch: dict[str, Any] = {"content": b'{"operations": [{"op": "delete", "id": 1}]}'}
    form: dict[str, Any] = {"files": {"file": ("a.csv", b"a,b\n1,2\n")}}
    calls: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", f"{dataset.url}/batch", batch),
        ("POST", "/v1/datasets", form),
        ("POST", f"{dataset.url}/imports", form),
        ("POST", "/v1/inspect", form),
        ("POST", "/v1/uploads", {}),
        ("PATCH", f"{dataset.url}/records/1", batch),
        ("PUT", f"{dataset.url}/records/1", batch),
        ("DELETE", f"{dataset.url}/records/1", {}),
        ("DELETE", f"{dataset.url}/records?filter=true", {}),
    ]
    for method, path, body in calls:
        answer = client.request(method, path, headers=headers, **body)
        assert code(answer, 403) == "foreign-origin", path
    assert dataset.get_json()["version"] == 2


def test_the_services_own_pages_may_write(client: httpx.Client) -> None:
    dataset = create_people(client)
    own = str(client.base_url).rstrip("/")
    for number, headers in enumerate(
        ({"Origin": own, "Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}), 1
    ):
        answer = dataset.send("POST", "/records", {"values": {"name": "x"}}, **headers)
        assert json_of(answer, 201)["id"] == number
    answer = dataset.send(
        "POST", "/records", {"values": {"name": "x"}}, Host="localhost", Origin="http://localhost:80"
    )
    assert json_of(answer, 201)["id"] == 3


def test_pages_of_other_origins_may_read_only_what_cors_allows(client: httpx.Client) -> None:
    answer = client.get("/v1/datasets", headers={"Origin": EVIL, "Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 200 and "access-control-allow-origin" not in answer.headers


def test_cors_allows_writes_of_its_origins(service: Service) -> None:
    page = "https://app.example.com"
    body = {"name": "cors", "columns": [{"name": "a", "type": "string"}]}
    with with_settings(service, cors_origins=(page,)) as client:
        headers = {"Sec-Fetch-Site": "cross-site"}
        json_of(client.post("/v1/datasets", json=body, headers=headers | {"Origin": page}), 201)
        answer = client.post("/v1/datasets", json=body, headers=headers | {"Origin": EVIL})
        assert code(answer, 403) == "foreign-origin"
    with with_settings(service, cors_origins=("*",)) as client:
        json_of(client.post("/v1/datasets", json=body, headers=headers | {"Origin": EVIL}), 201)


def test_the_public_address_is_an_own_origin(service: Service) -> None:
    body = {"name": "public", "columns": [{"name": "a", "type": "string"}]}
    with with_settings(service, public_url="https://data.example.com/x") as client:
        json_of(client.post("/v1/datasets", json=body, headers={"Origin": "https://data.example.com"}), 201)
        assert code(client.post("/v1/datasets", json=body, headers={"Origin": "https://data.example.com:1"}), 403)


def test_a_websocket_of_a_foreign_page_is_refused_in_the_handshake(client: httpx.Client) -> None:
    for origin in (EVIL, "null", "http://localhost:1"):
        status, answer = handshake(client, JOB, origin=origin)
        assert status == 403 and "foreign-origin" in answer
    assert handshake(client, JOB, host="evil.example")[0] == 421
    assert handshake(client, JOB, sec_fetch_site="cross-site")[0] == 403
    assert handshake(client, JOB, host="localhost:8000", origin="http://localhost:8000")[0] == 101
    assert handshake(client, JOB)[0] == 101


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
def test_a_body_needs_its_content_type(client: httpx.Client, dataset: Dataset, method: str) -> None:
    def pieces() -> Iterator[bytes]:
        yield b'{"operations": []}'

    for content in (b'{"operations": []}', pieces()):
        for path in ("/batch", "/records/1", "/records?filter=true", "/imports"):
            refused = problem(client.request(method, f"{dataset.url}{path}", content=content), 415)
            assert refused["type"] == "/problems/unsupported-media-type" and "Content-Type" in refused["detail"]
    answer = client.request(method, f"{dataset.url}/records/1", content=b"{}", headers={"Content-Type": ""})
    assert answer.status_code == 415


def test_a_request_without_a_body_needs_none(client: httpx.Client) -> None:
    dataset = create_people(client, 30)
    assert client.delete(f"{dataset.url}/records/1").status_code == 204
    assert client.post("/v1/uploads", headers={"Tus-Resumable": "1.0.0", "Upload-Length": "0"}).status_code == 201


@pytest.mark.parametrize("text", ["http://a", "a:80", "a/b", "a b", "*a", "a.*"])
def test_an_invalid_host_is_refused(text: str) -> None:
    with pytest.raises(BadSetting, match="ROWLEDGER_ALLOWED_HOSTS"):
        read_settings({"ROWLEDGER_ALLOWED_HOSTS": text}, Path())


def test_hosts_are_separated_by_commas() -> None:
    settings = read_settings({"ROWLEDGER_ALLOWED_HOSTS": "Data.example.com, *.internal,[2001:db8::1]"}, Path())
    assert settings.allowed_hosts == ("data.example.com", "*.internal", "[2001:db8::1]")
