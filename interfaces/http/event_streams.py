"""What all streams of server-sent events have in common."""

from collections.abc import AsyncIterator

from fastapi.responses import StreamingResponse

HEARTBEAT_SECONDS = 15.0
RETRY_MILLISECONDS = 2_000
"""Delay after which a client should reconnect a broken stream."""

STREAM_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}

BEGIN = f"retry: {RETRY_MILLISECONDS}\n".encode()
STILL_CONNECTED = b": still connected\n"
"""Lines without an empty line after them belong to the next event: no event is without data."""


def event_stream_response(events: AsyncIterator[bytes]) -> StreamingResponse:
    return StreamingResponse(events, 200, STREAM_HEADERS, "text/event-stream")
