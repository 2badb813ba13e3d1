"""Read the totals of a workspace: its contents and its storage. Each total is one query over small tables.

Storage is the size of whole tables with their indexes and free space. For record tables it is the number of pages
that PostgreSQL counted at the last load, ANALYZE or vacuum: measuring the files of a thousand tables takes 150 ms.
"""

from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row

_DATASETS = """
SELECT count(*) FILTER (WHERE deleted_at IS NULL) AS datasets,
       count(*) FILTER (WHERE deleted_at IS NOT NULL) AS deleted,
       coalesce(sum(records) FILTER (WHERE deleted_at IS NULL), 0)::bigint AS records,
       coalesce(sum(version), 0)::bigint AS versions
FROM datasets WHERE workspace = %(workspace)s
"""
"""The numbers of datasets, records and versions."""

_POSITION = "SELECT coalesce(max(notification_id), 0) AS position FROM events"
"""The position of the last event in the global log."""

_IMPORTS = """
SELECT count(*) AS count, coalesce(sum(rows_read), 0)::bigint AS rows_read,
       coalesce(sum(accepted), 0)::bigint AS accepted, coalesce(sum(rejected), 0)::bigint AS rejected
FROM imports JOIN datasets USING (dataset_id) WHERE workspace = %(workspace)s
"""
"""The number of imports and of their rows."""

_FILES = """
SELECT count(*) AS files, coalesce(sum(size), 0)::bigint AS bytes
FROM (SELECT DISTINCT sha256, size FROM imports JOIN datasets USING (dataset_id)
      WHERE workspace = %(workspace)s) AS different
"""
"""The number and size of the distinct source files."""

_JOBS = "SELECT state, count(*) AS count FROM jobs WHERE workspace = %(workspace)s GROUP BY state"
"""The number of jobs in each state."""

_STORAGE = """
WITH tables AS (
    SELECT class.oid, class.relpages, class.reltoastrelid FROM datasets
    JOIN pg_class AS class ON class.relname = dataset_id::text AND class.relnamespace = 'records'::regnamespace
    WHERE workspace = %(workspace)s),
parts AS (
    SELECT oid, relpages FROM tables
    UNION ALL SELECT toast.oid, toast.relpages FROM tables JOIN pg_class AS toast ON toast.oid = tables.reltoastrelid)
SELECT ((SELECT coalesce(sum(relpages), 0) FROM parts)
        + (SELECT coalesce(sum(class.relpages), 0) FROM parts JOIN pg_index ON indrelid = parts.oid
           JOIN pg_class AS class ON class.oid = indexrelid)
       )::bigint * current_setting('block_size')::bigint AS records,
       pg_total_relation_size('events') AS events,
       pg_total_relation_size('chunks') AS chunks,
       pg_total_relation_size('rejects') AS rejects
"""
"""The storage of record tables from their page counts, and of the events, chunks and rejects tables."""


async def read(connection: "AsyncConnection[Any]", workspace: str) -> dict[str, Any]:
    """The totals by name. `records` counts current records, `versions` counts events; sizes are in bytes."""
    datasets, position, imports, files, storage = [
        (await _fetch_rows(connection, query, workspace))[0]
        for query in (_DATASETS, _POSITION, _IMPORTS, _FILES, _STORAGE)
    ]
    jobs = {row["state"]: row["count"] for row in await _fetch_rows(connection, _JOBS, workspace)}
    return {**datasets, **position, "imports": imports, "jobs": jobs, "files": files, "storage": storage}


async def _fetch_rows(connection: "AsyncConnection[Any]", query: str, workspace: str) -> list[dict[str, Any]]:
    cursor = connection.cursor(row_factory=dict_row)
    return await (await cursor.execute(query.encode(), {"workspace": workspace})).fetchall()
