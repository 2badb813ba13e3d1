"""Stores idempotency keys for the HTTP interface, over a separate small pool that connects on first use.

Commits do not wait for the disk. The write-ahead log is ordered, so if a change survives a crash, its key, acquired
before it, does too; a lost response is rebuilt from the stored change.
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

from anyio import CancelScope
from psycopg import AsyncConnection, Error, OperationalError
from psycopg_pool import PoolTimeout

from application.commands.idempotency import idempotency_keys
from application.commands.idempotency.idempotency_claims import BodyDigest
from application.commands.idempotency.idempotency_keys import (
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
            database.session_conninfo(conninfo, synchronous_commit="off"), CONNECTIONS, min_size=0
        )
        self._life = LivenessLock(conninfo)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with self._pool:
            yield
        await self._life.close()

    async def acquire(self, request: KeyedRequest) -> AcquiredKey | CompletedKey:
        """Acquire the key, or return its stored response. Raises psycopg's errors and those of `acquire`."""
        for _ in range(MAX_ATTEMPTS):
            holder = await self._life.number()
            async with self._pool.connection() as connection:
                acquired = await idempotency_keys.acquire(connection, request, uuid4(), holder)
                if isinstance(acquired, CompletedKey) or acquired.is_proven:
                    return acquired
                await idempotency_keys.release(connection, acquired.claim)
            await self._life.release(holder)
        raise OperationalError("the connection of the liveness lock was lost repeatedly")

    async def complete(self, claim: UUID, body: BodyDigest, response: StoredResponse) -> None:
        """Store the response. If that fails, the next request with the key finds what was executed."""
        await self._do(lambda connection: idempotency_keys.complete(connection, claim, body, response))

    async def release(self, claim: UUID) -> None:
        """Release the key, even if the request is being cancelled."""
        await self._do(lambda connection: idempotency_keys.release(connection, claim))

    async def _do(self, work: Callable[["AsyncConnection[Any]"], Awaitable[None]]) -> None:
        """Run `work`. If it fails, release the liveness lock, so that this process keeps no key locked; its running
        requests are unaffected unless their client repeats them meanwhile."""
        with CancelScope(shield=True):
            try:
                async with self._pool.connection() as connection:
                    await work(connection)
            except (Error, PoolTimeout) as error:
                _log.warning("an idempotency key could not be completed or released: %s", error)
                await self._life.close()
