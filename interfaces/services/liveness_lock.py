"""That this process lives, for others to see: an advisory lock which goes with its connection, however that ends.

It costs one connection a process, from the first time it is asked for.
"""

import asyncio
from contextlib import suppress
from secrets import randbits
from typing import Any

from psycopg import AsyncConnection, Error


class LivenessLock:
    """A number whose advisory lock this process holds."""

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._connection: AsyncConnection[Any] | None = None
        self._number = 0
        self._changing = asyncio.Lock()

    async def number(self) -> int:
        """Raises psycopg's errors where there is no connection to be had."""
        async with self._changing:
            if self._connection is None:
                connection = await AsyncConnection.connect(self._conninfo, autocommit=True)
                self._number = randbits(63)
                await connection.execute("SELECT pg_advisory_lock(%s)", [self._number])
                self._connection = connection
            return self._number

    async def give_up(self, number: int) -> None:
        """Let `number` be taken for dead, unless it is so already; the next is another."""
        async with self._changing:
            if self._connection is not None and self._number == number:
                connection, self._connection = self._connection, None
                with suppress(Error):
                    await connection.close()

    async def close(self) -> None:
        """Let the present number be taken for dead."""
        await self.give_up(self._number)
