"""Which dataset a name means where deleted ones count too: their events are still there to be seen or purged."""

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
    """The dataset called so by slug or id. A slug may have belonged to datasets that were deleted.

    `deleted_first` prefers those. Raises NotFound, or Conflict where several deleted ones bore the slug.
    """
    with service.pool.connection() as connection:
        rows = connection.execute(_SELECT_BY_NAME, [LOCAL_ACCESS.workspace, name, name]).fetchall()
    every = [DatasetMatch(id, deleted) for id, deleted in rows]
    found = [named for named in every if named.deleted == deleted_first] or every
    if not found:
        raise NotFound("dataset-not-found", f"There is no dataset {name!r}")
    if len(found) > 1:
        ids = ", ".join(str(named.id) for named in found)
        detail = f"{len(found)} deleted datasets were called {name!r}; name one by its id: {ids}"
        raise Conflict("ambiguous-dataset", detail)
    return found[0]
