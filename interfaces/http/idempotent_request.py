"""A request with an idempotency key: the key, the id of its lock, and the hash of the body read so far."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

from application.commands.idempotency.idempotency_claims import BodyDigest, IdempotencyClaim

SCOPE_KEY = "rowledger.idempotency"
"""The key in the ASGI scope under which the `IdempotentRequest` is stored."""


class HashedBody:
    """Hashes a request's body while it is read, without storing it."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._digest = hashlib.sha256()
        self._size = 0
        self._is_whole = False

    @property
    def digest(self) -> BodyDigest:
        """The digest of what has been read so far."""
        return BodyDigest(self._digest.digest(), self._size, self._is_whole)

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            piece = message.get("body", b"")
            self._digest.update(piece)
            self._size += len(piece)
            self._is_whole = not message.get("more_body", False)
        return message


@dataclass(frozen=True, slots=True)
class IdempotentRequest:
    key: str
    claim: UUID
    body: HashedBody


def acquired_key(scope: Mapping[str, Any]) -> tuple[str, IdempotencyClaim] | None:
    """The acquired key of a request with the digest of its body read so far; None for requests without a key."""
    keyed: IdempotentRequest | None = scope.get(SCOPE_KEY)
    return None if keyed is None else (keyed.key, IdempotencyClaim(keyed.claim, keyed.body.digest))


async def is_same_body(receive: Receive, expected: BodyDigest) -> bool:
    """Whether a request's body equals the body that was read before, up to the length that was read.

    Raises ClientDisconnect if the client disconnects before the end of the body.
    """
    digest, size, ended = hashlib.sha256(), 0, False
    while not ended and (size <= expected.size if expected.is_whole else size < expected.size):
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        piece = message.get("body", b"")
        digest.update(piece[: max(0, expected.size - size)])
        size += len(piece)
        ended = not message.get("more_body", False)
    has_length = size == expected.size if expected.is_whole else size >= expected.size
    return has_length and digest.digest() == expected.sha256
