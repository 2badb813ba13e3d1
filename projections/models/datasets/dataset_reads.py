"""Reads the table of datasets: by name, in lists, and in statements about other tables."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, Cursor
from psycopg.rows import dict_row
from psycopg.sql import SQL, Composable, Composed

from domain.access.access import Access
from projections.sql.visible_datasets import visibility_parameters

DatasetRow = dict[str, Any]

NEWEST_VERSION = SQL("""SELECT version FROM datasets
    WHERE dataset_id = %s AND workspace = %s AND deleted_at IS NULL AND slug = coalesce(%s, slug)""")
"""The newest version of a dataset that exists and still has the name by which it was requested; no row otherwise."""

VISIBLE = SQL("""SELECT dataset_id FROM datasets
    WHERE workspace = %(workspace)s AND (%(visible)s::uuid[] IS NULL OR dataset_id = ANY(%(visible)s))""")
"""The datasets of a workspace that may be read, including deleted ones. Parameters: `visibility_parameters`."""

EXISTING = SQL("""SELECT dataset_id, slug, version, definition, created_at FROM datasets
    WHERE workspace = %(workspace)s AND deleted_at IS NULL
      AND (%(visible)s::uuid[] IS NULL OR dataset_id = ANY(%(visible)s))""")
"""The datasets that exist and may be read. Its parameters are `visibility_parameters`."""

_EXISTS = SQL("EXISTS (SELECT FROM datasets WHERE datasets.dataset_id = {id} AND deleted_at IS NULL)")

_HEAD_BY_ID = """
SELECT dataset_id, slug, owner, version, definition_version, definition::text, records, created_at, updated_at,
       deleted_at IS NOT NULL
FROM datasets WHERE dataset_id = %s AND workspace = %s
"""

_HEAD_BY_SLUG = """
SELECT dataset_id, slug, owner, version, definition_version, definition::text, records, created_at, updated_at,
       deleted_at IS NOT NULL
FROM datasets WHERE slug = %s AND workspace = %s ORDER BY deleted_at IS NULL DESC, created_at DESC LIMIT 1
"""
"""A slug may have belonged to datasets that were deleted since."""

_LIST = """
SELECT dataset_id, slug, owner, version, definition, records, created_at, updated_at FROM datasets
WHERE workspace = %(workspace)s AND deleted_at IS NULL
  AND (%(visible)s::uuid[] IS NULL OR dataset_id = ANY(%(visible)s))
  AND (%(after)s::uuid IS NULL
       OR (created_at, dataset_id) < (SELECT created_at, dataset_id FROM datasets WHERE dataset_id = %(after)s::uuid))
ORDER BY created_at DESC, dataset_id DESC LIMIT %(limit)s
"""

_VISIBLE_AMONG = VISIBLE + SQL(" AND dataset_id = ANY(%(ids)s::uuid[])")

_SLUGS = """
SELECT slug, bool_or(%(visible)s::uuid[] IS NULL OR dataset_id = ANY(%(visible)s)) FROM datasets
WHERE workspace = %(workspace)s GROUP BY slug ORDER BY min(created_at), slug
"""
"""The slugs of all datasets, in order of first use, and whether each is visible."""

_TOTALS = """
SELECT count(*) FILTER (WHERE deleted_at IS NULL) AS datasets,
       count(*) FILTER (WHERE deleted_at IS NOT NULL) AS deleted,
       coalesce(sum(records) FILTER (WHERE deleted_at IS NULL), 0)::bigint AS records,
       coalesce(sum(version), 0)::bigint AS versions
