"""How a hot read finds its snapshot: at a guess, which the statement that reads confirms or not.

A guess is the snapshot last seen. What was read at a guess that no longer holds is thrown away and read again at
a snapshot that was looked up, as every other read does at once.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from fastapi import Request

from domain.errors import Refusal
from interfaces.http.reading import connection, find
from interfaces.services import wiring
from projections.query.snapshot_cache import Recent, asked_by
from projections.query.snapshots import Snapshot

T = TypeVar("T")

Read = Callable[[Snapshot, list[object]], Awaitable[tuple[int | None, T]]]
"""Reads at a snapshot, given the parameters of `recent.NEWEST`: the newest version, and what was read."""


async def read_at(request: Request, dataset: str, as_of: str | None, read: Read[T]) -> tuple[Snapshot, T]:
    """What `read` finds in `dataset` as of a version, a time or now, and the snapshot it was read at.

    Raises NotFound, Gone or BadRequest as `find` does, and what `read` raises.
    """
    recent: Recent = request.app.state.recent
    guess = recent.guess(dataset, as_of)
    if guess is not None:
        try:
            newest, found = await read(guess, asked_by(wiring.WORKSPACE, dataset, guess))
        except Refusal:
            found_now = await _look_up(request, dataset, as_of)
            if found_now == guess:
                raise
        else:
            if newest == guess.version or (as_of is not None and newest is not None):
                return guess, found
    snapshot = await _look_up(request, dataset, as_of)
    _, found = await read(snapshot, asked_by(wiring.WORKSPACE, dataset, snapshot))
    return snapshot, found


async def _look_up(request: Request, dataset: str, as_of: str | None) -> Snapshot:
    async with connection(request) as opened:
        snapshot = await find(request, opened, dataset, as_of)
    request.app.state.recent.saw(dataset, as_of, snapshot)
    return snapshot
