"""The event store of the write side: append events, read a stream, follow the log."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from eventsourcing.persistence import Notification, StoredEvent
from psycopg import Cursor

from application.log import chunk_references, event_table
from application.log.codec import EventCodec, UnreadableEvent
from application.log.positions import FollowerFailure, FollowerPositions
from application.log.recorder import TransactionalRecorder, create_datastore
from domain.recorded_event import EventMetadata, RecordedEvent

PAGE_SIZE = 1_000

BATCH_BYTES = 8 * 2**20
"""Maximum total size of the bodies in a batch; a larger event is a batch of its own."""


@dataclass(frozen=True, slots=True)
class PendingEvent:
    """An event about to be appended as `version` of its stream."""

    stream_id: UUID
    version: int
    event: object
    metadata: EventMetadata


@dataclass(frozen=True, slots=True)
class LogBatch:
    """Events in order of position; `unreadable`: the event after them, if it cannot be decoded."""

    events: Sequence[RecordedEvent[object]]
    unreadable: FollowerFailure | None = None


class EventStore:
    """The events of all aggregates that the codec knows."""

    def __init__(self, conninfo: str, codec: EventCodec, pool_size: int = 4) -> None:
        self.codec = codec
        self._datastore = create_datastore(conninfo, pool_size)
        self._recorder = TransactionalRecorder(self._datastore, events_table_name=event_table.NAME)

    def append(self, cursor: "Cursor[Any]", appended: Sequence[PendingEvent]) -> list[RecordedEvent[object]]:
        """Append in the cursor's transaction. Positions are in commit order, also with concurrent writers."""
        names, encode = self.codec.stored_name, self.codec.encode
        stored = [
            StoredEvent(one.stream_id, one.version, names(one.event), encode(one.event, one.metadata))
            for one in appended
        ]
        positions = self._recorder.append(cursor, stored)
        chunk_references.store_references(cursor, [(one.stream_id, one.version, one.event) for one in appended])
        return [
            RecordedEvent(one.stream_id, one.version, position, one.event, one.metadata)
            for one, position in zip(appended, positions, strict=True)
        ]

    def stream(self, stream_id: UUID, after: int = 0, until: int | None = None) -> Iterator[RecordedEvent[object]]:
        """The stream's events with a version above `after`, up to `until`, in order, page by page."""
        while page := self._recorder.stream(stream_id, after, until, PAGE_SIZE):
            yield from map(self._decode, page)
            after = page[-1].originator_version

    def read_stream(self, cursor: "Cursor[Any]", stream_id: UUID) -> Iterator[RecordedEvent[object]]:
        """The whole stream, read in the cursor's transaction."""
        return map(self._decode, self._recorder.read_stream(cursor, stream_id))

    def log(self, after: int = 0, limit: int = PAGE_SIZE) -> list[RecordedEvent[object]]:
        """Up to `limit` events of all streams with a position above `after`, in order.

        A gap between positions is never filled later: no event appears below a visible one.
        """
        page = self._recorder.select_notifications(after, limit, inclusive_of_start=False)
        return list(map(self._decode, page))

    def read_batch(self, after: int, until: int | None = None) -> LogBatch:
        """The events above a position, at most `PAGE_SIZE` of them and about `BATCH_BYTES`, in order.

        A gap between positions is never filled later, as with `log`. Stops before an event that cannot be decoded.
        """
        events: list[RecordedEvent[object]] = []
        for stored in self._recorder.select_batch(after, until, PAGE_SIZE, BATCH_BYTES):
            try:
                events.append(self._decode(stored))
            except UnreadableEvent as error:
                return LogBatch(events, None if events else _describe_unreadable(stored, error))
        return LogBatch(events)

    def head(self) -> int:
        """The newest position; 0 for an empty log."""
        return self._recorder.max_notification_id() or 0

    def positions(self) -> FollowerPositions:
        """The positions of followers, in the same database."""
        return FollowerPositions(self._datastore)

    def close(self) -> None:
        self._datastore.close()

    def _decode(self, stored: Notification) -> RecordedEvent[object]:
        try:
            event, metadata = self.codec.decode(stored.topic, stored.state)
        except UnreadableEvent as error:
            where = f"stream {stored.originator_id}, version {stored.originator_version}"
            raise UnreadableEvent(f"{where}: {error}") from error
        assert isinstance(stored.originator_id, UUID)
        return RecordedEvent(stored.originator_id, stored.originator_version, stored.id, event, metadata)


def _describe_unreadable(stored: Notification, error: UnreadableEvent) -> FollowerFailure:
    assert isinstance(stored.originator_id, UUID)
    message = str(error)[:1000].replace("\x00", "?")
    return FollowerFailure(stored.id, stored.originator_id, stored.originator_version, stored.topic, message)
