"""Find the datasets of a workspace that are entity sets, now or at a point in the past."""

import datetime
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.sql import SQL, Identifier

from domain.access.access import Access
from domain.schema import Definition
from projections.models import versions
from projections.models.datasets import dataset_reads
from projections.models.definition_json import definition_from_json
from projections.sql.visible_datasets import visibility_parameters

_DATASET = Identifier("existing", "dataset_id")

_NEWEST = SQL("""
SELECT dataset_id, slug, version, version, definition FROM ({existing}) AS existing ORDER BY created_at, dataset_id
""").format(existing=dataset_reads.EXISTING)
"""The existing datasets at their newest version."""

_PAST = SQL("""
SELECT existing.dataset_id, slug, existing.version, seen.version, shaped.definition
FROM ({existing}) AS existing
CROSS JOIN LATERAL ({version}) AS seen
CROSS JOIN LATERAL ({definition}) AS shaped
ORDER BY created_at, existing.dataset_id
""").format(
    existing=dataset_reads.EXISTING,
    version=versions.VERSION_AT.format(dataset=_DATASET),
    definition=versions.DEFINITION_AT.format(dataset=_DATASET, version=Identifier("seen", "version")),
)
"""The existing datasets at a past version or time, with the definition of that version."""


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
    connection: "AsyncConnection[Any]", access: Access, point: PointInTime | None
) -> list[EntitySource]:
    """The visible datasets that are not deleted and existed at `point` (None: now), oldest first."""
    statement = _NEWEST if point is None else _PAST
    parameters = visibility_parameters(access) | (
        {} if point is None else {"version": point.version, "moment": point.moment}
    )
    rows = await (await connection.execute(statement, parameters)).fetchall()
    return [
        EntitySource(id, slug, newest, version, definition_from_json(given))
        for id, slug, newest, version, given in rows
    ]
