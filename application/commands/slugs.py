"""Names for addresses: a dataset's slug, unique in its workspace."""

import re
import unicodedata
from typing import Any
from uuid import UUID

from psycopg import Cursor

_RESERVE = """
INSERT INTO slugs (workspace, slug, dataset_id) VALUES (%s, %s, %s)
ON CONFLICT (workspace, slug) DO UPDATE SET dataset_id = excluded.dataset_id
WHERE EXISTS (SELECT FROM datasets WHERE dataset_id = slugs.dataset_id AND deleted_at IS NOT NULL)
RETURNING slug
"""


def make_slug(name: str) -> str:
    """`Orders 2024 (final)` → `orders-2024-final`; letters of other scripts are kept."""
    text = unicodedata.normalize("NFKC", name).casefold()
    text = re.sub(r"[^\w]+", "-", text).strip("-_")[:80].strip("-_")
    return text or "dataset"


def reserve(cursor: "Cursor[Any]", workspace: str, name: str, dataset_id: UUID) -> str:
    """Take the slug of `name`, or the first free one of `name-2`, `name-3`, …; a deleted dataset's is free."""
    base = make_slug(name)
    slug, number = base, 1
    while cursor.execute(_RESERVE, [workspace, slug, dataset_id]).fetchone() is None:
        number += 1
        slug = f"{base}-{number}"
    return slug


def release(cursor: "Cursor[Any]", dataset_id: UUID) -> None:
    """Give up the slug of a dataset that did not come to be, or is gone for good."""
    cursor.execute("DELETE FROM slugs WHERE dataset_id = %s", [dataset_id])
