"""Caches pages of records. A page of a version never changes, so a cached page is never stale.

A cache may lose entries or fail at any time: `get` then returns None, and the caller reads from the database.
"""

import json
from collections import OrderedDict
from hashlib import blake2b
from typing import Protocol
from uuid import UUID

ENTRY_OVERHEAD_BYTES = 256
"""Approximate memory of an entry in addition to its key and value."""

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
        self.size = 0
        self._max_bytes = max_bytes
        self._entries: OrderedDict[str, bytes] = OrderedDict()

    async def get(self, key: str) -> bytes | None:
        value = self._entries.get(key)
        if value is not None:
            self._entries.move_to_end(key)
        return value

    def put(self, key: str, value: bytes) -> None:
        size = _entry_size(key, value)
        if size > self._max_bytes // MIN_ENTRIES:
            return
        if (before := self._entries.pop(key, None)) is not None:
            self.size -= _entry_size(key, before)
        self._entries[key] = value
        self.size += size
        while self.size > self._max_bytes:
            self.size -= _entry_size(*self._entries.popitem(last=False))


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


def _entry_size(key: str, value: bytes) -> int:
    return len(key) + len(value) + ENTRY_OVERHEAD_BYTES
