"""The source files of imports, stored unchanged and by content, so that the same file is stored once.

A file is stored before the commit of the transaction that references it, and removed after the commit of the one that
deletes the last reference. A crash in between leaves at worst a file without a reference.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from psycopg import Cursor

from application.ports import ReadModels

_LOCK_SHARED = "SELECT pg_advisory_xact_lock_shared(%s)"

_LOCK_EXCLUSIVE = "SELECT pg_advisory_xact_lock(%s)"


class BlobNotFound(Exception):
    """There is no blob of this SHA-256."""


class Blobs(Protocol):
    """Stores files by the SHA-256 (hex) of their content."""

    def put_file(self, path: Path, sha256: str) -> None:
        """Store the file durably, completely or not at all; does nothing if it is already stored.

        The file at `path` must not change afterwards: the store may link it instead of copying it.
        """

    def stream(self, sha256: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` to before `end`, about 1 MB at a time. Raises BlobNotFound before the first."""

    def size(self, sha256: str) -> int:
        """The size in bytes. Raises BlobNotFound."""

    def delete(self, sha256: str) -> None:
        """Remove the blob; does nothing if there is none."""


def store_source_file(cursor: "Cursor[Any]", blobs: Blobs, path: Path, sha256: str) -> None:
    """Store the file of an import, as the first step of the transaction that publishes it.

    The transaction holds a lock, so that `remove_unreferenced` does not remove the file before it is referenced.
    """
    cursor.execute(_LOCK_SHARED, [_compute_lock_key(sha256)])
    blobs.put_file(path, sha256)


def remove_unreferenced(cursor: "Cursor[Any]", models: ReadModels, blobs: Blobs, hashes: Sequence[str]) -> None:
    """Remove the blobs that no import references. Call it after the purge has committed."""
    for sha256 in sorted(set(hashes)):
        cursor.execute(_LOCK_EXCLUSIVE, [_compute_lock_key(sha256)])
        if not models.has_source(cursor, sha256):
            blobs.delete(sha256)


def _compute_lock_key(sha256: str) -> int:
    return int.from_bytes(bytes.fromhex(sha256)[:8], signed=True)
