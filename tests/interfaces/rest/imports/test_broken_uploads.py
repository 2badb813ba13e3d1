"""A client that breaks off its upload leaves one line in the log, and nothing else."""

import logging
import socket
import time
from collections.abc import Callable

import httpx
import pytest

from interfaces.services.wiring import Service

FORM = 'multipart/form-data; boundary="b"'
PART = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\na,b\n1,'
TUS = "Tus-Resumable: 1.0.0\r\nUpload-Length: 1000000\r\n"


def break_off(client: httpx.Client, path: str, media_type: str, body: bytes, more: str = "") -> None:
    """Send the beginning of a request, then close the connection."""
    host, port = client.base_url.host, client.base_url.port
    head = f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: {media_type}\r\n{more}"
    with socket.create_connection((host, port), timeout=10) as connection:
        connection.sendall(f"{head}Content-Length: 1000000\r\n\r\n".encode() + body)
        time.sleep(0.1)


def until(is_done: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not is_done() and time.monotonic() < end:
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("path", "media_type", "body", "more"),
    [
        ("/v1/datasets", "text/csv", b"a,b\n1,", ""),
        ("/v1/datasets", FORM, PART, ""),
        ("/v1/datasets", "application/json", b'{"name": ', ""),
        ("/v1/inspect", "text/csv", b"", ""),
        ("/v1/inspect", FORM, PART, ""),
        ("/v1/datasets", "text/csv", b"a,b\n1,", "Idempotency-Key: broken-off\r\n"),
        ("/v1/uploads", "application/offset+octet-stream", b"a,b\n", TUS),
    ],
)
def test_it_writes_one_line(
    client: httpx.Client,
    service: Service,
    caplog: pytest.LogCaptureFixture,
    path: str,
    media_type: str,
    body: bytes,
    more: str,
) -> None:
    before = set(service.settings.uploads.iterdir())
    with caplog.at_level(logging.INFO):
        break_off(client, path, media_type, body, more)
        until(lambda: len(caplog.records) > 0)
        time.sleep(0.3)
    (record,) = [record for record in caplog.records if record.name.startswith(("interfaces", "uvicorn"))]
    assert record.exc_info is None and "\n" not in record.getMessage()
    assert path in record.getMessage() and "disconnected" in record.getMessage()
    assert set(service.settings.uploads.iterdir()) <= before
