"""Idempotency keys as the HTTP interface uses them: a few connections of their own, none before the first key.

They do not wait until what they commit is on disk: the log is written in order, so a change that survives a crash
has its claim there before it, and an answer that is lost is made again from what stands.
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

from anyio import CancelScope
from psycopg import AsyncConnection, Error, OperationalError
from psycopg_pool import PoolTimeout

from application.commands import idempotency_keys
from application.commands.idempotency_claims import BodyDigest
from application.commands.idempotency_keys import (
    AcquiredKey,
    CompletedKey,
    KeyedRequest,
    StoredResponse,
)
from interfaces.services import database
from interfaces.services.liveness_lock import LivenessLock

CONNECTIONS = 8
MAX_ATTEMPTS = 3

_log = logging.getLogger(__name__)


class KeyStore:
    def __init__(self, conninfo: str) -> None:
        self._pool = database.create_async_pool(
            database.session_conninfo(conninfo, synchronous_commit="off"), CONNECTIONS, least=0
        )
        self._life = LivenessLock(conninfo)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with self._pool:
            yield
        await self._life.close()

    async def take(self, asked: KeyedRequest) -> AcquiredKey | CompletedKey:
        """As `idempotency.take`. Raises psycopg's errors, too."""
        for _ in range(MAX_ATTEMPTS):
            holder = await self._life.number()
            async with self._pool.connection() as connection:
                taken = await idempotency_keys.acquire(connection, asked, uuid4(), holder)
                if isinstance(taken, CompletedKey) or taken.is_proven:
                    return taken
                await idempotency_keys.release(connection, taken.claim)
            await self._life.give_up(holder)
        raise OperationalError("the connection that proves that this process lives is lost again and again")

    async def finish(self, claim: UUID, body: BodyDigest, answer: StoredResponse) -> None:
        """Keep the answer. If the database is lost the key's next request finds what was done."""
        await self._do(lambda connection: idempotency_keys.complete(connection, claim, body, answer))

    async def release(self, claim: UUID) -> None:
        """Give the key free, even if the request is being cancelled."""
        await self._do(lambda connection: idempotency_keys.release(connection, claim))

    async def _do(self, work: Callable[["AsyncConnection[Any]"], Awaitable[None]]) -> None:
        """Where it fails this process is taken for dead by what it has claimed so far, so that no key stays locked;
        requests that are still at work are not harmed unless their client comes again meanwhile."""
        with CancelScope(shield=True):
            try:
                async with self._pool.connection() as connection:
                    await work(connection)
            except (Error, PoolTimeout) as error:
                _log.warning("what became of an idempotency key could not be noted: %s", error)
                await self._life.close()
