"""Transport of exports: headers, ranges, clients that disconnect or stall, and errors after the start."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest

from interfaces.http import streaming
from interfaces.services.wiring import Service
from tests.given import Dataset, code, create_people, import_csv, problem, unique

MANY = 60_000
BUSY = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'COPY (SELECT%%' AND state = 'active' AND datname = %s"


@pytest.fixture(scope="module")
def large(client: httpx.Client) -> Dataset:
    """More than fits into the buffers between the service and a client: some 30 MB."""
    rows = "".join(f"{number},{'x' * 500}\n" for number in range(MANY))
    return import_csv(client, f"n,{unique('x')}\n{rows}")


def fetch(dataset: Dataset, method: str = "GET", *, format: str = "xlsx", **headers: str) -> httpx.Response:
    return dataset.client.request(
        method,
        f"{dataset.url}/export",
        params={"format": format},
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


@contextmanager
def opened(dataset: Dataset, format: str = "csv", at_once: int = 4_096) -> Iterator[socket.socket]:
    """A client that has requested an export and reads nothing on its own."""
    address = urlsplit(str(dataset.client.base_url))
    with socket.socket() as plain:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, at_once)
        plain.settimeout(30)
        plain.connect((address.hostname, address.port))
        plain.sendall(f"GET {dataset.url}/export?format={format} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        yield plain


def copies(service: Service) -> list[int]:
    """The processes of PostgreSQL that copy for an export."""
    with psycopg.connect(service.conninfo) as connection:
        return [pid for (pid,) in connection.execute(BUSY, [connection.info.dbname])]


def until(what: object, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not what():  # type: ignore[operator]
        assert time.monotonic() < end, f"not within {seconds} seconds"
        time.sleep(0.05)


def test_the_headers_come_without_the_body_too(client: httpx.Client) -> None:
    """But for what shows only while the body is made: its length and its coding."""
    dataset = create_people(client, 30)
    for format, ranges in (("csv", "none"), ("xlsx", "bytes"), ("parquet", "bytes"), ("datapackage", "none")):
        head, whole = fetch(dataset, "HEAD", format=format), fetch(dataset, format=format)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["accept-ranges"] == ranges and "content-length" not in head.headers
        own = ("date", "content-length", "transfer-encoding", "content-encoding")
        assert [(n, v) for n, v in head.headers.items() if n not in own] == [
            (n, v) for n, v in whole.headers.items() if n not in own
        ]


def test_a_file_is_named_by_its_version(client: httpx.Client) -> None:
    dataset = create_people(client, 30)
    slug = dataset.get_json()["slug"]
    disposition = dataset.get("/export", format="parquet", as_of=1).headers["content-disposition"]
    assert disposition == f"attachment; filename=\"{slug}-v1.parquet\"; filename*=UTF-8''{slug}-v1.parquet"


def test_what_the_client_has_is_not_sent_again(client: httpx.Client) -> None:
    dataset = create_people(client, 30)
    for format in ("csv", "xlsx"):
        answer = fetch(dataset, format=format, If_None_Match='"2"')
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", '"2"')
        assert fetch(dataset, format=format, If_None_Match='"1"').status_code == 200


def test_only_a_version_of_a_dataset_by_its_id_never_changes(client: httpx.Client) -> None:
    dataset = create_people(client, 30)
    slug = dataset.get_json()["slug"]
    assert "immutable" in dataset.get("/export", as_of=2).headers["cache-control"]
    assert "immutable" not in dataset.get("/export").headers["cache-control"]
    assert "immutable" not in dataset.get("/export", as_of=dataset.get_json()["updated_at"]).headers["cache-control"]
    assert "immutable" not in client.get(f"/v1/datasets/{slug}/export?as_of=2").headers["cache-control"]


@pytest.mark.parametrize("format", ["xlsx", "parquet"])
def test_a_range_of_a_file_is_the_same_in_every_request(client: httpx.Client, format: str) -> None:
    dataset = create_people(client, 30, 40)
    whole = fetch(dataset, format=format)
    parts = [
        fetch(dataset, format=format, Range=byte_range, If_Range='"3"') for byte_range in ("bytes=0-99", "bytes=100-")
    ]
    assert [part.status_code for part in parts] == [206, 206]
    assert b"".join(part.content for part in parts) == whole.content
    assert parts[0].headers["content-range"] == f"bytes 0-99/{len(whole.content)}"
    assert fetch(dataset, format=format, Range="bytes=0-9", If_Range='"2"').content == whole.content
    assert code(fetch(dataset, format=format, Range="bytes=9999999-"), 416) == "range-not-satisfiable"


def test_a_range_of_a_stream_is_answered_with_the_whole(client: httpx.Client) -> None:
    answer = fetch(create_people(client, 30), format="csv", Range="bytes=0-3")
    assert (answer.status_code, answer.text) == (200, "name,age,balance,born\np1,30,,\n")


@pytest.mark.parametrize("format", ["csv", "ndjson", "datapackage"])
def test_an_export_that_fails_does_not_look_complete(large: Dataset, service: Service, format: str) -> None:
    with (
        pytest.raises(httpx.RemoteProtocolError),
        large.client.stream("GET", f"{large.url}/export", params={"format": format}) as answer,
    ):
        pieces = answer.iter_raw(1_000)
        next(pieces)
        with psycopg.connect(service.conninfo) as connection:
            for pid in copies(service):
                connection.execute("SELECT pg_terminate_backend(%s)", [pid])
        for _ in pieces:
            pass
    assert large.get("/export", format="csv", fields="n").status_code == 200


def test_a_client_that_disconnects_ends_the_query_and_frees_its_connection(large: Dataset, service: Service) -> None:
    for _ in range(6):
        with opened(large) as client:
            assert client.recv(100).startswith(b"HTTP/1.1 200")
            until(lambda: copies(service))
    until(lambda: not copies(service))
    for format in ("csv", "xlsx"):
        assert large.get("/export", format=format, fields="n", filter="n lt 3").status_code == 200


def test_a_client_that_disconnects_ends_the_writing_of_its_file(large: Dataset, service: Service) -> None:
    with opened(large, "xlsx"):
        until(lambda: copies(service))
    until(lambda: not copies(service))
    until(lambda: not list(service.settings.scratch.iterdir()))


def test_a_client_that_stalls_is_cut_off(large: Dataset, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "STALL_SECONDS", 0.5)
    with opened(large) as client:
        until(lambda: copies(service))
        until(lambda: not copies(service))
        received = b""
        while piece := client.recv(1 << 20):
            received += piece
        assert not received.endswith(b"0\r\n\r\n")


def test_a_fifth_export_waits_up_to_the_timeout(large: Dataset, service: Service) -> None:
    with ExitStack() as stack:
        for _ in range(4):
            stack.enter_context(opened(large)).recv(100)
        until(lambda: len(copies(service)) == 4)
        refused = problem(large.get("/export"), 503)
        assert refused["type"] == "/problems/overloaded"
        assert large.get("/records", limit=1).status_code == 200, "pages have connections of their own"
    until(lambda: not copies(service))
    assert large.get("/export", fields="n", filter="n lt 3").status_code == 200
