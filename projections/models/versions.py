"""The versions read model: one row per version of a dataset with its type, actor, time and counts.

Table `versions`, keyed by dataset and version; rows are only added. Fed by every event; read by the history endpoints
and by every read as of a version or a time.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, assert_never
from uuid import UUID

from psycopg import AsyncConnection, Cursor
from psycopg.rows import dict_row
from psycopg.sql import SQL
from psycopg.types.json import Jsonb

from domain import exact_json
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
    summarize,
)
from domain.dataset.state import DatasetState, evolve
from domain.schema import Definition
from projections.models.definition_json import definition_from_json, definition_to_json
from projections.models.read_model import Inline, ProjectionContext, ReadModel

VersionRow = dict[str, Any]

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
"""The definition as of a version that exists."""

_POSITION = "SELECT coalesce(max(position), 0) FROM versions"

VERSION_AT = SQL("""SELECT max(version) AS version FROM versions
    WHERE versions.dataset_id = {dataset}
      AND (%(version)s::bigint IS NULL OR version = %(version)s)
      AND (%(moment)s::timestamptz IS NULL OR at <= %(moment)s)""")
"""The version of a dataset at a point in time: of this number, or the last before a time."""

DEFINITION_AT = SQL("""SELECT versions.definition FROM versions
    WHERE versions.dataset_id = {dataset} AND version <= {version} AND versions.definition IS NOT NULL
    ORDER BY version DESC LIMIT 1""")
"""The definition of a dataset as of a version."""

TYPES = SQL("SELECT version, type FROM versions WHERE dataset_id = {dataset}")
"""The type of the event of each version of a dataset."""

_LIST = """
SELECT version, type, at, actor, correlation_id, added, changed, removed, import_id, comment FROM versions
WHERE dataset_id = %(dataset)s AND version <= %(newest)s AND (%(version)s::bigint IS NULL OR version = %(version)s)
ORDER BY version DESC LIMIT %(limit)s
"""

_CHANGES = """
SELECT version, type, at, actor FROM versions
WHERE dataset_id = %s AND version = ANY(%s::bigint[]) ORDER BY version DESC
"""

_SUMMARY = """
SELECT at, (SELECT sum(added - removed) FROM versions WHERE dataset_id = %(dataset)s AND version <= %(version)s)
FROM versions WHERE dataset_id = %(dataset)s AND version = %(version)s
"""
"""When a version was appended, and the number of records as of it."""

_FIND_VERSION_AT = "SELECT max(version) FROM versions WHERE dataset_id = %s AND at <= %s"

_FIND_DEFINITION = """
SELECT version, definition::text FROM versions
WHERE dataset_id = %s AND version <= %s AND definition IS NOT NULL ORDER BY version DESC LIMIT 1
"""

_DEFINITIONS_UNTIL = """
SELECT version, definition FROM versions
WHERE dataset_id = %s AND version <= %s AND definition IS NOT NULL ORDER BY version
"""
"""All definitions of a dataset up to a version."""

_ALL_DEFINITIONS = """
SELECT dataset_id, version, definition::text FROM versions
WHERE dataset_id = ANY(%s::uuid[]) AND definition IS NOT NULL ORDER BY dataset_id, version
"""
"""All definitions of several datasets."""


def project(cursor: "Cursor[Any]", recorded: Sequence[RecordedDatasetEvent], context: ProjectionContext) -> None:
    """Add one row per event."""
    definitions: dict[UUID, Definition] = {}
    rows = [_version_row(cursor, one, definitions) for one in recorded]
    cursor.execute(_INSERT, [list(column) for column in zip(*rows, strict=True)])


def read_position(cursor: "Cursor[Any]") -> int:
    """The newest position of a version. The inline read models of datasets change together."""
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


def find_definition(cursor: "Cursor[Any]", dataset_id: UUID, version: int) -> Definition | None:
    """The dataset's definition as of a version; None if it has no such version."""
    row = cursor.execute(_DEFINITION, [dataset_id, version, dataset_id, version]).fetchone()
    return None if row is None else definition_from_json(row[0])


