"""Details of events in the feed that the events do not contain: a record's values before and after."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, assert_never
from uuid import UUID

from psycopg import AsyncConnection, errors
from psycopg.sql import SQL

from domain import exact_json
from domain.columns import Value
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
)
from domain.schema import Definition, map_values_by_name
from projections.models import versions
from projections.sql.record_tables import fill_table, table_of

_SUPERSEDED = SQL("""
SELECT id, until, values::text FROM {table} WHERE id = ANY(%s::bigint[]) AND until = ANY(%s::bigint[])
""")


@dataclass(frozen=True, slots=True)
class RecordDetails:
    """The record that an event changes; `before` is None for a new record, `after` for a removed one."""

    id: int
    before: Mapping[str, Value] | None
    after: Mapping[str, Value] | None


async def read_details(
    connection: "AsyncConnection[Any]", recorded: Sequence[RecordedDatasetEvent]
) -> Mapping[int, RecordDetails]:
    """The details of the events that change a single record, by position."""
    single = [(one, id) for one in recorded if (id := _record_id(one.event)) is not None]
    if not single:
        return {}
    definitions = await _read_definitions(connection, {one.stream_id for one, _ in single})
    found = {}
    by_stream = sorted(single, key=lambda pair: (pair[0].stream_id, pair[0].version))
    for stream_id, group in groupby(by_stream, lambda pair: pair[0].stream_id):
        events = list(group)
        superseded = await _read_superseded(connection, stream_id, events)
        for one, id in events:
            definition = definitions[stream_id].at(one.version)
            before, after = superseded.get((id, one.version)), _values_after(one.event)
            found[one.position] = RecordDetails(
                id,
                None if before is None else map_values_by_name(definition, before),
                None if after is None else map_values_by_name(definition, after),
            )
    return found


@dataclass(frozen=True, slots=True)
class _Definitions:
    versions: list[int]
    definitions: list[Definition]

    def at(self, version: int) -> Definition:
        return self.definitions[bisect_right(self.versions, version) - 1]


async def _read_definitions(connection: "AsyncConnection[Any]", streams: set[UUID]) -> Mapping[UUID, _Definitions]:
    found: dict[UUID, _Definitions] = defaultdict(lambda: _Definitions([], []))
    for dataset_id, version, definition in await versions.list_all_definitions(connection, list(streams)):
        found[dataset_id].versions.append(version)
        found[dataset_id].definitions.append(definition)
    return found


async def _read_superseded(
    connection: "AsyncConnection[Any]", dataset_id: UUID, events: Sequence[tuple[RecordedDatasetEvent, int]]
) -> Mapping[tuple[int, int], tuple[Value, ...]]:
    """The values that the events replaced or removed, by record and version."""
    query = fill_table(_SUPERSEDED, table_of(dataset_id))
    ids, until = [id for _, id in events], [one.version for one, _ in events]
    try:
        rows = await (await connection.execute(query, [ids, until])).fetchall()
    except errors.UndefinedTable:  # purged since the events were read
        return {}
    return {(id, until): tuple(exact_json.loads(text)) for id, until, text in rows}


def _record_id(event: Event) -> int | None:
    match event:
        case RecordCreated(id=id) | RecordUpdated(id=id) | RecordDeleted(id=id):
            return id
        case (
            DatasetCreated()
            | RecordsImported()
            | DatasetChanged()
            | ColumnsChanged()
            | DatasetDeleted()
            | DatasetReverted()
            | RecordsChanged()
        ):
            return None
        case _:
            assert_never(event)


def _values_after(event: Event) -> tuple[Value, ...] | None:
    match event:
        case RecordCreated(values=values) | RecordUpdated(values=values):
            return values
        case RecordDeleted() | RecordsChanged() | RecordsImported():
            return None
        case DatasetCreated() | DatasetChanged() | ColumnsChanged() | DatasetDeleted() | DatasetReverted():
            return None
        case _:
            assert_never(event)
