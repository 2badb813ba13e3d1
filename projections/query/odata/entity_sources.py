"""The datasets of a workspace that stand as entity sets, now or at a point of the past."""

import datetime
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from domain.schema import Definition
from projections.models.definition_json import definition_from_json

_NEWEST = """
SELECT dataset_id, slug, version, version, definition FROM datasets
WHERE workspace = %(workspace)s AND deleted_at IS NULL
ORDER BY created_at, dataset_id
"""

_PAST = """
SELECT datasets.dataset_id, slug, datasets.version, seen.version, shaped.definition
FROM datasets
CROSS JOIN LATERAL (
    SELECT max(version) AS version FROM versions
    WHERE versions.dataset_id = datasets.dataset_id
      AND (%(version)s::bigint IS NULL OR version = %(version)s)
      AND (%(moment)s::timestamptz IS NULL OR at <= %(moment)s)
) AS seen
CROSS JOIN LATERAL (
    SELECT versions.definition FROM versions
    WHERE versions.dataset_id = datasets.dataset_id AND version <= seen.version AND versions.definition IS NOT NULL
    ORDER BY version DESC LIMIT 1
) AS shaped
WHERE workspace = %(workspace)s AND deleted_at IS NULL
ORDER BY created_at, datasets.dataset_id
"""

_SLUGS = "SELECT slug FROM datasets WHERE workspace = %s GROUP BY slug ORDER BY min(created_at), slug"


@dataclass(frozen=True, slots=True)
class PointInTime:
    """A point of the past: a version number, or a moment."""

    version: int | None = None
    moment: datetime.datetime | None = None


@dataclass(frozen=True, slots=True)
class EntitySource:
    """A dataset at a version, and the newest version it has."""

    id: UUID
    slug: str
    newest: int
    version: int
    definition: Definition


async def find_sources(
    connection: "AsyncConnection[Any]", workspace: str, point: PointInTime | None
) -> list[EntitySource]:
    """The datasets that are not deleted and were there at `point` (None: now), oldest first."""
    query = _NEWEST if point is None else _PAST
    asked = {"workspace": workspace} | ({} if point is None else {"version": point.version, "moment": point.moment})
    rows = await (await connection.execute(query.encode(), asked)).fetchall()
    return [
        EntitySource(id, slug, newest, version, definition_from_json(given))
        for id, slug, newest, version, given in rows
    ]


async def find_slugs(connection: "AsyncConnection[Any]", workspace: str) -> list[str]:
    """Every slug that a dataset ever had, those of deleted datasets too, in the order they were first taken."""
    return [row[0] for row in await (await connection.execute(_SLUGS, [workspace])).fetchall()]
