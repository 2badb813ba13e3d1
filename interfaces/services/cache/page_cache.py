"""Pages that were read before. A page of a version never changes, so what is kept here is never wrong, only lost.

A cache may forget or fail at any time; who asks it gets None then and reads the page himself.
"""

import json
from collections import OrderedDict
from hashlib import blake2b
from typing import Protocol
from uuid import UUID

ENTRY_OVERHEAD_BYTES = 256
"""What an entry takes beside its key and its value, about."""

MIN_ENTRIES = 8
"""A value that would take more than this part of the cache is not worth what it drives out."""


class PageCache(Protocol):
    async def get(self, key: str) -> bytes | None:
        """The value kept under the key, if it is still there. Raises nothing."""

    def put(self, key: str, value: bytes) -> None:
        """Keep the value for a while, if that can be done. Waits for nothing and raises nothing."""


def page_key(dataset_id: UUID, version: int, kind: str, *parts: str | int | bool | None) -> str:
    """The key of what a kind of read answers to these parameters, as of a version.

    The digest of a JSON array: no two lists of parts are spelled alike.
    """
    asked = json.dumps([str(dataset_id), version, kind, *parts])
    return blake2b(asked.encode(), digest_size=16).hexdigest()


class LocalCache:
    """The values asked for last, in this process, up to so many bytes with their keys."""

    def __init__(self, most_bytes: int) -> None:
        self.size = 0
        self._most = most_bytes
        self._entries: OrderedDict[str, bytes] = OrderedDict()

    async def get(self, key: str) -> bytes | None:
        value = self._entries.get(key)
        if value is not None:
            self._entries.move_to_end(key)
        return value

    def put(self, key: str, value: bytes) -> None:
        size = _entry_size(key, value)
        if size > self._most // MIN_ENTRIES:
            return
        if (before := self._entries.pop(key, None)) is not None:
            self.size -= _entry_size(key, before)
        self._entries[key] = value
        self.size += size
        while self.size > self._most:
            self.size -= _entry_size(*self._entries.popitem(last=False))


class TwoTierCache:
    """A cache in front of another that is further away."""

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
