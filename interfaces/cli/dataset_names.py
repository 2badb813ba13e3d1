"""Finds a dataset by slug or id, including deleted datasets: their events can still be shown or purged."""

from dataclasses import dataclass
from uuid import UUID

from domain.errors import Conflict, NotFound
from interfaces.services import database
from interfaces.services.authentication import LOCAL_ACCESS
from interfaces.services.wiring import Service
from projections.models.datasets import dataset_reads


@dataclass(frozen=True, slots=True)
class DatasetMatch:
    id: UUID
    deleted: bool


def find_dataset(service: Service, name: str, deleted_first: bool = False) -> DatasetMatch:
    """The dataset with this slug or id. Several deleted datasets may have had the same slug.

    `deleted_first` prefers deleted datasets. Raises NotFound, or Conflict if several deleted datasets had the slug.
    """
    with database.transaction(service.pool) as cursor:
        rows = dataset_reads.find_by_name(cursor, LOCAL_ACCESS.workspace, name)
    matches = [DatasetMatch(id, deleted) for id, deleted in rows]
    preferred = [match for match in matches if match.deleted == deleted_first] or matches
    if not preferred:
        raise NotFound("dataset-not-found", f"There is no dataset {name!r}")
    if len(preferred) > 1:
        ids = ", ".join(str(match.id) for match in preferred)
        detail = f"{len(preferred)} deleted datasets had the slug {name!r}; give the id of one: {ids}"
        raise Conflict("ambiguous-dataset", detail)
    return preferred[0]
