"""Changes and locks the heads. Every event feeds them; a dataset's row is changed in place.

Every command reads a head under a lock, and every read gets its version from it.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, assert_never
from uuid import UUID

from psycopg import Cursor
from psycopg.types.json import Jsonb

from domain.dataset.aggregate import DATASET
from domain.dataset.events import (
    ColumnsChanged,
    DatasetChanged,
    DatasetCreated,
    DatasetDeleted,
    DatasetReverted,
    Event,
    RecordCreated,
    RecordDeleted,
    RecordedDatasetEvent,
    RecordsChanged,
    RecordsImported,
    RecordUpdated,
    Summary,
    summarize,
)
from domain.dataset.state import DatasetState, evolve
from projections.models import versions
from projections.models.definition_json import definition_from_json, definition_to_json
from projections.models.read_model import Inline, ProjectionContext, ReadModel

_LOCK = """
WITH locked AS MATERIALIZED (
    SELECT * FROM datasets WHERE dataset_id = ANY(%s::uuid[]) ORDER BY dataset_id FOR UPDATE)
SELECT dataset_id, version, workspace, slug, owner, definition, definition_version, next_id,
       deleted_at IS NOT NULL, NOT pg_try_advisory_xact_lock_shared(writer_lease_key(dataset_id)),
       greatest(clock_timestamp(), updated_at)
FROM locked
"""

_STATE = """
SELECT version, workspace, slug, owner, definition, definition_version, next_id, deleted_at IS NOT NULL
FROM datasets WHERE dataset_id = %s
"""

_ADVANCE = """
UPDATE datasets SET
    version = new.version, next_id = greatest(datasets.next_id, new.next_id),
    records = datasets.records + new.records,
    updated_at = new.at
FROM (SELECT dataset_id, max(version) AS version, max(next_id) AS next_id, sum(records) AS records, max(at) AS at
      FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz[])
           AS event (dataset_id, version, next_id, records, at)
      GROUP BY dataset_id) AS new
WHERE datasets.dataset_id = new.dataset_id
"""

_DEFINE = """
INSERT INTO datasets (dataset_id, workspace, slug, owner, version, definition, definition_version, next_id,
                      records, created_at, updated_at, deleted_at)
VALUES (%(dataset_id)s, %(workspace)s, %(slug)s, %(owner)s, %(version)s, %(definition)s,
        %(definition_version)s, %(next_id)s, %(records)s, %(at)s, %(at)s, %(deleted_at)s)
ON CONFLICT (dataset_id) DO UPDATE SET
    version = excluded.version, definition = excluded.definition,
    definition_version = excluded.definition_version, next_id = excluded.next_id,
    records = datasets.records + excluded.records, updated_at = excluded.updated_at,
    deleted_at = excluded.deleted_at
"""

_LOCK_LIVE = "SELECT FROM public.datasets WHERE dataset_id = %s FOR UPDATE"
"""Names the schema because a session that rebuilds has a temporary table of the same name."""

LockedHead = tuple[DatasetState, bool, datetime]
"""A dataset's state, whether a bulk change holds its lease, and the time (never before its last event)."""


def lock_heads(cursor: "Cursor[Any]", ids: Sequence[UUID]) -> dict[UUID, LockedHead]:
    """Lock the heads of the datasets that exist, in the order of their ids, and read them.

    The writer lease is an advisory lock: edits hold it shared until they end, a bulk change holds it exclusively, and
    it is released when the holder's connection ends.
    """
    rows = cursor.execute(_LOCK, [list(ids)]).fetchall()
    return {row[0]: (_decode_state(row[1:9]), row[9], row[10]) for row in rows}


def lock_live_head(cursor: "Cursor[Any]", dataset_id: UUID) -> None:
    """Make the dataset's writers wait until the transaction ends, even if a temporary table shadows the live one."""
    cursor.execute(_LOCK_LIVE, [dataset_id])


def project(cursor: "Cursor[Any]", recorded: Sequence[RecordedDatasetEvent], context: ProjectionContext) -> None:
    """Apply the events to the heads: runs of plain changes in one statement, the others one by one."""
    for plain, run in groupby(recorded, lambda one: _keeps_definition(one.event)):
        if plain:
            _advance_heads(cursor, list(run))
        else:
            for one in run:
                _write_head(cursor, one)


READ_MODEL = ReadModel(
    name="heads",
    tables=("datasets",),
    aggregates=(DATASET,),
    ignores=(),
    project=project,
    runs=Inline(versions.read_position),
)


def _keeps_definition(event: Event) -> bool:
    """Whether the event changes neither the definition nor the existence of the dataset."""
    match event:
        case DatasetCreated() | DatasetChanged() | ColumnsChanged() | DatasetDeleted():
            return False
        case RecordsImported(dataset=dataset, definition=definition):
            return dataset is None and definition is None
        case DatasetReverted(definition=definition):
            return definition is None
        case RecordCreated() | RecordUpdated() | RecordDeleted() | RecordsChanged():
            return True
        case _:
            assert_never(event)


def _advance_heads(cursor: "Cursor[Any]", recorded: Sequence[RecordedDatasetEvent]) -> None:
    rows = [
        (one.stream_id, one.version, _next_id(one.event), _record_growth(summarize(one.event)), one.metadata.at)
        for one in recorded
    ]
    cursor.execute(_ADVANCE, [list(column) for column in zip(*rows, strict=True)])


def _write_head(cursor: "Cursor[Any]", one: RecordedDatasetEvent) -> None:
    row = cursor.execute(_STATE, [one.stream_id]).fetchone()
    state = evolve(DatasetState() if row is None else _decode_state(row), one.event)
    parameters = {
        "dataset_id": one.stream_id,
        "workspace": state.workspace,
        "slug": state.slug,
        "owner": state.owner,
        "version": state.version,
        "definition": Jsonb(definition_to_json(state.definition)),
        "definition_version": state.definition_version,
        "next_id": state.next_id,
        "records": _record_growth(summarize(one.event)),
        "at": one.metadata.at,
        "deleted_at": one.metadata.at if state.deleted else None,
    }
    cursor.execute(_DEFINE, parameters)


def _decode_state(row: Sequence[Any]) -> DatasetState:
    version, workspace, slug, owner, definition, definition_version, next_id, deleted = row
    return DatasetState(
        version, workspace, slug, owner, definition_from_json(definition), definition_version, next_id, deleted
    )


def _record_growth(counts: Summary) -> int:
    return counts.added - counts.removed


def _next_id(event: Event) -> int:
    match event:
        case RecordCreated(id=id):
            return id + 1
        case RecordsImported(first_id=first):
            return first + event.added
        case RecordsChanged(next_id=next_id):
            return next_id
        case RecordUpdated() | RecordDeleted() | DatasetReverted():
            return 0
        case DatasetCreated() | DatasetChanged() | ColumnsChanged() | DatasetDeleted():
            return 0
        case _:
            assert_never(event)
