"""Requests with an idempotency key, as processes that live or die send them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from uuid import UUID, uuid4

import psycopg
from psycopg import AsyncConnection

from application.commands.idempotency import idempotency_keys
from application.commands.idempotency.idempotency_claims import BodyDigest, ClaimEffect, IdempotencyClaim
from application.commands.idempotency.idempotency_keys import AcquiredKey, CompletedKey, KeyedRequest, StoredResponse

Result = TypeVar("Result")

BODY = BodyDigest(b"digest", 12, True)
ANSWER = StoredResponse(201, [("etag", '"2"'), ("location", "/v1/x")], b'{"id": 1}')


@dataclass(frozen=True)
class KeyProcess:
    """A process that acts for keys: alive as long as its lock is held."""

    conninfo: str
    holder: int

    def acquire(self, request: KeyedRequest, claim: UUID | None = None) -> AcquiredKey | CompletedKey:
        return run_async(
            self.conninfo, lambda at: idempotency_keys.acquire(at, request, claim or uuid4(), self.holder)
        )

    def claim(self, request: KeyedRequest) -> IdempotencyClaim:
        acquired = self.acquire(request)
        assert isinstance(acquired, AcquiredKey)
        return IdempotencyClaim(acquired.claim, BODY)

    def complete(self, claim: IdempotencyClaim, answer: StoredResponse = ANSWER) -> None:
        run_async(self.conninfo, lambda at: idempotency_keys.complete(at, claim.id, claim.body, answer))

    def release(self, claim: IdempotencyClaim) -> None:
        run_async(self.conninfo, lambda at: idempotency_keys.release(at, claim.id))

    def note(self, claim: IdempotencyClaim, effect: ClaimEffect) -> None:
        with psycopg.connect(self.conninfo) as connection, connection.cursor() as cursor:
            idempotency_keys.complete_claims(cursor, [(claim, effect)])

    def holds(self, claim: IdempotencyClaim) -> bool:
        with psycopg.connect(self.conninfo) as connection, connection.cursor() as cursor:
            return claim.id in idempotency_keys.lock_claims(cursor, [claim])


@contextmanager
def run_process(conninfo: str) -> Iterator[KeyProcess]:
    """A process that lives as long as the block, and is gone after it."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        holder = uuid4().int >> 66
        connection.execute("SELECT pg_advisory_lock(%s::bigint)", [holder])
        yield KeyProcess(conninfo, holder)


def new_request(workspace: str = "default", actor: str = "ann") -> KeyedRequest:
    return KeyedRequest(workspace, actor, f"key-{uuid4()}", b"POST /records")


def other_request(request: KeyedRequest) -> KeyedRequest:
    """Another request with the same key."""
    return replace(request, request=b"POST /batch")


def set_expired(conninfo: str, request: KeyedRequest) -> None:
    query = "UPDATE idempotency SET expires_at = now(), created_at = now() - interval '1 day' WHERE key = %s"
    with psycopg.connect(conninfo, autocommit=True) as connection:
        assert connection.execute(query, [request.key]).rowcount == 1


def read_row(conninfo: str, request: KeyedRequest, columns: str) -> tuple[Any, ...] | None:
    """These columns of the key's row."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        query = f"SELECT {columns} FROM idempotency WHERE workspace = %s AND actor = %s AND key = %s"  # noqa: S608
        return connection.execute(query.encode(), [request.workspace, request.actor, request.key]).fetchone()


def run_async(
    conninfo: str,
    do: "Callable[[AsyncConnection[Any]], Awaitable[Result]]",
    kind: "type[AsyncConnection[Any]]" = AsyncConnection,
) -> Result:
    async def run() -> Result:
        async with await kind.connect(conninfo, autocommit=True) as connection:
            return await do(connection)

    return asyncio.run(run())
