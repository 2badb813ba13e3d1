"""Compresses responses with Zstandard or gzip, if the client accepts it and the response is worth it.

Entity tags stay unchanged, because they name versions and not bytes. Responses that are already compressed, ranges of
files and event streams are not compressed. A stream is compressed piece by piece, without delaying a piece.
"""

from anyio import to_thread
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from interfaces.http.middleware.content_codings import (
    Coding,
    StreamCompressor,
    coding_for,
    compress_content,
)

MIN_BYTES = 1_000
"""Smaller responses fit into one packet anyway."""

LARGE_BYTES = 256 * 1024
"""Larger responses are compressed in a thread, to keep the event loop free."""

COMPRESSIBLE_TYPES = (
    "application/json",
    "application/problem+json",
    "application/x-ndjson",
    "application/xml",
    "text/",
)
"""Prefixes of the media types that are worth compressing."""

EXCLUDED_TYPES = ("text/event-stream",)

STATUSES_WITHOUT_CONTENT = (204, 206, 304)


class Compression:
    """ASGI middleware that compresses responses."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        accepted = [value for name, value in scope["headers"] if name == b"accept-encoding"]
        coding = coding_for(b",".join(accepted)) if accepted else None
        if coding is None:
            await self._app(scope, receive, send)
            return
        await self._app(scope, receive, _CompressedResponse(send, coding).send)


class _CompressedResponse:
    """Forwards a response, compressed if it is worth it."""

    def __init__(self, send: Send, coding: Coding) -> None:
        self._send = send
        self._coding: Coding = coding
        self._start: Message | None = None
        self._stream: StreamCompressor | None = None

    async def send(self, message: Message) -> None:
        more = message.get("more_body", False)
        if message["type"] == "http.response.start" and _is_compressible(message):
            self._start = message
        elif message["type"] != "http.response.body":
            await self._send(message)
        elif self._stream is not None:
            await self._send(_body_message(self._stream.piece(message.get("body", b""), more), more))
        elif self._start is not None:
            await self._begin(self._start, message)
        else:
            await self._send(message)

    async def _begin(self, start: Message, message: Message) -> None:
        """Handle the first piece of content, which is the only one or begins a stream."""
        self._start = None
        content, more = message.get("body", b""), message.get("more_body", False)
        if len(content) < MIN_BYTES and not more:
            await self._send(start)
            await self._send(message)
            return
        headers = MutableHeaders(raw=start["headers"])
        if "accept-encoding" not in headers.get("vary", "").lower():
            headers.add_vary_header("Accept-Encoding")
        headers["Content-Encoding"] = self._coding
        if more:
            self._stream = StreamCompressor(self._coding)
            content = self._stream.piece(content, more)
            del headers["Content-Length"]
        else:
            if len(content) > LARGE_BYTES:
                content = await to_thread.run_sync(compress_content, content, self._coding)
            else:
                content = compress_content(content, self._coding)
            headers["Content-Length"] = str(len(content))
        await self._send(start)
        await self._send(_body_message(content, more))


def _is_compressible(start: Message) -> bool:
    if start["status"] in STATUSES_WITHOUT_CONTENT:
        return False
    media_type, has_coding = b"", False
    for name, value in start["headers"]:
        if name == b"content-type":
            media_type = value
        has_coding |= name in (b"content-encoding", b"content-range")
    text = media_type.decode("latin-1")
    return text.startswith(COMPRESSIBLE_TYPES) and not text.startswith(EXCLUDED_TYPES) and not has_coding


def _body_message(content: bytes, more: bool) -> Message:
    return {"type": "http.response.body", "body": content, "more_body": more}
