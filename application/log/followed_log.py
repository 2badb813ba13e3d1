"""The log, for rebuilding the read models that follow it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Cursor

from application.log import positions
from application.log.codec import UnreadableEvent
from application.log.event_store import EventStore
from domain.recorded_event import RecordedEvent


@dataclass(frozen=True, slots=True)
class FollowedLog:
    """Implements the log port of the read side."""

    store: EventStore

    def read(self, after: int, until: int | None) -> Sequence[RecordedEvent[object]]:
        """The next events above a position, in order. Raises UnreadableEvent for the first that cannot be decoded."""
        batch = self.store.read_batch(after, until)
        if batch.unreadable is not None and not batch.events:
            raise UnreadableEvent(str(batch.unreadable))
        return batch.events

    def lock_position(self, cursor: "Cursor[Any]", name: str) -> int:
        return positions.lock_position(cursor, name)

    def set_position(self, cursor: "Cursor[Any]", name: str, position: int) -> None:
        positions.set_position(cursor, name, position)
