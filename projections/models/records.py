"""The records read model: every version of every record, in one table per dataset (`record_tables.py`).

Fed by every event that adds, changes or removes records: an older row is closed, a new one added. Read by pages,
single records, histories and exports. The same functions serve append, import and rebuild.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, assert_never

from psycopg import Cursor
from psycopg.sql import SQL

from domain import exact_json
from domain.dataset.aggregate import DATASET
from domain.dataset.events import (
    ColumnsChanged,
    DatasetChanged,
    DatasetCreated,
    DatasetDeleted,
    DatasetReverted,
    RecordCreated,
    RecordDeleted,
    RecordedDatasetEvent,
    RecordsChanged,
    RecordsImported,
    RecordUpdated,
    inline_changes,
)
from domain.dataset.state import Record
from domain.schema import Values
from projections.indexes import write_guard
from projections.models import versions
from projections.models.read_model import Inline, ProjectionContext, ReadChunk, ReadModel
from projections.sql.record_tables import (
    OPEN,
    RecordTable,
    create,
    fill_table,
    finish,
    index_unique_sets,
    load_rows,
)

_CLOSE = SQL("""
UPDATE {table} AS row SET until = change.version
FROM unnest(%s::bigint[], %s::bigint[]) AS change (id, version)
WHERE row.id = change.id AND row.until = {open}
""")

_INSERT = SQL("""
INSERT INTO {table} (id, version, until, values)
SELECT id, version, until, values::jsonb
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %b::text[]) AS new (id, version, until, values)
""")

_CURRENT = SQL("""
SELECT id, version, values::text FROM {table} WHERE id = ANY(%s::bigint[]) AND until = {open}
""")


def read_current(cursor: "Cursor[Any]", table: RecordTable, ids: Sequence[int]) -> Mapping[int, Record]:
    """The current records among `ids`."""
    rows = cursor.execute(fill_table(_CURRENT, table), [list(ids)]).fetchall()
    return {id: Record(version, decode_values(text)) for id, version, text in rows}


IGNORES = (DatasetChanged, DatasetDeleted)


def project(cursor: "Cursor[Any]", recorded: Sequence[RecordedDatasetEvent], context: ProjectionContext) -> None:
    """Apply the events to the datasets' tables. The rows of an import are loaded here too."""
    for dataset_id, run in groupby(recorded, lambda one: one.stream_id):
        _project_stream(cursor, context.record_table(dataset_id), list(run), context.read_chunk)


READ_MODEL = ReadModel(
    name="records",
    tables=(),
    aggregates=(DATASET,),
    ignores=IGNORES,
    project=project,
    runs=Inline(versions.read_position, on_decision=True),
    has_record_tables=True,
)


def _project_stream(
    cursor: "Cursor[Any]", table: RecordTable, recorded: Sequence[RecordedDatasetEvent], read_chunk: ReadChunk
) -> None:
    waiting: list[RecordedDatasetEvent] = []
    for one in recorded:
        if inline_changes(one.event) and not isinstance(one.event, ColumnsChanged):
            waiting.append(one)
            continue
        _apply_inline(cursor, table, waiting)
        waiting = []
        event = one.event
        if isinstance(event, IGNORES):
            continue
        match event:
            case DatasetCreated(definition=definition):
                create(cursor, table)
                finish(cursor, table, definition)
            case RecordsImported() as imported:
                _load_import(cursor, table, one, imported, read_chunk)
            case DatasetReverted(chunks=chunks) | RecordsChanged(chunks=chunks):
                for chunk in chunks:
                    _apply_chunk(cursor, table, one.version, read_chunk(one.stream_id, chunk))
            case ColumnsChanged(definition=definition, chunks=chunks):
                _apply_inline(cursor, table, [one])
                for chunk in chunks:
                    _apply_chunk(cursor, table, one.version, read_chunk(one.stream_id, chunk))
                index_unique_sets(cursor, table, definition)
            case RecordCreated() | RecordUpdated() | RecordDeleted():
                pass  # they are in `waiting`
            case _:
                assert_never(event)
    _apply_inline(cursor, table, waiting)


def decode_values(text: str) -> Values:
    return tuple(exact_json.loads(text))


def _load_import(
    cursor: "Cursor[Any]",
    table: RecordTable,
    one: RecordedDatasetEvent,
    imported: RecordsImported,
    read_chunk: ReadChunk,
) -> None:
    if imported.dataset is not None:
        create(cursor, table)
    for chunk in imported.change_chunks:
        _apply_chunk(cursor, table, one.version, read_chunk(one.stream_id, chunk))
    with load_rows(cursor, table, one.version, imported.first_id) as copy:
        for chunk in imported.chunks:
            copy.write(read_chunk(one.stream_id, chunk))
    if imported.dataset is not None:
        finish(cursor, table, imported.dataset.definition)


def _apply_inline(cursor: "Cursor[Any]", table: RecordTable, recorded: Sequence[RecordedDatasetEvent]) -> None:
    changes = [
        (change.id, one.version, None if change.values is None else exact_json.dumps(change.values))
        for one in recorded
        for change in inline_changes(one.event)
    ]
    _apply(cursor, table, changes)


def _apply_chunk(cursor: "Cursor[Any]", table: RecordTable, version: int, lines: bytes) -> None:
    rows = (exact_json.loads(line) for line in lines.split(b"\n")[:-1])
    changes = [(id, version, None if values is None else exact_json.dumps(values)) for id, values, *_ in rows]
    _apply(cursor, table, changes)


def _apply(cursor: "Cursor[Any]", table: RecordTable, changes: Sequence[tuple[int, int, str | None]]) -> None:
    """Close the rows that the changes (id, version, values or None) replace, and insert the new rows."""
    if not changes:
        return
    closed: dict[int, int] = {}
    rows: list[list[Any]] = []
    newest: dict[int, list[Any]] = {}
    for id, version, values in changes:
        closed.setdefault(id, version)
        if (before := newest.pop(id, None)) is not None:
            before[2] = version
        if values is not None:
            newest[id] = [id, version, OPEN, values]
            rows.append(newest[id])
    write_guard.drop_blocking_indexes(cursor, table, [values for _, _, values in changes])
    cursor.execute(fill_table(_CLOSE, table), [list(closed), list(closed.values())])
    if rows:
        cursor.execute(fill_table(_INSERT, table), [list(column) for column in zip(*rows, strict=True)])
