"""Caches the newest snapshots, so that a read of the newest version needs one round trip instead of two.

A statement reads at the cached snapshot and also returns the newest version in the same database snapshot
(`NEWEST_VERSION`). If the cached snapshot turns out to be stale, the result is discarded.
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
    """At most `MAX_SNAPSHOTS` snapshots by workspace, dataset name and `as_of`; the least recently used go first."""

    def __init__(self) -> None:
        self._snapshots: LRUCache[tuple[str, str, str | None], Snapshot] = LRUCache(MAX_SNAPSHOTS)

    def get(self, access: Access, dataset: str, as_of: str | None) -> Snapshot | None:
        """The cached snapshot, if the reader has the same view of the dataset. It may be stale.

        Snapshots as of a time are not cached: a newer version before that time may still be appended.
        """
        snapshot = self._snapshots.get((access.workspace, dataset, as_of))
        if snapshot is None or snapshot.view != access.view(snapshot.id):
            return None
        return snapshot

    def put(self, access: Access, dataset: str, as_of: str | None, snapshot: Snapshot) -> None:
        if as_of is None or as_of.isdigit():
            self._snapshots[access.workspace, dataset, as_of] = snapshot


_NEWEST_STATEMENT = number_placeholders(NEWEST_VERSION)


async def read_newest_version(connection: "AsyncConnection[Any]", parameters: Sequence[object]) -> int | None:
    """The newest version; `parameters` are those of `NEWEST_VERSION`."""
    row = await fetch_row(connection, _NEWEST_STATEMENT, parameters)
    return None if row is None else row[0]


def newest_version_parameters(access: Access, dataset: str, snapshot: Snapshot) -> list[object]:
    """The parameters of `NEWEST_VERSION`."""
    return [snapshot.id, access.workspace, None if parse_dataset_id(dataset) is not None else dataset]
