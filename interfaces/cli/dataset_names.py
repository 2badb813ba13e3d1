"""Finds a dataset by slug or id, including deleted datasets: their events can still be shown or purged."""

from dataclasses import dataclass
from uuid import UUID

from domain.errors import Conflict, NotFound
from interfaces.services.access import LOCAL_ACCESS
from interfaces.services.wiring import Service

_SELECT_BY_NAME = """
SELECT dataset_id, deleted_at IS NOT NULL FROM datasets
WHERE workspace = %s AND (slug = %s OR dataset_id::text = lower(%s))
ORDER BY created_at DESC
"""


@dataclass(frozen=True, slots=True)
class DatasetMatch:
    id: UUID
    deleted: bool


def find_dataset(service: Service, name: str, deleted_first: bool = False) -> DatasetMatch:
    """The dataset with this slug or id. Several deleted datasets may have had the same slug.

    `deleted_first` prefers deleted datasets. Raises NotFound, or Conflict if several deleted datasets had the slug.
    """
    with service.pool.connection() as connection:
        rows = connection.execute(_SELECT_BY_NAME, [LOCAL_ACCESS.workspace, name, name]).fetchall()
    matches = [DatasetMatch(id, deleted) for id, deleted in rows]
    preferred = [match for match in matches if match.deleted == deleted_first] or matches
    if not preferred:
        raise NotFound("dataset-not-found", f"There is no dataset {name!r}")
    if len(preferred) > 1:
        ids = ", ".join(str(match.id) for match in preferred)
        detail = f"{len(preferred)} deleted datasets had the slug {name!r}; give the id of one: {ids}"
        raise Conflict("ambiguous-dataset", detail)
    return preferred[0]
