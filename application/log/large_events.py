"""Stores many changes of an event in chunks, and a few in the event itself."""

from dataclasses import replace
from typing import Any, assert_never
from uuid import UUID

from psycopg import Cursor

from application.log import chunks
from domain import exact_json
from domain.dataset.events import (
    ColumnsChanged,
    DatasetChanged,
    DatasetCreated,
    DatasetDeleted,
    DatasetReverted,
    Event,
    RecordCreated,
    RecordDeleted,
    RecordsChanged,
    RecordsImported,
    RecordUpdated,
)

MAX_INLINE_RECORDS = 300
"""Maximum number of records stored in the event itself."""


def pack_event(cursor: "Cursor[Any]", dataset_id: UUID, event: Event) -> Event:
    """The event in its stored form; its chunks are stored in the cursor's transaction."""
    match event:
        case RecordUpdated() | RecordCreated() | RecordDeleted():
            return event
        case RecordsChanged(changes=changes):
            return event if len(changes) <= MAX_INLINE_RECORDS else _move_changes_to_chunks(cursor, dataset_id, event)
        case RecordsImported() | DatasetReverted() | ColumnsChanged():
            return event  # its chunks are already stored
        case DatasetCreated() | DatasetChanged() | DatasetDeleted():
            return event
        case _:
            assert_never(event)


def _move_changes_to_chunks(cursor: "Cursor[Any]", dataset_id: UUID, event: RecordsChanged) -> RecordsChanged:
    texts = (f"[{one.id},{'null' if one.values is None else exact_json.dumps(one.values)}]" for one in event.changes)
    refs = tuple(chunks.store(cursor, dataset_id, lines, rows) for lines, rows in chunks.split_into_blocks(texts))
    return replace(event, changes=(), chunks=refs)
