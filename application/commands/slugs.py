"""Slugs: names of datasets in URLs, unique in a workspace."""

import re
import unicodedata
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, Cursor

from application.ports import ReadModels

_RESERVE = """
INSERT INTO slugs (workspace, slug, dataset_id) VALUES (%(workspace)s, %(slug)s, %(dataset)s)
ON CONFLICT (workspace, slug) DO UPDATE SET dataset_id = excluded.dataset_id WHERE slugs.dataset_id = %(former)s
RETURNING slug
"""
"""Reserves a slug that is free or belongs to the dataset `former`. It locks the row in any case."""

_FIND = "SELECT dataset_id FROM slugs WHERE workspace = %(workspace)s AND slug = %(slug)s"

_RELEASE = "DELETE FROM slugs WHERE dataset_id = %s"


def make_slug(name: str) -> str:
    """`Orders 2024 (final)` → `orders-2024-final`; letters of other scripts are kept."""
    text = unicodedata.normalize("NFKC", name).casefold()
    text = re.sub(r"[^\w]+", "-", text).strip("-_")[:80].strip("-_")
    return text or "dataset"


def reserve(cursor: "Cursor[Any]", models: ReadModels, workspace: str, name: str, dataset_id: UUID) -> str:
    """Reserve the slug of `name`, or the first free one of `name-2`, `name-3`, … (of a deleted dataset: free)."""
    base = make_slug(name)
    slug, number = base, 1
    while not _try_reserve(cursor, models, workspace, slug, dataset_id):
        number += 1
        slug = f"{base}-{number}"
    return slug


def release(cursor: "Cursor[Any]", dataset_id: UUID) -> None:
    """Release the slug of a dataset that was never created or was purged."""
    cursor.execute(_RELEASE, [dataset_id])


async def find_dataset(connection: "AsyncConnection[Any]", workspace: str, slug: str) -> UUID | None:
    """The dataset that has reserved the slug, whether it exists already or not."""
    row = await (await connection.execute(_FIND, {"workspace": workspace, "slug": slug})).fetchone()
    return None if row is None else row[0]


def _try_reserve(cursor: "Cursor[Any]", models: ReadModels, workspace: str, slug: str, dataset_id: UUID) -> bool:
    parameters = {"workspace": workspace, "slug": slug, "dataset": dataset_id, "former": None}
    if cursor.execute(_RESERVE, parameters).fetchone() is not None:
        return True
    row = cursor.execute(_FIND, parameters).fetchone()
    if row is None or not models.is_deleted(cursor, row[0]):
        return False
    return cursor.execute(_RESERVE, parameters | {"former": row[0]}).fetchone() is not None
