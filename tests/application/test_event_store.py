"""The log: positions in commit order under concurrent writers, and events that people can read."""

import threading
from uuid import UUID, uuid4

import psycopg
import pytest

from application.event_store import Appended, EventStore
from domain.dataset.events import RecordDeleted
from interfaces.wiring import Service
from tests.application.test_codec import METADATA

WRITERS = 8
EVENTS = 150


def write(conninfo: str, store: EventStore, dataset_id: UUID) -> None:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        for version in range(1, EVENTS + 1):
            with connection.transaction(), connection.cursor() as cursor:
                store.append(cursor, [Appended(dataset_id, version, RecordDeleted(version), METADATA)])


def test_a_follower_passes_over_nothing_that_eight_writers_append(database: str) -> None:
    store = EventStore(database, pool_size=4)
    writers = [threading.Thread(target=write, args=(database, store, uuid4())) for _ in range(WRITERS)]
    for writer in writers:
        writer.start()
    seen: list[int] = []
    while len(seen) < WRITERS * EVENTS and (page := store.log(seen[-1] if seen else 0)) is not None:
        seen += [one.position for one in page]
        if not page and not any(writer.is_alive() for writer in writers) and not store.log(seen[-1]):
            break
    everything = [one.position for one in store.log(0, limit=WRITERS * EVENTS + 1)]
    store.close()
    assert len(seen) == WRITERS * EVENTS
    assert seen == everything == sorted(seen)


def test_a_version_is_appended_once(database: str) -> None:
    store, dataset_id = EventStore(database), uuid4()
    with psycopg.connect(database) as connection, connection.cursor() as cursor:
        store.append(cursor, [Appended(dataset_id, 1, RecordDeleted(1), METADATA)])
        with pytest.raises(psycopg.errors.UniqueViolation):
            store.append(cursor, [Appended(dataset_id, 1, RecordDeleted(2), METADATA)])
    store.close()


def test_a_view_shows_events_readably(service: Service) -> None:
    dataset_id = uuid4()
    query = "SELECT version, type, actor, body FROM event_log WHERE dataset_id = %s"
    with (
        service.pool.connection() as connection,
        connection.transaction(force_rollback=True),
        connection.cursor() as cursor,
    ):
        service.store.append(cursor, [Appended(dataset_id, 1, RecordDeleted(7), METADATA)])
        assert cursor.execute(query, [dataset_id]).fetchone() == (1, "RecordDeleted", "local", {"id": 7})
