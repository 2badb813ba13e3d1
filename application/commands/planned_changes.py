"""Stores the planned changes of a bulk change: a few in the event, many in chunks."""

from typing import Any
from uuid import UUID

from psycopg import Connection, Cursor

from application.log.chunk_writer import ChunkWriter
from application.log.large_events import MAX_INLINE_RECORDS
from application.ports import PlannedChanges
from domain import exact_json
from domain.dataset.events import ChunkRef, RecordChange

StoredChanges = tuple[tuple[RecordChange, ...], tuple[ChunkRef, ...]]
"""The changes that the event contains, and the chunks with those that it does not."""


def store_planned_changes(
    cursor: "Cursor[Any]", holder: "Connection[Any]", dataset_id: UUID, planned: PlannedChanges, number: int
) -> StoredChanges:
    """Store the `number` planned changes. Chunks are stored over the connection that holds the lease."""
    if number <= MAX_INLINE_RECORDS:
        return tuple(RecordChange(id, _parse_values(text)) for id, text in planned.read_rows(cursor)), ()
    with ChunkWriter(holder, dataset_id) as chunk_writer:
        for lines, rows in planned.read_blocks(cursor):
            chunk_writer.store("changes", lines, rows)
    return (), chunk_writer.list_refs("changes")


def _parse_values(text: str | None) -> tuple[Any, ...] | None:
    return None if text is None else tuple(exact_json.loads(text))
