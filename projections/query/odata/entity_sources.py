"""Find the datasets of a workspace that are entity sets, now or at a point in the past."""

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
"""The existing datasets at their newest version."""

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
"""The existing datasets at a past version or time, with the definition of that version."""

_SLUGS = "SELECT slug FROM datasets WHERE workspace = %s GROUP BY slug ORDER BY min(created_at), slug"
"""The slugs of all datasets, in order of first use."""


@dataclass(frozen=True, slots=True)
class PointInTime:
    """A point in the past: a version number or a time."""

    version: int | None = None
    moment: datetime.datetime | None = None


@dataclass(frozen=True, slots=True)
class EntitySource:
    """A dataset at a version, and its newest version."""

    id: UUID
    slug: str
    newest: int
    version: int
    definition: Definition


async def find_sources(
    connection: "AsyncConnection[Any]", workspace: str, point: PointInTime | None
) -> list[EntitySource]:
    """The datasets that are not deleted and existed at `point` (None: now), oldest first."""
    statement = _NEWEST if point is None else _PAST
    parameters = {"workspace": workspace} | (
        {} if point is None else {"version": point.version, "moment": point.moment}
    )
    rows = await (await connection.execute(statement.encode(), parameters)).fetchall()
    return [
        EntitySource(id, slug, newest, version, definition_from_json(given))
        for id, slug, newest, version, given in rows
    ]


async def find_slugs(connection: "AsyncConnection[Any]", workspace: str) -> list[str]:
    """Every slug in use now or in the past, including those of deleted datasets, in order of first use."""
    return [row[0] for row in await (await connection.execute(_SLUGS, [workspace])).fetchall()]
