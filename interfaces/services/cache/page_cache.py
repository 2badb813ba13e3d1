"""Caches pages of records. A page of a version never changes, so a cached page is never stale.

A cache may lose entries or fail at any time: `get` then returns None, and the caller reads from the database.
"""

import json
from hashlib import blake2b
from typing import Protocol
from uuid import UUID

from cachetools import LRUCache

ENTRY_OVERHEAD_BYTES = 320
"""The memory of an entry besides its value, with the key and the cache's own tables; 292 bytes were measured."""

MIN_ENTRIES = 8
"""The cache has room for at least so many entries: larger values would evict too much and are not stored."""


class PageCache(Protocol):
    async def get(self, key: str) -> bytes | None:
        """The value stored under the key, or None. Never raises."""

    def put(self, key: str, value: bytes) -> None:
        """Store the value if possible. Never waits and never raises."""


def page_key(dataset_id: UUID, version: int, kind: str, *parts: str | int | bool | None) -> str:
    """The cache key of a kind of read with these parameters, as of a version.

    It is the digest of a JSON array, so that different lists of parts have different keys.
    """
    parameters = json.dumps([str(dataset_id), version, kind, *parts])
    return blake2b(parameters.encode(), digest_size=16).hexdigest()


class LocalCache:
    """An LRU cache in this process that holds up to `max_bytes` of keys and values."""

    def __init__(self, max_bytes: int) -> None:
        self._values: LRUCache[str, bytes] = LRUCache(max_bytes, _entry_size)

    @property
    def size(self) -> float:
        """The bytes of all entries."""
        return self._values.currsize

    async def get(self, key: str) -> bytes | None:
        return self._values.get(key)

    def put(self, key: str, value: bytes) -> None:
        if _entry_size(value) <= self._values.maxsize // MIN_ENTRIES:
            self._values[key] = value


class TwoTierCache:
    """A near cache in front of a far one."""

    def __init__(self, near: PageCache, far: PageCache) -> None:
        self._near = near
        self._far = far

    async def get(self, key: str) -> bytes | None:
        value = await self._near.get(key)
        if value is None and (value := await self._far.get(key)) is not None:
            self._near.put(key, value)
        return value

    def put(self, key: str, value: bytes) -> None:
        self._near.put(key, value)
        self._far.put(key, value)


def _entry_size(value: bytes) -> int:
    return len(value) + ENTRY_OVERHEAD_BYTES
