"""Reads of the fast routes with a cached snapshot, which the reading statement itself confirms.

The cached snapshot is the newest one seen by this process. If it turns out to be stale, the result is discarded and
read again with a snapshot from the database.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from fastapi import Request

from domain.errors import Refusal
from interfaces.http.reading import find_snapshot, read_connection
from interfaces.http.request_access import access_of
from projections.query.snapshot_cache import SnapshotCache, newest_version_parameters
from projections.query.snapshots import Snapshot

T = TypeVar("T")

Read = Callable[[Snapshot, list[object]], Awaitable[tuple[int | None, T]]]
"""Reads at a snapshot, given the parameters of the newest-version query. Returns that version and the result."""


async def read_at_snapshot(request: Request, dataset: str, as_of: str | None, read: Read[T]) -> tuple[Snapshot, T]:
    """The snapshot of `dataset` as of a version, a time or now, and the result of `read` at it.

    Raises NotFound, Gone or BadRequest as `find` does, and what `read` raises.
    """
    cache: SnapshotCache = request.app.state.snapshot_cache
    access = access_of(request)
    cached = cache.get(access, dataset, as_of)
    if cached is not None:
        try:
            newest, found = await read(cached, newest_version_parameters(access, dataset, cached))
        except Refusal:
            found_now = await _find_and_cache(request, dataset, as_of)
            if found_now == cached:
                raise
        else:
            if newest == cached.version or (as_of is not None and newest is not None):
                return cached, found
    snapshot = await _find_and_cache(request, dataset, as_of)
    _, found = await read(snapshot, newest_version_parameters(access, dataset, snapshot))
    return snapshot, found


async def _find_and_cache(request: Request, dataset: str, as_of: str | None) -> Snapshot:
    async with read_connection(request) as opened:
        snapshot = await find_snapshot(request, opened, dataset, as_of)
    request.app.state.snapshot_cache.put(access_of(request), dataset, as_of, snapshot)
    return snapshot
