"""The log: no event appears below one that was already read, also with concurrent writers."""

import datetime
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.errors import UniqueViolation

from application.log.codec import EventCodec
from application.log.event_store import EventStore, PendingEvent
from domain.dataset.events import RecordCreated, RecordUpdated
from domain.recorded_event import EventMetadata, RecordedEvent

WRITERS = 8
APPENDS = 60


@pytest.fixture
def store(database: str) -> Iterator[EventStore]:
    opened = EventStore(database, EventCodec())
    yield opened
    opened.close()


def created(dataset_id: UUID, version: int, text: str = "x") -> PendingEvent:
    metadata = EventMetadata("ann", datetime.datetime(2024, 2, 29, 12, tzinfo=datetime.UTC), f"request {version}")
    return PendingEvent(dataset_id, version, RecordCreated(version, (text, 2**63 + 1)), metadata)


def test_what_was_appended_is_read_in_order(store: EventStore, database: str) -> None:
    first, second = uuid4(), uuid4()
    with psycopg.connect(database) as connection, connection.cursor() as cursor:
        assert store.append(cursor, []) == []
        recorded = store.append(cursor, [created(first, 1), created(second, 1), created(first, 2)])
    assert [one.position for one in recorded] == sorted(one.position for one in recorded)
    assert store.log() == recorded
    assert list(store.stream(first)) == [recorded[0], recorded[2]]
    assert list(store.stream(first, after=1)) == [recorded[2]]
    assert list(store.stream(first, until=1)) == [recorded[0]]
    assert store.head() == recorded[2].position
    assert store.log(after=store.head()) == []


def test_a_stream_longer_than_a_page_is_read_to_its_end(store: EventStore, database: str) -> None:
    dataset_id = uuid4()
    with psycopg.connect(database) as connection, connection.cursor() as cursor:
        store.append(cursor, [created(dataset_id, version) for version in range(1, 2_502)])
    assert [one.version for one in store.stream(dataset_id)] == list(range(1, 2_502))
    assert len(store.log()) == 1_000 and len(store.log(limit=3)) == 3


def test_a_version_is_appended_once(store: EventStore, database: str) -> None:
    dataset_id = uuid4()
    for _ in range(2):
        with psycopg.connect(database) as connection, connection.cursor() as cursor:
            if not store.log():
                store.append(cursor, [created(dataset_id, 1)])
                continue
            with pytest.raises(UniqueViolation):
                store.append(cursor, [created(dataset_id, 1)])
            connection.rollback()
    assert len(store.log()) == 1


def test_what_is_rolled_back_was_never_there(store: EventStore, database: str) -> None:
    with psycopg.connect(database) as connection, connection.cursor() as cursor:
        store.append(cursor, [created(uuid4(), 1)])
        connection.rollback()
    assert (store.log(), store.head()) == ([], 0)


def test_a_follower_is_passed_over_by_no_event_of_many_writers(store: EventStore, database: str) -> None:
    done = threading.Event()
    with ThreadPoolExecutor(WRITERS + 1) as pool:
        follower = pool.submit(follow, store, done)
        writers = [pool.submit(write, store, database, number) for number in range(WRITERS)]
        appended = {position for writer in writers for position in writer.result()}
        done.set()
        seen = follower.result()
    positions = [one.position for one in seen]
    assert positions == sorted(set(positions)), "nothing appears below a position already seen"
    assert set(positions) == appended and len(positions) == len(appended)


def write(store: EventStore, database: str, number: int) -> list[int]:
    """Append in transactions of one to three events, every seventh of which is rolled back."""
    dataset_id, version, positions = uuid4(), 0, list[int]()
    with psycopg.connect(database) as connection:
        for turn in range(APPENDS):
            events = [created(dataset_id, version + 1 + n, "x" * (n * 900)) for n in range((turn + number) % 3 + 1)]
            with connection.cursor() as cursor:
                recorded = store.append(cursor, events)
            if turn % 7 == 6:
                connection.rollback()
                continue
            connection.commit()
            version += len(events)
            positions += [one.position for one in recorded]
    return positions


def follow(store: EventStore, done: threading.Event) -> list[RecordedEvent[object]]:
    """All events, read from where the last page ended until the writers are done and nothing is left."""
    seen: list[RecordedEvent[object]] = []
    while True:
        last = done.is_set()
        page = store.log(seen[-1].position if seen else 0, limit=50)
        seen += page
        if last and not page:
            return seen


def test_the_event_log_shows_events_to_the_eye(store: EventStore, database: str) -> None:
    dataset_id = uuid4()
    metadata = EventMetadata("ann", datetime.datetime(2024, 2, 29, 12, tzinfo=datetime.UTC), "request-7")
    with psycopg.connect(database) as connection, connection.cursor() as cursor:
        store.append(cursor, [PendingEvent(dataset_id, 1, RecordUpdated(7, ("Zoë", None, True)), metadata)])
        row = cursor.execute("""
            SELECT position, dataset_id, version, type, at, actor, metadata ->> 'correlation_id', body FROM event_log
        """).fetchone()
    body = {"id": 7, "values": ["Zoë", None, True]}
    assert row == (1, dataset_id, 1, "RecordUpdated", metadata.at, "ann", "request-7", body)
