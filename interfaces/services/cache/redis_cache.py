"""Caches pages in Redis, shared by all processes. If Redis is slow or down, requests lose at most milliseconds.

A read waits at most 50 ms. Writes happen in the background and are dropped if Redis cannot keep up. After repeated
failures a circuit breaker skips Redis for a while.
"""

import asyncio
import logging
import zlib
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from interfaces.services.background import run_in_background
from interfaces.services.cache.circuit_breaker import CircuitBreaker

PREFIX = "rowledger:page:1:"
"""The number is the format version: values of other versions are not found."""

READ_TIMEOUT_SECONDS = 0.05
WRITE_TIMEOUT_SECONDS = 1.0
EXPIRY_SECONDS = 3_600

CONNECTIONS = 8
MAX_QUEUED_BYTES = 8 * 2**20
"""Maximum size of values waiting to be written; further values are dropped."""

CHECKSUM_BYTES = 4

FAILURES = (RedisError, OSError, TimeoutError, ValueError)
"""ValueError: the server does not speak the Redis protocol."""

_log = logging.getLogger(__name__)


class RedisCache:
    """Works within `running`; outside of it nothing is stored."""

    def __init__(self, url: str, breaker: CircuitBreaker | None = None) -> None:
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            timeout=WRITE_TIMEOUT_SECONDS,
            socket_timeout=WRITE_TIMEOUT_SECONDS,
            socket_connect_timeout=WRITE_TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        self._redis = Redis(connection_pool=pool)
        self._breaker = breaker or CircuitBreaker()
        self._waiting: deque[tuple[str, bytes]] = deque()
        self._waiting_bytes = 0
        self._wake = asyncio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        try:
            async with run_in_background(self._write()):
                yield
        finally:
            with suppress(*FAILURES):
                await self._redis.aclose()
                await self._redis.connection_pool.disconnect()

    async def get(self, key: str) -> bytes | None:
        if not self._breaker.allows_call():
            return None
        try:
            async with asyncio.timeout(READ_TIMEOUT_SECONDS):
                sealed = await self._redis.get(PREFIX + key)
        except FAILURES as error:
            self._failed(error)
            return None
        self._breaker.record_success()
        return strip_checksum(key, sealed) if isinstance(sealed, bytes) else None

    def put(self, key: str, value: bytes) -> None:
        if self._waiting_bytes + len(value) <= MAX_QUEUED_BYTES:
            self._waiting.append((key, value))
            self._waiting_bytes += len(value)
            self._wake.set()

    async def _write(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                key, value = self._waiting.popleft()
                self._waiting_bytes -= len(value)
                if self._breaker.allows_call():
                    await self._set(key, value)

    async def _set(self, key: str, value: bytes) -> None:
        try:
            async with asyncio.timeout(WRITE_TIMEOUT_SECONDS):
                await self._redis.set(PREFIX + key, add_checksum(key, value), ex=EXPIRY_SECONDS)
        except FAILURES as error:
            self._failed(error)
        else:
            self._breaker.record_success()

    def _failed(self, error: Exception) -> None:
        if self._breaker.record_failure():
            _log.warning("Redis failed (%r); pages are read without it for a while", error)


def add_checksum(key: str, value: bytes) -> bytes:
    """The value prefixed by a checksum of key and value."""
    return _checksum(key, value) + value


def strip_checksum(key: str, sealed: bytes) -> bytes | None:
    """The value without its checksum; None if it was damaged or stored under another key."""
    value = sealed[CHECKSUM_BYTES:]
    return value if sealed[:CHECKSUM_BYTES] == _checksum(key, value) else None


def _checksum(key: str, value: bytes) -> bytes:
    return zlib.crc32(value, zlib.crc32(key.encode())).to_bytes(CHECKSUM_BYTES)
