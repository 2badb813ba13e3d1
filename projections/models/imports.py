"""The imports read model: each import with its source file and counts, and the rows it rejected.

Tables `imports` and `rejects`, keyed by dataset and import; rows are only added. Fed by RecordsImported; read by the
imports endpoints.
"""

from collections.abc import Sequence
from typing import Any, assert_never
from uuid import UUID

from psycopg import AsyncConnection, Cursor
from psycopg.rows import dict_row
from psycopg.sql import SQL, Composed
from psycopg.types.json import Jsonb

from domain import exact_json
from domain.access.access import Access
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
)
from projections.models import versions
from projections.models.datasets import dataset_reads
from projections.models.read_model import Inline, ProjectionContext, ReadChunk, ReadModel
from projections.sql.visible_datasets import visibility_parameters

ImportRow = dict[str, Any]

_INSERT = """
INSERT INTO imports (dataset_id, import_id, version, job_id, mode, filename, size, sha256, options, notes,
                     rows_read, accepted, rejected, at, actor, added, changed, removed, unchanged, columns)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""

_COPY_REJECTS = 'COPY rejects (dataset_id, import_id, number, line, "column", code, detail, raw, cells) FROM STDIN'

OF_DATASET = SQL("SELECT * FROM imports WHERE dataset_id = %(dataset)s")
"""The imports of a dataset."""

REJECTS_BYTES = SQL("pg_total_relation_size('rejects')")
"""The size of the table of rejects with its indexes and free space."""

_LIST = """
SELECT import_id, version, job_id, mode, filename, size, sha256, options, notes, rows_read, accepted, rejected, at,
       actor, added, changed, removed, unchanged, columns
FROM imports
WHERE dataset_id = %(dataset)s AND version <= %(newest)s AND (%(import)s::uuid IS NULL OR import_id = %(import)s)
ORDER BY version DESC LIMIT %(limit)s
"""

_LIST_REJECTS = """
SELECT number, line, "column", code, detail, raw, cells FROM rejects
WHERE dataset_id = %s AND import_id = %s AND number > %s ORDER BY number LIMIT %s
"""

_TOTALS = SQL("""
SELECT count(*) AS count, coalesce(sum(rows_read), 0)::bigint AS rows_read,
       coalesce(sum(accepted), 0)::bigint AS accepted, coalesce(sum(rejected), 0)::bigint AS rejected
FROM imports WHERE dataset_id IN ({visible})
""").format(visible=dataset_reads.VISIBLE)
"""The number of imports and of their rows."""

_SOURCE_TOTALS = SQL("""
SELECT count(*) AS files, coalesce(sum(size), 0)::bigint AS bytes
FROM (SELECT DISTINCT sha256, size FROM imports WHERE dataset_id IN ({visible})) AS different
""").format(visible=dataset_reads.VISIBLE)
"""The number and size of the distinct source files."""

_SOURCE_HASHES = "SELECT sha256 FROM imports WHERE dataset_id = %s"

_HAS_SOURCE = "SELECT EXISTS (SELECT FROM imports WHERE sha256 = %s)"

IGNORES = (
    DatasetCreated,
    DatasetChanged,
    ColumnsChanged,
    DatasetDeleted,
    DatasetReverted,
    RecordCreated,
    RecordUpdated,
    RecordDeleted,
    RecordsChanged,
)


def project(cursor: "Cursor[Any]", recorded: Sequence[RecordedDatasetEvent], context: ProjectionContext) -> None:
    """Add one row per import, and one per row that it rejected."""
    for one in recorded:
        event = one.event
        if isinstance(event, IGNORES):
            continue
        match event:
            case RecordsImported():
                _project_import(cursor, one, event, context.read_chunk)
            case _:
                assert_never(event)


READ_MODEL = ReadModel(
    name="imports",
    tables=("imports", "rejects"),
    aggregates=(DATASET,),
    ignores=IGNORES,
    project=project,
    runs=Inline(versions.read_position),
)


async def list_imports(
    connection: "AsyncConnection[Any]", dataset_id: UUID, newest: int, limit: int, id: UUID | None = None
) -> list[ImportRow]:
    """The imports with a version from `newest` downwards, or only the import `id` if it is among them."""
    parameters = {"dataset": dataset_id, "newest": newest, "import": id, "limit": limit}
    cursor = connection.cursor(row_factory=dict_row)
    return await (await cursor.execute(_LIST, parameters)).fetchall()


async def list_rejects(
    connection: "AsyncConnection[Any]", dataset_id: UUID, id: UUID, after: int, limit: int
) -> list[ImportRow]:
    """The rejected rows of an import in the order of the file, those numbered above `after`."""
    cursor = connection.cursor(row_factory=dict_row)
    return await (await cursor.execute(_LIST_REJECTS, [dataset_id, id, after, limit])).fetchall()


async def read_totals(connection: "AsyncConnection[Any]", access: Access) -> ImportRow:
    """The numbers of imports and of the rows they read, accepted and rejected."""
    return await _read_totals(connection, _TOTALS, access)


async def read_source_totals(connection: "AsyncConnection[Any]", access: Access) -> ImportRow:
    """The number and size of the distinct source files."""
    return await _read_totals(connection, _SOURCE_TOTALS, access)


async def _read_totals(connection: "AsyncConnection[Any]", statement: Composed, access: Access) -> ImportRow:
    cursor = connection.cursor(row_factory=dict_row)
    row = await (await cursor.execute(statement, visibility_parameters(access))).fetchone()
    assert row is not None
    return row


def read_source_hashes(cursor: "Cursor[Any]", dataset_id: UUID) -> list[str]:
    """The SHA-256 (hex) of the source files of the dataset's imports."""
    return [sha256 for (sha256,) in cursor.execute(_SOURCE_HASHES, [dataset_id]).fetchall()]


def has_source(cursor: "Cursor[Any]", sha256: str) -> bool:
    """Whether any import has this source file."""
    row = cursor.execute(_HAS_SOURCE, [sha256]).fetchone()
    return row is not None and bool(row[0])


def _project_import(
    cursor: "Cursor[Any]", one: RecordedDatasetEvent, event: RecordsImported, read_chunk: ReadChunk
) -> None:
    source = event.source
    row = (
        *(one.stream_id, event.import_id, one.version, event.job_id, event.mode),
        *(source.filename, source.size, source.sha256, Jsonb(dict(event.found)), Jsonb(list(event.notes))),
        *(event.rows_read, event.accepted, event.rejected, one.metadata.at, one.metadata.actor),
        *(event.added, event.changed, event.removed, event.unchanged, Jsonb(_columns(event))),
    )
    cursor.execute(_INSERT, row)
    if not event.reject_chunks:
        return
    number = 0
    with cursor.copy(_COPY_REJECTS) as copy:
        for chunk in event.reject_chunks:
            for text in read_chunk(one.stream_id, chunk).split(b"\n")[:-1]:
                number += 1
                line, column, code, detail, raw, *cells = exact_json.loads(text)
                reject = (line, column, code, detail, raw, Jsonb(cells[0]) if cells else None)
                copy.write_row((one.stream_id, event.import_id, number, *reject))


def _columns(event: RecordsImported) -> list[str]:
    """The file's columns. Old events do not have them, but those created datasets with the same columns."""
    if event.columns or event.dataset is None:
        return list(event.columns)
    return list(event.dataset.definition.names)
