"""Chunks: content-addressed blocks of bulk rows that events refer to.

A chunk unpacks to a JSON array of rows, one row per line: `[\\nROW,\\nROW\\n]`. JSON never contains a raw
newline, so lines can be split and joined without parsing.
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import zstandard
from psycopg import AsyncConnection, Connection, Cursor

from domain.dataset.events import ChunkRef

COMPRESSION_LEVEL = 1

_STORE = """
INSERT INTO chunks (dataset_id, sha256, rows, payload) VALUES (%b, %b, %b, %b)
ON CONFLICT (dataset_id, sha256) DO NOTHING
"""

_READ = "SELECT payload FROM chunks WHERE dataset_id = %s AND sha256 = %s"

_STORE_REFERENCES = """
INSERT INTO chunk_references (dataset_id, sha256, version)
SELECT * FROM unnest(%s::uuid[], %s::bytea[], %s::bigint[]) ON CONFLICT DO NOTHING
"""

_DELETE_REFERENCES = "DELETE FROM chunk_references WHERE dataset_id = %s"

_DELETE = "DELETE FROM chunks WHERE dataset_id = %s"

_BYTES = "SELECT pg_total_relation_size('chunks')"

_DELETE_ORPHANED = """
DELETE FROM chunks WHERE dataset_id = %s AND NOT EXISTS (
    SELECT FROM chunk_references AS reference
    WHERE reference.dataset_id = chunks.dataset_id AND reference.sha256 = chunks.sha256)
"""
"""Chunks that no event refers to: those of a bulk change that died before it was published."""


class MissingChunk(Exception):
    """An event refers to a chunk that is missing, or whose content does not match its hash."""


def store(cursor: "Cursor[Any]", dataset_id: UUID, lines: bytes, rows: int) -> ChunkRef:
    """Store `lines` (one JSON value per line, each ended by a newline) as a chunk of `rows` rows."""
    payload = b"[\n" + lines[:-1].replace(b"\n", b",\n") + b"\n]"
    digest = hashlib.sha256(payload)
    packed = zstandard.ZstdCompressor(level=COMPRESSION_LEVEL).compress(payload)
    cursor.execute(_STORE, [dataset_id, digest.digest(), rows, packed])
    return ChunkRef(digest.hexdigest(), rows)


def read_lines(cursor: "Cursor[Any]", dataset_id: UUID, chunk: ChunkRef) -> bytes:
    """The rows of a chunk, one JSON value per line. Raises MissingChunk if it is missing or was changed."""
    found = cursor.execute(_READ, [dataset_id, bytes.fromhex(chunk.sha256)], binary=True).fetchone()
    if found is None:
        raise MissingChunk(f"chunk {chunk.sha256} of dataset {dataset_id} is missing")
    payload = zstandard.ZstdDecompressor().decompress(found[0])
    if hashlib.sha256(payload).hexdigest() != chunk.sha256:
        raise MissingChunk(f"chunk {chunk.sha256} of dataset {dataset_id} does not match its hash")
    return payload[2:-2].replace(b",\n", b"\n") + b"\n"


def store_references(cursor: "Cursor[Any]", references: Sequence[tuple[UUID, ChunkRef, int]]) -> None:
    """Store references to chunks: the dataset, the chunk, and the version of the event that refers to it."""
    if references:
        rows = [(dataset_id, bytes.fromhex(chunk.sha256), version) for dataset_id, chunk, version in references]
        cursor.execute(_STORE_REFERENCES, [list(column) for column in zip(*rows, strict=True)])


async def read_bytes(connection: "AsyncConnection[Any]") -> int:
    """The size of the table of chunks with its indexes and free space."""
    row = await (await connection.execute(_BYTES)).fetchone()
    assert row is not None
    size: int = row[0]
    return size


def delete_chunks(cursor: "Cursor[Any]", dataset_id: UUID) -> None:
    """Delete all chunks of a dataset and their references. This cannot be undone."""
    cursor.execute(_DELETE_REFERENCES, [dataset_id])
    cursor.execute(_DELETE, [dataset_id])


def delete_orphaned(connection: "Connection[Any]", dataset_id: UUID) -> None:
    """Remove the chunks that no event refers to. The caller must hold the dataset's writer lease."""
    connection.execute(_DELETE_ORPHANED, [dataset_id])


def split_into_blocks(texts: Iterator[str], size: int = 10_000) -> Iterator[tuple[bytes, int]]:
    """Collect JSON texts into blocks for `store`: (lines, rows)."""
    collected: list[str] = []
    for text in texts:
        collected.append(text)
        if len(collected) == size:
            yield join_lines(collected)
            collected = []
    if collected:
        yield join_lines(collected)


def join_lines(texts: Sequence[str]) -> tuple[bytes, int]:
    return "".join(f"{text}\n" for text in texts).encode(), len(texts)
