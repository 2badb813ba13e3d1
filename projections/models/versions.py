"""The versions read model: one row a version of a dataset: what, who, when, how much.

Table `versions`, keyed by dataset and version; rows are only added. Fed by every event; read by the history endpoints
and by every read as of a version or a time.
"""

from collections.abc import Mapping, Sequence
from typing import Any, assert_never
from uuid import UUID

from psycopg import Cursor
from psycopg.types.json import Jsonb

from domain.dataset.aggregate import DATASET
from domain.dataset.events import (
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
    summarize,
)
from domain.dataset.state import DatasetState, evolve
from domain.schema import Definition
from projections.models.definition_json import definition_from_json, definition_to_json
from projections.models.read_model import Inline, ProjectionContext, ReadModel

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


_POSITION = "SELECT coalesce(max(position), 0) FROM versions"


def project(cursor: "Cursor[Any]", recorded: Sequence[RecordedDatasetEvent], context: ProjectionContext) -> None:
    """One row an event."""
    definitions: dict[UUID, Definition] = {}
    rows = [_version_row(cursor, one, definitions) for one in recorded]
    cursor.execute(_INSERT, [list(column) for column in zip(*rows, strict=True)])


def read_position(cursor: "Cursor[Any]") -> int:
    """The newest position that a version mentions: the inline read models of datasets change together."""
    row = cursor.execute(_POSITION).fetchone()
    return int(row[0]) if row else 0


READ_MODEL = ReadModel(
    name="versions",
    tables=("versions",),
    aggregates=(DATASET,),
    ignores=(),
    project=project,
    runs=Inline(read_position),
)


def definition_at(cursor: "Cursor[Any]", dataset_id: UUID, version: int) -> Definition | None:
    """The dataset's definition as of a version; None where it has no such version."""
    row = cursor.execute(_DEFINITION, [dataset_id, version, dataset_id, version]).fetchone()
    return None if row is None else definition_from_json(row[0])


def _version_row(
    cursor: "Cursor[Any]", one: RecordedDatasetEvent, definitions: dict[UUID, Definition]
) -> tuple[object, ...]:
    counts = summarize(one.event)
    definition = _find_new_definition(cursor, one, definitions)
    if definition is not None:
        definitions[one.stream_id] = definition
    return (
        one.stream_id,
        one.version,
        one.position,
        type(one.event).__name__,
        one.metadata.at,
        one.metadata.actor,
        one.metadata.correlation_id,
        counts.added,
        counts.changed,
        counts.removed,
        _find_import_id(one.event),
        describe_event(one.event),
        None if definition is None else Jsonb(definition_to_json(definition)),
    )


def _find_new_definition(
    cursor: "Cursor[Any]", one: RecordedDatasetEvent, definitions: Mapping[UUID, Definition]
) -> Definition | None:
    """The definition that this version brought. `definitions`: the newest of those not yet in the table."""
    match one.event:
        case DatasetCreated(definition=definition):
            return definition
        case RecordsImported(dataset=dataset, definition=definition):
            return dataset.definition if definition is None and dataset is not None else definition
        case DatasetReverted(definition=definition):
            return definition
        case DatasetChanged():
            before = definitions.get(one.stream_id) or definition_at(cursor, one.stream_id, one.version - 1)
            assert before is not None
            return evolve(DatasetState(definition=before), one.event).definition
        case DatasetDeleted() | RecordCreated() | RecordUpdated() | RecordDeleted() | RecordsChanged():
            return None
        case _:
            assert_never(one.event)


def describe_event(event: Event) -> str | None:
    """What the service itself says of an event, in one phrase; None for most."""
    match event:
        case DatasetReverted(to=to):
            return f"reverted to version {to}"
        case DatasetCreated() | RecordsImported() | DatasetChanged() | DatasetDeleted():
            return None
        case RecordCreated() | RecordUpdated() | RecordDeleted() | RecordsChanged():
            return None
        case _:
            assert_never(event)


def _find_import_id(event: Event) -> UUID | None:
    match event:
        case RecordsImported(import_id=import_id):
            return import_id
        case DatasetCreated() | DatasetChanged() | DatasetDeleted() | DatasetReverted():
            return None
        case RecordCreated() | RecordUpdated() | RecordDeleted() | RecordsChanged():
            return None
        case _:
            assert_never(event)
