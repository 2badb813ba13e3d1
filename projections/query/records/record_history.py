"""Read the history of one record: each version that wrote or removed it, newest first."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection
from psycopg.sql import SQL

from domain import exact_json
from domain.columns import Value
from domain.errors import NotFound
from domain.schema import Definition, Values
from projections.models import versions
from projections.query.snapshots import Snapshot

_SPANS = SQL("SELECT version, until, values::text FROM {table} WHERE id = %s AND version <= %s ORDER BY version")
"""All rows of a record up to a version, in order."""


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """The change of the record by one version. `values` use the column names of that version; None means removed."""

    version: int
    type: str
    at: datetime.datetime
    actor: str
    removed: bool
    values: Mapping[str, Value] | None
    changed: tuple[str, ...]


async def read(connection: "AsyncConnection[Any]", snapshot: Snapshot, id: int) -> list[HistoryEntry]:
    """The entries up to the snapshot's version. Raises NotFound if no version up to it ever had the record."""
    spans = _SPANS.format(table=snapshot.table.identifier)
    rows = await (await connection.execute(spans, [id, snapshot.version])).fetchall()
    if not rows:
        raise NotFound("record-not-found", f"There is no record {id} in any version up to {snapshot.version}")
    states = _collect_states(rows, snapshot.version)
    changes = await versions.read_changes(connection, snapshot.id, list(states))
    known = await versions.list_definitions(connection, snapshot.id, snapshot.version)
    before = dict(zip(list(states)[1:], states.values(), strict=False))
    return [_history_entry(row, states[row[0]], before.get(row[0]), _definition_at(known, row[0])) for row in changes]


def _collect_states(rows: Sequence[tuple[int, int, str]], newest: int) -> dict[int, Values | None]:
    """The record's values after each version that changed it; None: removed."""
    states: dict[int, Values | None] = {}
    for version, until, values in rows:
        states[version] = tuple(exact_json.loads(values))
        if until <= newest:
            states[until] = None
    return dict(sorted(states.items()))


def _definition_at(known: Sequence[tuple[int, Definition]], version: int) -> Definition:
    return next(definition for since, definition in reversed(known) if since <= version)


def _history_entry(
    row: tuple[int, str, datetime.datetime, str],
    values: Values | None,
    before: Values | None,
    definition: Definition,
) -> HistoryEntry:
    changed = tuple(
        column.name
        for column in definition.columns
        if exact_json.dumps(_value_at(values, column.position))
        != exact_json.dumps(_value_at(before, column.position))
    )
    named = None if values is None else {c.name: _value_at(values, c.position) for c in definition.columns}
    version, type, at, actor = row
    return HistoryEntry(version, type, at, actor, values is None, named, changed)


def _value_at(values: Values | None, position: int) -> Value:
    return values[position] if values is not None and position < len(values) else None
