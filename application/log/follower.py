"""Followers: each reads the log from its stored position and processes every event.

Events are applied in batches, in the order of their positions; the changes and the new position are committed
together. Only one process at a time runs a follower: it holds an advisory lock in the session that also does the
work, so a lost connection ends both. An event that cannot be applied stops its follower, but no other.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection, Cursor, InterfaceError, OperationalError

from application.log.event_store import EventStore, LogBatch
from application.log.positions import (
    FollowerFailure,
    FollowerPositions,
    lock_position,
    read_position,
    stop_follower,
)
from domain.recorded_event import RecordedEvent

_OWN = "SELECT pg_try_advisory_lock(hashtextextended('follower ' || %s, 0))"

_RELEASE = "SELECT pg_advisory_unlock(hashtextextended('follower ' || %s, 0))"

ApplyEvents = Callable[["Cursor[Any]", Sequence[RecordedEvent[object]]], None]
"""Applies events to the database in the cursor's transaction. It gets every event once, in the order of positions."""

_log = logging.getLogger(__name__)


class PositionMoved(Exception):
    """The follower's position is no longer the one its events were read from: its read model was rebuilt."""


@dataclass(frozen=True, slots=True)
class Follower:
    """`name` is stored: a renamed follower starts at the beginning of the log."""

    name: str
    apply: ApplyEvents


@dataclass(frozen=True, slots=True)
class FollowerRun:
    """Runs a follower in one process, over its own connection in autocommit mode."""

    follower: Follower
    store: EventStore
    positions: FollowerPositions

    def acquire(self, connection: "Connection[Any]") -> bool:
        """Become the owner until the session ends. Returns False if another process is the owner."""
        row = connection.execute(_OWN, [self.follower.name]).fetchone()
        return row is not None and bool(row[0])

    def release(self, connection: "Connection[Any]") -> None:
        connection.execute(_RELEASE, [self.follower.name])

    def catch_up(self, connection: "Connection[Any]", until: int | None = None) -> int:
        """Apply all events in the log, or those up to a position, and return their number.

        Returns early if the follower is stopped. Raises psycopg's errors if the database is unavailable.
        """
        applied = 0
        while number := self.apply_batch(connection, until):
            applied += number
        return applied

    def apply_batch(self, connection: "Connection[Any]", until: int | None = None) -> int:
        """Apply the next batch and return its number of events: 0 at the end of the log or while stopped."""
        with connection.cursor() as cursor:
            position, is_stopped = read_position(cursor, self.follower.name)
        if is_stopped:
            return 0
        batch = self.store.read_batch(position, until)
        try:
            return self._apply(connection, position, batch)
        except PositionMoved:
            return self.apply_batch(connection, until)

    def _apply(self, connection: "Connection[Any]", position: int, batch: LogBatch) -> int:
        """Raises PositionMoved."""
        if not batch.events:
            if batch.unreadable is not None:
                self._stop(connection, position, batch.unreadable)
            return 0
        try:
            self._commit(connection, position, batch.events)
        except (PositionMoved, OperationalError, InterfaceError):
            raise
        except Exception:
            return self._apply_one_by_one(connection, position, batch)
        return len(batch.events)

    def _commit(self, connection: "Connection[Any]", position: int, events: Sequence[RecordedEvent[object]]) -> None:
        """Raises PositionMoved."""
        with connection.transaction(), connection.cursor() as cursor:
            self._lock_position(cursor, position)
            self.follower.apply(cursor, events)
            self.positions.advance(cursor, self.follower.name, events[-1].position)

    def _apply_one_by_one(self, connection: "Connection[Any]", position: int, batch: LogBatch) -> int:
        """A batch failed: apply its events one by one, to find the one that fails. Raises PositionMoved."""
        for number, event in enumerate(batch.events):
            try:
                self._commit(connection, position, [event])
                position = event.position
            except (PositionMoved, OperationalError, InterfaceError):
                raise
            except Exception as error:
                _log.exception("follower %s cannot apply position %s", self.follower.name, event.position)
                self._stop(connection, position, _describe_failure(event, error))
                return number
        return len(batch.events)

    def _stop(self, connection: "Connection[Any]", position: int, failure: FollowerFailure) -> None:
        """Stop the follower, which has applied all events up to `position`. Raises PositionMoved."""
        with connection.transaction(), connection.cursor() as cursor:
            self._lock_position(cursor, position)
            stop_follower(cursor, self.follower.name, failure)
        _log.error("follower %s is stopped: %s", self.follower.name, failure)

    def _lock_position(self, cursor: "Cursor[Any]", expected: int) -> None:
        """Raises PositionMoved if the follower was rebuilt since its events were read."""
        if lock_position(cursor, self.follower.name) != expected:
            raise PositionMoved


def _describe_failure(event: RecordedEvent[object], error: Exception) -> FollowerFailure:
    message = f"{type(error).__name__}: {error}"[:1000].replace("\x00", "?")
    return FollowerFailure(event.position, event.stream_id, event.version, type(event.event).__name__, message)
