"""The imports read model: each import with its source file and counts, and the rows it rejected.

Tables `imports` and `rejects`, keyed by dataset and import; rows are only added. Fed by RecordsImported; read by the
imports endpoints.
"""

from collections.abc import Sequence
from typing import Any, assert_never

from psycopg import Cursor
from psycopg.types.json import Jsonb

from domain import exact_json
from domain.dataset.aggregate import DATASET
from domain.dataset.events import (
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
from projections.models.read_model import Inline, ProjectionContext, ReadChunk, ReadModel

_INSERT = """
INSERT INTO imports (dataset_id, import_id, version, job_id, mode, filename, size, sha256, options, notes,
                     rows_read, accepted, rejected, at, actor, added, changed, removed, unchanged, columns)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""

_REJECTS = 'COPY rejects (dataset_id, import_id, number, line, "column", code, detail, raw, cells) FROM STDIN'


IGNORES = (
    DatasetCreated,
    DatasetChanged,
    DatasetDeleted,
    DatasetReverted,
    RecordCreated,
    RecordUpdated,
    RecordDeleted,
    RecordsChanged,
)


def project(cursor: "Cursor[Any]", recorded: Sequence[RecordedDatasetEvent], context: ProjectionContext) -> None:
    """One row an import, and one a row that it rejected."""
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
    with cursor.copy(_REJECTS) as copy:
        for chunk in event.reject_chunks:
            for text in read_chunk(one.stream_id, chunk).split(b"\n")[:-1]:
                number += 1
                line, column, code, detail, raw, *cells = exact_json.loads(text)
                reject = (line, column, code, detail, raw, Jsonb(cells[0]) if cells else None)
                copy.write_row((one.stream_id, event.import_id, number, *reject))


def _columns(event: RecordsImported) -> list[str]:
    """The file's columns; imports of before they were kept were of new datasets."""
    if event.columns or event.dataset is None:
        return list(event.columns)
    return list(event.dataset.definition.names)
