"""The snapshots last seen, as guesses: a statement reads at the guess and says beside whether it still holds.

So a read of the newest version costs one trip to the database instead of two. Nothing is believed unseen: every
statement returns the newest version as its own snapshot has it (`NEWEST`), and a guess that is behind is dropped.
"""

from collections.abc import Sequence
from typing import Any

from cachetools import LRUCache
from psycopg import AsyncConnection

from domain.access.access import Access
from projections.models.datasets.dataset_reads import NEWEST_VERSION
from projections.query.snapshots import Snapshot, parse_dataset_id
from projections.sql.raw_statements import fetch_row, number_placeholders

MAX_SNAPSHOTS = 10_000


class SnapshotCache:
    """At most `MAX_SNAPSHOTS` snapshots by how they were asked for. The least recently used are removed first."""

    def __init__(self) -> None:
        self._seen: LRUCache[tuple[str, str, str | None], Snapshot] = LRUCache(MAX_SNAPSHOTS)

    def guess(self, access: Access, dataset: str, as_of: str | None) -> Snapshot | None:
        """What `dataset` was `as_of` when last looked up by a reader with the same view of it.

        A time is no guess: a version may since have come.
        """
        found = self._seen.get((access.workspace, dataset, as_of))
        if found is None or found.view != access.view(found.id):
            return None
        return found

    def saw(self, access: Access, dataset: str, as_of: str | None, snapshot: Snapshot) -> None:
        if as_of is None or as_of.isdigit():
            self._seen[access.workspace, dataset, as_of] = snapshot


_NEWEST_STATEMENT = number_placeholders(NEWEST_VERSION)


async def read_newest_version(connection: "AsyncConnection[Any]", asked: Sequence[object]) -> int | None:
    """The newest version alone; `asked` are the parameters of `NEWEST`."""
    row = await fetch_row(connection, _NEWEST_STATEMENT, asked)
    return None if row is None else row[0]


def newest_version_parameters(access: Access, dataset: str, snapshot: Snapshot) -> list[object]:
    """The parameters of `NEWEST`."""
    return [snapshot.id, access.workspace, None if parse_dataset_id(dataset) is not None else dataset]
