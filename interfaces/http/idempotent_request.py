"""A request that acts for an idempotency key: the key, its claim, and the body as far as it was read."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

from application.commands.idempotency_claims import BodyDigest, IdempotencyClaim

SCOPE_KEY = "rowledger.claimed"
"""Where the request's scope has it."""


class HashedBody:
    """A request's body that is hashed as it passes; it is never held."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._digest = hashlib.sha256()
        self._size = 0
        self._is_whole = False

    @property
    def read(self) -> BodyDigest:
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
    """The key that a request acts for and its claim, once its body has been read; None for most requests."""
    claimed: IdempotentRequest | None = scope.get(SCOPE_KEY)
    return None if claimed is None else (claimed.key, IdempotencyClaim(claimed.claim, claimed.body.read))


async def is_same_body(receive: Receive, expected: BodyDigest) -> bool:
    """Whether a request's body is the one that was read before, as far as that was read.

    Raises ClientDisconnect if it does not come to its end.
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
