"""Wakes tasks that wait for new events: one connection per process listens for the notifications of `LogAnnouncer`.

The head of the log is also polled every second, in case a notification was lost.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import psycopg
from psycopg import AsyncConnection
from psycopg_pool import PoolTimeout

from application.log.announcer import CHANNEL
from application.log.event_table import read_head
from interfaces.services.background import run_in_background
from interfaces.services.database import AsyncPool

POLL_SECONDS = 1.0
RECONNECT_SECONDS = 1.0

_log = logging.getLogger(__name__)


class LogWatch:
    def __init__(self, conninfo: str, pool: AsyncPool) -> None:
        self.is_closed = False
        self._conninfo = conninfo
        self._pool = pool
        self._changed = asyncio.Event()
        self._head = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Listen and poll while the block runs."""
        async with run_in_background(self._listen(), self._poll()):
            try:
                yield
            finally:
                self.close()

    def close(self) -> None:
        """Wake all waiting tasks, because the service is about to stop."""
        self.is_closed = True
        self._wake()

    @property
    def next_change(self) -> asyncio.Event:
        """An event that is set when the log grows. Get it before reading the log, then wait for it."""
        return self._changed

    def _wake(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def _listen(self) -> None:
        while True:
            try:
                async with await AsyncConnection.connect(self._conninfo, autocommit=True) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}".encode())
                    async for _ in connection.notifies():
                        self._wake()
            except psycopg.Error as error:
                _log.warning("listening for new events failed; polling: %s", error)
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(POLL_SECONDS)
            with suppress(psycopg.Error, PoolTimeout):  # polled again in a moment
                async with self._pool.connection() as connection:
                    head = await read_head(connection)
                if head != self._head:
                    self._head = head
                    self._wake()
