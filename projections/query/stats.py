"""Read the totals of a workspace: its contents and its storage. Each total is one query over small tables.

Storage is the size of whole tables with their indexes and free space. For record tables it is the number of pages
that PostgreSQL counted at the last load, ANALYZE or vacuum: measuring the files of a thousand tables takes 150 ms.
"""

from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row
from psycopg.sql import SQL

from domain.access.access import Access
from projections.models import imports
from projections.models.datasets import dataset_reads
from projections.sql.visible_datasets import visibility_parameters

_STORAGE = SQL("""
WITH tables AS (
    SELECT class.oid, class.relpages, class.reltoastrelid FROM ({visible}) AS visible
    JOIN pg_class AS class ON class.relname = dataset_id::text AND class.relnamespace = 'records'::regnamespace),
parts AS (
    SELECT oid, relpages FROM tables
    UNION ALL SELECT toast.oid, toast.relpages FROM tables JOIN pg_class AS toast ON toast.oid = tables.reltoastrelid)
SELECT ((SELECT coalesce(sum(relpages), 0) FROM parts)
        + (SELECT coalesce(sum(class.relpages), 0) FROM parts JOIN pg_index ON indrelid = parts.oid
           JOIN pg_class AS class ON class.oid = indexrelid)
       )::bigint * current_setting('block_size')::bigint AS records,
       {rejects} AS rejects
""").format(visible=dataset_reads.VISIBLE, rejects=imports.REJECTS_BYTES)
"""The bytes of the record tables that are visible, and of all rejects."""


async def read(connection: "AsyncConnection[Any]", access: Access) -> dict[str, Any]:
    """The totals by name. `records` counts current records, `versions` counts events; sizes are in bytes."""
    return {
        **await dataset_reads.read_totals(connection, access),
        "imports": await imports.read_totals(connection, access),
        "files": await imports.read_source_totals(connection, access),
        "storage": await _read_storage(connection, access),
    }


async def _read_storage(connection: "AsyncConnection[Any]", access: Access) -> dict[str, int]:
    cursor = connection.cursor(row_factory=dict_row)
    row = await (await cursor.execute(_STORAGE, visibility_parameters(access))).fetchone()
    assert row is not None
    return row
