"""Stores source files through obstore, in a folder or in an object store such as S3.

In a folder a file is stored as a hard link, which costs the same for any size; if the file system does not support
hard links, the file is copied. obstore is imported on first use, because most processes never need it.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from application.imports.source_files import BlobNotFound

if TYPE_CHECKING:
    from obstore.store import ObjectStore

PIECE_BYTES = 1 << 20
MAX_CONCURRENT_PARTS = 4
"""Number of 5 MB parts that are uploaded concurrently and held in memory."""


class BlobStore:
    """Blobs at `sources/ab/cdef…` below a local folder or a URL like `s3://bucket/prefix`.

    Credentials of an object store are the usual environment variables (`AWS_ACCESS_KEY_ID`, `AWS_ENDPOINT_URL` …).
    """

    def __init__(self, place: Path | str) -> None:
        self._place = place

    def put_file(self, path: Path, sha256: str) -> None:
        if isinstance(self._place, Path) and _hard_link(path, self._place / _blob_key(sha256)):
            return
        import obstore

        with suppress(FileNotFoundError):
            if obstore.head(self._store, _blob_key(sha256))["size"] == path.stat().st_size:
                return
        obstore.put(self._store, _blob_key(sha256), path, max_concurrency=MAX_CONCURRENT_PARTS)

    def stream(self, sha256: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        import obstore

        size = self.size(sha256)
        end = size if end is None else min(end, size)
        if start >= end:
            return iter(())
        try:
            found = obstore.get(self._store, _blob_key(sha256), options={"range": (start, end)})
        except FileNotFoundError:
            raise BlobNotFound(sha256) from None
        return (bytes(piece) for piece in found.stream(min_chunk_size=PIECE_BYTES))

    def size(self, sha256: str) -> int:
        import obstore

        try:
            return obstore.head(self._store, _blob_key(sha256))["size"]
        except FileNotFoundError:
            raise BlobNotFound(sha256) from None

    def delete(self, sha256: str) -> None:
        import obstore

        with suppress(FileNotFoundError):
            obstore.delete(self._store, _blob_key(sha256))

    @cached_property
    def _store(self) -> "ObjectStore":
        from obstore import store

        if isinstance(self._place, Path):
            return store.LocalStore(self._place, mkdir=True)
        return store.from_url(self._place)


def _blob_key(sha256: str) -> str:
    return f"sources/{sha256[:2]}/{sha256[2:]}"


def _hard_link(path: Path, target: Path) -> bool:
    """Create a durable hard link to the file. Returns False if the file system does not support it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    _fsync(path)
    try:
        target.hardlink_to(path)
    except FileExistsError:
        return True
    except OSError:
        return False
    _fsync(target.parent)
    return True


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
