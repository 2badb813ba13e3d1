"""Streams response bodies. If a stream fails, the connection is cut, so that a client never takes it for complete.

The work ends when the client disconnects or stalls.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import BinaryIO, TypeVar

from anyio import to_thread
from fastapi import Request
from fastapi.responses import StreamingResponse
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

STALL_SECONDS = 60.0
"""Maximum time a client may take to receive one piece; then the connection is cut."""

FILE_PIECE_BYTES = 1 << 18

T = TypeVar("T")
Pieces = AsyncGenerator[bytes]

_log = logging.getLogger(__name__)


class PieceStreamResponse(StreamingResponse):
    """Streams the pieces and always calls `close` at the end."""

    def __init__(
        self,
        pieces: Pieces,
        status: int,
        headers: Mapping[str, str],
        media_type: str,
        close: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(pieces, status, headers, media_type)
        self._pieces = pieces
        self._close = close

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await run_until_disconnect(receive, self._send_pieces(send))
        except ClientDisconnect:
            _log.info("%s: the client disconnected before the end", scope["path"])
        except TimeoutError:
            _log.warning("%s: connection cut, the client received nothing for %s s", scope["path"], STALL_SECONDS)
        except Exception:
            _log.exception("%s: connection cut, the rest of the body failed", scope["path"])
        finally:
            await self._pieces.aclose()
            if self._close is not None:
                self._close()

    async def _send_pieces(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async for piece in self._pieces:
            async with asyncio.timeout(STALL_SECONDS):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def prefetch_first(request: Request, pieces: Pieces) -> Pieces:
    """Wait for the first piece and return all pieces: an error before it can still become a problem document.

    Raises ClientDisconnect if the client disconnects, and the errors of `pieces`.
    """
    try:
        first = await run_until_disconnect(request.receive, _first_piece(pieces))
    except BaseException:
        await pieces.aclose()
        raise
    return _prepend_piece(first, pieces)


async def run_until_disconnect(receive: Receive, work: Awaitable[T]) -> T:
    """The result of `work`, which is cancelled if the client disconnects. Raises ClientDisconnect then."""
    working, leaving = asyncio.ensure_future(work), asyncio.ensure_future(_wait_for_disconnect(receive))
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientDisconnect
        return working.result()
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def read_file_range(file: BinaryIO, start: int, end: int) -> Pieces:
    """The bytes of an open file from `start` to `end` (exclusive). Raises EOFError if the file is shorter."""
    file.seek(start)
    while start < end:
        piece = await to_thread.run_sync(file.read, min(FILE_PIECE_BYTES, end - start))
        if not piece:
            raise EOFError(f"the file ends at {start}, not at {end}")
        start += len(piece)
        yield piece


async def _first_piece(pieces: Pieces) -> bytes:
    return await anext(pieces, b"")


async def _prepend_piece(first: bytes, pieces: Pieces) -> Pieces:
    try:
        if first:
            yield first
        async for piece in pieces:
            yield piece
    finally:
        await pieces.aclose()


async def _wait_for_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
