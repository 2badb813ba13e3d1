"""Proves to other processes that this one is alive: an advisory lock that is released when its connection ends.

It uses one connection per process, opened on first use.
"""

import asyncio
from contextlib import suppress
from secrets import randbits
from typing import Any

from psycopg import AsyncConnection, Error


class LivenessLock:
    """Holds an advisory lock on a random number while this process lives."""

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._connection: AsyncConnection[Any] | None = None
        self._number = 0
        self._changing = asyncio.Lock()

    async def number(self) -> int:
        """The locked number. Raises psycopg's errors if it cannot connect."""
        async with self._changing:
            if self._connection is None:
                connection = await AsyncConnection.connect(self._conninfo, autocommit=True)
                self._number = randbits(63)
                await connection.execute("SELECT pg_advisory_lock(%s)", [self._number])
                self._connection = connection
            return self._number

    async def release(self, number: int) -> None:
        """Release the lock on `number` if it is still held; the next `number()` differs."""
        async with self._changing:
            if self._connection is not None and self._number == number:
                connection, self._connection = self._connection, None
                with suppress(Error):
                    await connection.close()

    async def close(self) -> None:
        """Release the lock on the current number."""
        await self.release(self._number)
