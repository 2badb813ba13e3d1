"""The write side's use of the event store: append events, read a dataset's stream, follow the log."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from eventsourcing.persistence import Notification, StoredEvent
from psycopg import Cursor

from application.log.codec import UnreadableEvent, decode_event, encode_event, stored_name
from application.log.positions import FollowerFailure, FollowerPositions
from application.log.recorder import TransactionalRecorder, create_datastore
from domain.dataset.events import Event, RecordedDatasetEvent
from domain.recorded_event import EventMetadata, RecordedEvent

PAGE_SIZE = 1_000

BATCH_BYTES = 8 * 2**20
"""Bodies of events read at once; an event larger than that is a batch of its own."""


@dataclass(frozen=True, slots=True)
class PendingEvent:
    """An event about to be appended as `version` of its stream."""

    stream_id: UUID
    version: int
    event: Event
    metadata: EventMetadata


@dataclass(frozen=True, slots=True)
class LogBatch:
    """Events in order of position; `unreadable`: the event right after them that cannot be decoded, if it is one."""

    events: Sequence[RecordedDatasetEvent]
    unreadable: FollowerFailure | None = None


class EventStore:
    def __init__(self, conninfo: str, pool_size: int = 4) -> None:
        self._datastore = create_datastore(conninfo, pool_size)
        self._recorder = TransactionalRecorder(self._datastore, events_table_name="events")

    def append(self, cursor: "Cursor[Any]", appended: Sequence[PendingEvent]) -> list[RecordedDatasetEvent]:
        """Append in the cursor's transaction. Positions come in commit order, whoever else appends."""
        stored = [
            StoredEvent(one.stream_id, one.version, stored_name(one.event), encode_event(one.event, one.metadata))
            for one in appended
        ]
        positions = self._recorder.append(cursor, stored)
        return [
            RecordedEvent(one.stream_id, one.version, position, one.event, one.metadata)
            for one, position in zip(appended, positions, strict=True)
        ]

    def stream(self, dataset_id: UUID, after: int = 0, until: int | None = None) -> Iterator[RecordedDatasetEvent]:
        """The dataset's events with a version above `after`, up to `until`, in order, page by page."""
        while page := self._versions(dataset_id, after, until):
            yield from page
            after = page[-1].version

    def log(self, after: int = 0, limit: int = PAGE_SIZE) -> list[RecordedDatasetEvent]:
        """Up to `limit` events of all datasets with a position above `after`, in order.

        A position that was seen missing stays missing: nothing ever appears below one already visible.
        """
        page = self._recorder.select_notifications(after, limit, inclusive_of_start=False)
        return [_decode_notification(one) for one in page]

    def read_batch(self, after: int, until: int | None = None) -> LogBatch:
        """The events above a position, at most `PAGE_SIZE` of them and about `BATCH_BYTES`, in order.

        A position that was seen missing stays missing, as with `log`. Stops before an event that cannot be decoded.
        """
        events: list[RecordedDatasetEvent] = []
        for stored in self._recorder.select_batch(after, until, PAGE_SIZE, BATCH_BYTES):
            try:
                events.append(_decode_notification(stored))
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

    def _versions(self, dataset_id: UUID, after: int, until: int | None) -> list[RecordedDatasetEvent]:
        return [_decode_notification(one) for one in self._recorder.stream(dataset_id, after, until, PAGE_SIZE)]


def _describe_unreadable(stored: Notification, error: UnreadableEvent) -> FollowerFailure:
    assert isinstance(stored.originator_id, UUID)
    said = str(error)[:1000].replace("\x00", "?")
    return FollowerFailure(stored.id, stored.originator_id, stored.originator_version, stored.topic, said)


def _decode_notification(stored: Notification) -> RecordedDatasetEvent:
    try:
        event, metadata = decode_event(stored.topic, stored.state)
    except UnreadableEvent as error:
        where = f"dataset {stored.originator_id}, version {stored.originator_version}"
        raise UnreadableEvent(f"{where}: {error}") from error
    assert isinstance(stored.originator_id, UUID)
    return RecordedEvent(stored.originator_id, stored.originator_version, stored.id, event, metadata)
