"""The files that imports came from, kept as they were: content-addressed, so the same file is kept once.

A file is kept before the transaction that names it commits, and removed after the one that names it no longer:
whatever dies in between leaves at worst a file that nobody names.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from psycopg import Cursor

_LOCK_SHARED = "SELECT pg_advisory_xact_lock_shared(%s)"

_LOCK_EXCLUSIVE = "SELECT pg_advisory_xact_lock(%s)"

_IS_REFERENCED = "SELECT EXISTS (SELECT FROM imports WHERE sha256 = %s)"


class BlobNotFound(Exception):
    """There is no blob of this SHA-256."""


class Blobs(Protocol):
    """Files by the SHA-256 (hex) of their content."""

    def put_file(self, path: Path, sha256: str) -> None:
        """Keep the file, whole or not at all, durably; nothing is written if it is kept already.

        The file at `path` must never change again: the store may share its bytes rather than copy them.
        """

    def stream(self, sha256: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` up to before `end`, about 1 MB at a time. Raises NotKept, before the first."""

    def size(self, sha256: str) -> int:
        """Raises NotKept."""

    def delete(self, sha256: str) -> None:
        """Remove the blob; nothing happens if it is not there."""


def store_source_file(cursor: "Cursor[Any]", blobs: Blobs, path: Path, sha256: str) -> None:
    """Keep an import's file, first thing in the transaction that publishes the import.

    A lock of the transaction keeps `remove_unnamed` from taking the file away before the import names it.
    """
    cursor.execute(_LOCK_SHARED, [_compute_lock_key(sha256)])
    blobs.put_file(path, sha256)


def remove_unreferenced(cursor: "Cursor[Any]", blobs: Blobs, hashes: Sequence[str]) -> None:
    """Remove those of the blobs that no import names, after the purge that no longer names them has committed."""
    for sha256 in sorted(set(hashes)):
        cursor.execute(_LOCK_EXCLUSIVE, [_compute_lock_key(sha256)])
        row = cursor.execute(_IS_REFERENCED, [sha256]).fetchone()
        if row is not None and not row[0]:
            blobs.delete(sha256)


def _compute_lock_key(sha256: str) -> int:
    return int.from_bytes(bytes.fromhex(sha256)[:8], signed=True)
