"""Stores a response for its idempotency key before the client receives it."""

from uuid import UUID

from starlette.types import Message, Send

from application.commands.idempotency.idempotency_keys import StoredResponse
from interfaces.http.idempotent_request import HashedBody
from interfaces.http.middleware.idempotency_connections import KeyStore
from interfaces.http.problems import CLIENT_CLOSED_REQUEST

MAX_STORED_BYTES = 1 << 20
"""Maximum size of stored content; of a larger response only status and headers are stored."""

RETRYABLE_STATUSES = frozenset((401, 403, 408, 423, 425, 429, CLIENT_CLOSED_REQUEST))
"""A repeated request may succeed later, as after a response with `Retry-After` or a status of 500 or more."""


class RecordedResponse:
    """Receives the messages of a response; `is_finished`: the key was completed or released."""

    def __init__(self, send: Send, keys: KeyStore, claim: UUID, body: HashedBody) -> None:
        self.is_finished = False
        self._send = send
        self._keys = keys
        self._claim = claim
        self._body = body
        self._start: Message = {}
        self._pieces: list[bytes] = []
        self._size = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        if message["type"] != "http.response.body" or self.is_finished:
            await self._send(message)
            return
        self._pieces.append(message.get("body", b""))
        self._size += len(self._pieces[-1])
        more = message.get("more_body", False)
        if more and self._size <= MAX_STORED_BYTES:
            return
        content = b"".join(self._pieces)
        await self._finish(content if self._size <= MAX_STORED_BYTES else None)
        self._pieces.clear()
        await self._send(self._start)
        await self._send({"type": "http.response.body", "body": content, "more_body": more})

    async def _finish(self, content: bytes | None) -> None:
        status = self._start["status"]
        headers = [
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in self._start.get("headers", [])
        ]
        if status >= 500 or status in RETRYABLE_STATUSES or any(name == "retry-after" for name, _ in headers):
            await self._keys.release(self._claim)
        else:
            await self._keys.complete(self._claim, self._body.digest, StoredResponse(status, headers, content))
        self.is_finished = True