async def list_versions(
    connection: "AsyncConnection[Any]", dataset_id: UUID, newest: int, limit: int, version: int | None = None
) -> list[VersionRow]:
    """The versions from `newest` downwards, or only `version` if it is among them."""
    parameters = {"dataset": dataset_id, "newest": newest, "version": version, "limit": limit}
    cursor = connection.cursor(row_factory=dict_row)
    return await (await cursor.execute(_LIST, parameters)).fetchall()


async def read_changes(
    connection: "AsyncConnection[Any]", dataset_id: UUID, versions: Sequence[int]
) -> list[tuple[int, str, datetime, str]]:
    """The number, event type, time and actor of these versions, newest first."""
    return await (await connection.execute(_CHANGES, [dataset_id, list(versions)])).fetchall()


async def find_version_at(connection: "AsyncConnection[Any]", dataset_id: UUID, moment: datetime) -> int | None:
    """The dataset's version at a time; None if it did not exist yet."""
    row = await (await connection.execute(_FIND_VERSION_AT, [dataset_id, moment])).fetchone()
    return None if row is None else row[0]


async def read_summary(connection: "AsyncConnection[Any]", dataset_id: UUID, version: int) -> tuple[datetime, int]:
    """The time of an existing version, and the number of records it had."""
    row = await (await connection.execute(_SUMMARY, {"dataset": dataset_id, "version": version})).fetchone()
    assert row is not None
    return row[0], int(row[1])


async def read_definition_text(connection: "AsyncConnection[Any]", dataset_id: UUID, version: int) -> tuple[int, str]:
    """The definition as of an existing version: the version that introduced it, and its JSON text."""
    row = await (await connection.execute(_FIND_DEFINITION, [dataset_id, version])).fetchone()
    assert row is not None
    return row[0], row[1]


async def list_definitions(
    connection: "AsyncConnection[Any]", dataset_id: UUID, version: int
) -> list[tuple[int, Definition]]:
    """The dataset's definitions up to a version, each with the version that introduced it, in order."""
    rows = await (await connection.execute(_DEFINITIONS_UNTIL, [dataset_id, version])).fetchall()
    return [(since, definition_from_json(data)) for since, data in rows]


async def list_all_definitions(
    connection: "AsyncConnection[Any]", ids: Sequence[UUID]
) -> list[tuple[UUID, int, Definition]]:
    """All definitions of the datasets, each with the version that introduced it, in order."""
    rows = await (await connection.execute(_ALL_DEFINITIONS, [list(ids)])).fetchall()
    return [(dataset_id, since, definition_from_json(exact_json.loads(text))) for dataset_id, since, text in rows]


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
    """The definition that this version introduced. `definitions`: the newest ones that are not yet in the table."""
    match one.event:
        case RecordUpdated() | RecordCreated() | RecordDeleted() | RecordsChanged() | DatasetDeleted():
            return None
        case DatasetCreated(definition=definition):
            return definition
        case RecordsImported(dataset=dataset, definition=definition):
            return dataset.definition if definition is None and dataset is not None else definition
        case DatasetReverted(definition=definition) | ColumnsChanged(definition=definition):
            return definition
        case DatasetChanged():
            before = definitions.get(one.stream_id) or find_definition(cursor, one.stream_id, one.version - 1)
            assert before is not None
            return evolve(DatasetState(definition=before), one.event).definition
        case _:
            assert_never(one.event)


def describe_event(event: Event) -> str | None:
    """The comment of an event, as a short phrase; None for most events."""
    match event:
        case RecordUpdated() | RecordCreated() | RecordDeleted() | RecordsChanged():
            return None
        case DatasetReverted(to=to):
            return f"reverted to version {to}"
        case DatasetCreated() | RecordsImported() | DatasetChanged() | ColumnsChanged() | DatasetDeleted():
            return None
        case _:
            assert_never(event)


def _find_import_id(event: Event) -> UUID | None:
    match event:
        case RecordUpdated() | RecordCreated() | RecordDeleted() | RecordsChanged():
            return None
        case RecordsImported(import_id=import_id):
            return import_id
        case DatasetCreated() | DatasetChanged() | ColumnsChanged() | DatasetDeleted() | DatasetReverted():
            return None
        case _:
            assert_never(event)
