"""Requests by hand: client libraries encode URLs, and do not show the answer to a refused WebSocket handshake."""

import socket

import httpx


def get_raw(client: httpx.Client, target: bytes) -> tuple[int, str]:
    """The status and the rest of the answer to a GET request for exactly these bytes."""
    return _exchange(client, target, [b"Host: localhost", b"Connection: close"])


def handshake(client: httpx.Client, path: str, **headers: str) -> tuple[int, str]:
    """The status and the rest of the answer to a WebSocket handshake; `origin` is the header `Origin`."""
    named = {"host": "localhost"} | {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{name}: {value}".encode() for name, value in named.items()]
    upgrade = [
        b"Connection: Upgrade",
        b"Upgrade: websocket",
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        b"Sec-WebSocket-Version: 13",
    ]
    return _exchange(client, path.encode(), [*lines, *upgrade])


def _exchange(client: httpx.Client, target: bytes, headers: list[bytes]) -> tuple[int, str]:
    """The connection is read to its end, or until it has been upgraded."""
    host, port = client.base_url.host, client.base_url.port
    answer = b""
    with socket.create_connection((host, port), timeout=10) as connection:
        connection.sendall(b"\r\n".join([b"GET " + target + b" HTTP/1.1", *headers, b"", b""]))
        while not (answer.startswith(b"HTTP/1.1 101") and b"\r\n\r\n" in answer):
            piece = connection.recv(65536)
            if not piece:
                break
            answer += piece
    return int(answer.split(b" ", 2)[1]), answer.decode("utf-8", "replace")
