"""Bodies that are sent as they come into being. What breaks off is never taken for whole: the connection is cut.

A client that has gone ends the work for it, and so does one that takes nothing for long.
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
"""How long a client may take for a piece of some kilobytes; then it is cut off."""

FILE_PIECE_BYTES = 1 << 18

T = TypeVar("T")
Pieces = AsyncGenerator[bytes]

_log = logging.getLogger(__name__)


class PieceStreamResponse(StreamingResponse):
    """Sends the pieces; `close` is called in the end, whatever happens."""

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
            await run_until_disconnect(receive, self._sent(send))
        except ClientDisconnect:
            _log.info("%s: the client left before the end", scope["path"])
        except TimeoutError:
            _log.warning("%s: cut off, for the client took nothing for %s s", scope["path"], STALL_SECONDS)
        except Exception:
            _log.exception("%s: cut off, for the rest could not be made", scope["path"])
        finally:
            await self._pieces.aclose()
            if self._close is not None:
                self._close()

    async def _sent(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async for piece in self._pieces:
            async with asyncio.timeout(STALL_SECONDS):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def prefetch_first(request: Request, pieces: Pieces) -> Pieces:
    """The pieces, the first of which is at hand: what fails before it can still be answered with a problem.

    Raises ClientDisconnect.
    """
    try:
        first = await run_until_disconnect(request.receive, _first_piece(pieces))
    except BaseException:
        await pieces.aclose()
        raise
    return _prepend_piece(first, pieces)


async def run_until_disconnect(receive: Receive, work: Awaitable[T]) -> T:
    """The result of the work, which ends when the client goes. Raises ClientDisconnect then."""
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
    """The bytes of an open file from `start` up to before `end`."""
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