FROM datasets WHERE workspace = %(workspace)s AND (%(visible)s::uuid[] IS NULL OR dataset_id = ANY(%(visible)s))
"""
"""The numbers of datasets, records and versions."""

_HAS = "SELECT EXISTS (SELECT FROM datasets WHERE workspace = %s AND dataset_id = %s)"

_FIND_BY_NAME = """
SELECT dataset_id, deleted_at IS NOT NULL FROM datasets
WHERE workspace = %s AND (slug = %s OR dataset_id::text = lower(%s))
ORDER BY created_at DESC
"""

_IS_DELETED = "SELECT EXISTS (SELECT FROM datasets WHERE dataset_id = %s AND deleted_at IS NOT NULL)"

_LOCK_DELETED = "SELECT deleted_at IS NOT NULL FROM datasets WHERE dataset_id = %s FOR UPDATE"

_WORKSPACES = "SELECT dataset_id, workspace FROM datasets WHERE dataset_id = ANY(%s::uuid[])"


def exists_sql(id: Composable) -> Composed:
    """The condition that there is a dataset of this id that is not deleted."""
    return _EXISTS.format(id=id)


async def find_head(connection: "AsyncConnection[Any]", workspace: str, name: UUID | str) -> tuple[Any, ...] | None:
    """The row of a dataset by its id or slug, deleted or not: id, slug, owner, version, the definition's version and
    JSON text, records, times of creation and last change, and whether it is deleted."""
    statement = _HEAD_BY_ID if isinstance(name, UUID) else _HEAD_BY_SLUG
    return await (await connection.execute(statement, [name, workspace])).fetchone()


async def list_datasets(
    connection: "AsyncConnection[Any]", access: Access, after: UUID | None, limit: int
) -> list[DatasetRow]:
    """Datasets that are not deleted, newest first, those created before the dataset `after`."""
    parameters = {**visibility_parameters(access), "after": after, "limit": limit}
    cursor = connection.cursor(row_factory=dict_row)
    return await (await cursor.execute(_LIST, parameters)).fetchall()


async def find_visible(connection: "AsyncConnection[Any]", access: Access, ids: Sequence[UUID]) -> frozenset[UUID]:
    """The datasets among `ids` that may be read."""
    cursor = await connection.execute(_VISIBLE_AMONG, {**visibility_parameters(access), "ids": list(ids)})
    return frozenset(row[0] for row in await cursor.fetchall())


async def list_slugs(connection: "AsyncConnection[Any]", access: Access) -> list[tuple[str, bool]]:
    """Every slug in use now or in the past, including those of deleted datasets, in order of first use; and whether
    it is or was the slug of a visible dataset."""
    rows = await (await connection.execute(_SLUGS, visibility_parameters(access))).fetchall()
    return [(slug, visible) for slug, visible in rows]


async def read_totals(connection: "AsyncConnection[Any]", access: Access) -> DatasetRow:
    """The numbers of datasets, deleted datasets, records and versions."""
    cursor = connection.cursor(row_factory=dict_row)
    row = await (await cursor.execute(_TOTALS, visibility_parameters(access))).fetchone()
    assert row is not None
    return row


async def has_dataset(connection: "AsyncConnection[Any]", workspace: str, dataset_id: UUID) -> bool:
    """Whether the workspace has the dataset, deleted or not."""
    row = await (await connection.execute(_HAS, [workspace, dataset_id])).fetchone()
    return row is not None and bool(row[0])


def find_by_name(cursor: "Cursor[Any]", workspace: str, name: str) -> list[tuple[UUID, bool]]:
    """The datasets with this slug or id, newest first, each with whether it is deleted."""
    return cursor.execute(_FIND_BY_NAME, [workspace, name, name]).fetchall()


def is_deleted(cursor: "Cursor[Any]", dataset_id: UUID) -> bool:
    """Whether the dataset exists but was deleted."""
    row = cursor.execute(_IS_DELETED, [dataset_id]).fetchone()
    return row is not None and bool(row[0])


def lock_deleted(cursor: "Cursor[Any]", dataset_id: UUID) -> bool | None:
    """Whether the dataset was deleted; None: it does not exist. Its row is locked until the transaction ends."""
    row = cursor.execute(_LOCK_DELETED, [dataset_id]).fetchone()
    return None if row is None else bool(row[0])


def find_workspaces(cursor: "Cursor[Any]", ids: Sequence[UUID]) -> Mapping[UUID, str]:
    """The workspace of each dataset that is not purged."""
    return dict(cursor.execute(_WORKSPACES, [list(ids)]).fetchall())
