"""Lists of datasets and jobs, of a dataset's versions and of its imports: newest first, paged by keyset."""

import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import dict_row

from domain.access.access import Access
from domain.access.grants import Action
from domain.errors import NotFound
from projections.query.snapshots import Snapshot, parse_dataset_id
from projections.sql.visibility import visibility_parameters

ListRow = dict[str, Any]

_DATASETS = """
SELECT dataset_id, slug, owner, version, definition, records, created_at, updated_at FROM datasets
WHERE workspace = %(workspace)s AND deleted_at IS NULL
  AND (%(visible)s::uuid[] IS NULL OR dataset_id = ANY(%(visible)s))
  AND (%(after)s::uuid IS NULL
       OR (created_at, dataset_id) < (SELECT created_at, dataset_id FROM datasets WHERE dataset_id = %(after)s::uuid))
ORDER BY created_at DESC, dataset_id DESC LIMIT %(limit)s
"""

_JOBS = """
SELECT * FROM jobs
WHERE workspace = %(workspace)s AND (%(state)s::text IS NULL OR state = %(state)s)
  AND (%(dataset)s::uuid IS NULL OR dataset_id = %(dataset)s)
  AND (%(visible)s::uuid[] IS NULL OR dataset_id = ANY(%(visible)s))
  AND (%(created_at)s::timestamptz IS NULL OR (created_at, job_id) < (%(created_at)s, %(after)s::uuid))
ORDER BY created_at DESC, job_id DESC LIMIT %(limit)s
"""

_DATASET_OF_JOBS = """
SELECT dataset_id FROM slugs WHERE workspace = %(workspace)s AND slug = %(slug)s
UNION ALL SELECT dataset_id FROM datasets WHERE workspace = %(workspace)s AND dataset_id = %(id)s
UNION ALL SELECT dataset_id FROM jobs WHERE workspace = %(workspace)s AND dataset_id = %(id)s LIMIT 1
"""
"""A dataset that an import is about to make, or has failed to make, is known by its slug or its jobs only."""

JobPosition = tuple[datetime.datetime, UUID]
"""When a job was asked for, and its id."""

_VERSIONS = """
SELECT version, type, at, actor, correlation_id, added, changed, removed, import_id, comment FROM versions
WHERE dataset_id = %(dataset)s AND version <= %(newest)s AND (%(version)s::bigint IS NULL OR version = %(version)s)
ORDER BY version DESC LIMIT %(limit)s
"""

_IMPORTS = """
SELECT import_id, version, job_id, mode, filename, size, sha256, options, notes, rows_read, accepted, rejected, at,
       actor, added, changed, removed, unchanged, columns
FROM imports
WHERE dataset_id = %(dataset)s AND version <= %(newest)s AND (%(import)s::uuid IS NULL OR import_id = %(import)s)
ORDER BY version DESC LIMIT %(limit)s
"""

_REJECTS = """
SELECT number, line, "column", code, detail, raw, cells FROM rejects
WHERE dataset_id = %s AND import_id = %s AND number > %s ORDER BY number LIMIT %s
"""


async def datasets(
    connection: "AsyncConnection[Any]", access: Access, after: UUID | None, limit: int
) -> list[ListRow]:
    """Datasets that are not deleted, those created before the dataset `after`."""
    return await _fetch_rows(connection, _DATASETS, {**visibility_parameters(access), "after": after, "limit": limit})


async def jobs(
    connection: "AsyncConnection[Any]",
    access: Access,
    dataset: str | None,
    state: str | None,
    after: JobPosition | None,
    limit: int,
) -> list[ListRow]:
    """The jobs asked for before `after`, of one dataset (id or slug) or all. Raises NotFound for the dataset."""
    dataset_id = None if dataset is None else await _find_dataset_of_jobs(connection, access, dataset)
    created_at, job_id = after or (None, None)
    asked = {**visibility_parameters(access), "dataset": dataset_id, "state": state, "limit": limit}
    return await _fetch_rows(connection, _JOBS, asked | {"created_at": created_at, "after": job_id})


async def _find_dataset_of_jobs(connection: "AsyncConnection[Any]", access: Access, dataset: str) -> UUID:
    id = parse_dataset_id(dataset)
    asked = {"workspace": access.workspace, "id": id, "slug": dataset if id is None else None}
    row = await (await connection.execute(_DATASET_OF_JOBS, asked)).fetchone()
    if row is None or not access.may(Action.READ, row[0]):
        raise NotFound("dataset-not-found", f"There is no dataset {dataset!r}")
    found: UUID = row[0]
    return found


async def versions(connection: "AsyncConnection[Any]", snapshot: Snapshot, up_to: int, limit: int) -> list[ListRow]:
    """The versions from `up_to` downwards."""
    asked = {"dataset": snapshot.id, "newest": min(up_to, snapshot.version), "version": None, "limit": limit}
    return await _fetch_rows(connection, _VERSIONS, asked)


async def version(connection: "AsyncConnection[Any]", snapshot: Snapshot, number: int) -> ListRow:
    """Raises NotFound."""
    asked = {"dataset": snapshot.id, "newest": snapshot.version, "version": number, "limit": 1}
    if not (rows := await _fetch_rows(connection, _VERSIONS, asked)):
        detail = f"There is no version {number}: the dataset has versions 1 to {snapshot.version}"
        raise NotFound("version-not-found", detail)
    return rows[0]


async def imports(connection: "AsyncConnection[Any]", snapshot: Snapshot, up_to: int, limit: int) -> list[ListRow]:
    """The imports with a version from `up_to` downwards."""
    asked = {"dataset": snapshot.id, "newest": min(up_to, snapshot.version), "import": None, "limit": limit}
    return await _fetch_rows(connection, _IMPORTS, asked)


async def import_by_id(connection: "AsyncConnection[Any]", snapshot: Snapshot, id: UUID) -> ListRow:
    """Raises NotFound."""
    asked = {"dataset": snapshot.id, "newest": snapshot.version, "import": id, "limit": 1}
    if not (rows := await _fetch_rows(connection, _IMPORTS, asked)):
        raise NotFound("import-not-found", f"There is no import {id} of this dataset")
    return rows[0]


async def rejects(
    connection: "AsyncConnection[Any]", snapshot: Snapshot, id: UUID, after: int, limit: int
) -> list[ListRow]:
    """The rejected rows of an import in the order of the file, those numbered above `after`."""
    return await _fetch_rows(connection, _REJECTS, [snapshot.id, id, after, limit])


async def _fetch_rows(connection: "AsyncConnection[Any]", query: str, parameters: Any) -> list[ListRow]:
    cursor = connection.cursor(row_factory=dict_row)
    return await (await cursor.execute(query.encode(), parameters)).fetchall()
