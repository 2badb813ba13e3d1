"""The versions read model: one row a version of a dataset: what, who, when, how much.

Fed by every event; asked by the history endpoints and by every read as of a version or a time.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.types.json import Jsonb

from domain.dataset.events import (
    DatasetReverted,
    Event,
    RecordedEvent,
    RecordsImported,
    summarize,
)
from domain.schema import Definition
from projections.models.datasets import Definitions
from projections.models.definition_json import definition_from_json, definition_to_json

_INSERT = """
INSERT INTO versions (dataset_id, version, position, type, at, actor, correlation_id, added, changed, removed,
                      import_id, comment, definition)
SELECT * FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::text[], %s::timestamptz[], %s::text[],
                     %s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::uuid[], %s::text[], %s::jsonb[])
"""

_DEFINITION = """
SELECT definition FROM versions
WHERE dataset_id = %s AND version <= %s AND definition IS NOT NULL
  AND EXISTS (SELECT FROM versions WHERE dataset_id = %s AND version = %s)
ORDER BY version DESC LIMIT 1
"""


def project(cursor: "Cursor[Any]", recorded: Sequence[RecordedEvent], definitions: Definitions) -> None:
    """One row an event; `definitions` are those that the heads found new."""
    if recorded:
        rows = [_version_row(one, definitions) for one in recorded]
        cursor.execute(_INSERT, [list(column) for column in zip(*rows, strict=True)])


def definition_at(cursor: "Cursor[Any]", dataset_id: UUID, version: int) -> Definition | None:
    """The dataset's definition as of a version; None where it has no such version."""
    row = cursor.execute(_DEFINITION, [dataset_id, version, dataset_id, version]).fetchone()
    return None if row is None else definition_from_json(row[0])


def _version_row(one: RecordedEvent, definitions: Definitions) -> tuple[object, ...]:
    counts = summarize(one.event)
    definition = definitions.get((one.dataset_id, one.version))
    return (
        one.dataset_id,
        one.version,
        one.position,
        type(one.event).__name__,
        one.metadata.at,
        one.metadata.actor,
        one.metadata.correlation_id,
        counts.added,
        counts.changed,
        counts.removed,
        one.event.import_id if isinstance(one.event, RecordsImported) else None,
        _comment(one.event),
        None if definition is None else Jsonb(definition_to_json(definition)),
    )


def _comment(event: Event) -> str | None:
    return f"reverted to version {event.to}" if isinstance(event, DatasetReverted) else None
