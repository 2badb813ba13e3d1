"""Followers apply every event exactly once and in order, whatever dies; a poison event stops one follower only."""

import asyncio
import datetime
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import Connection, Cursor

from application.log.codec import EventCodec
from application.log.event_store import BATCH_BYTES, EventStore, PendingEvent
from application.log.follower import ApplyEvents, Follower, FollowerRun
from application.log.positions import (
    read_failures,
    read_position,
    resume_follower,
    set_position,
    wait_until_applied,
)
from domain.dataset.events import RecordCreated
from domain.recorded_event import EventMetadata, RecordedEvent

NOW = datetime.datetime(2024, 2, 29, 12, tzinfo=datetime.UTC)

SEEN = (
    "CREATE TABLE seen (number bigint GENERATED ALWAYS AS IDENTITY, stream_id uuid, version bigint, position bigint)"
)


@pytest.fixture
def store(database: str) -> Iterator[EventStore]:
    opened = EventStore(database, EventCodec())
    yield opened
    opened.close()


@pytest.fixture
def connection(database: str) -> Iterator[Connection[Any]]:
    with psycopg.connect(database, autocommit=True) as opened:
        opened.execute(SEEN)
        yield opened


def record_seen(cursor: "Cursor[Any]", events: Sequence[RecordedEvent[object]]) -> None:
    for one in events:
        cursor.execute(
            "INSERT INTO seen (stream_id, version, position) VALUES (%s, %s, %s)",
            [one.stream_id, one.version, one.position],
        )


def fail_at(version: int) -> ApplyEvents:
    """Records what it sees, and fails at a version of any stream after it has written something."""

    def apply(cursor: "Cursor[Any]", events: Sequence[RecordedEvent[object]]) -> None:
        record_seen(cursor, events)
        if any(one.version == version for one in events):
            raise ValueError(f"version {version} is poison\x00")

    return apply


def make_run(store: EventStore, name: str = "test", apply: ApplyEvents = record_seen) -> FollowerRun:
    return FollowerRun(Follower(name, apply), store, store.positions())


def append(conninfo: str, store: EventStore, stream_id: UUID, versions: range, text: str = "x") -> None:
    metadata = EventMetadata("ann", NOW, "request")
    pending = [PendingEvent(stream_id, version, RecordCreated(version, (text,)), metadata) for version in versions]
    with psycopg.connect(conninfo) as connection, connection.cursor() as cursor:
        store.append(cursor, pending)


def seen(connection: "Connection[Any]") -> list[tuple[Any, ...]]:
    return connection.execute("SELECT stream_id, version, position FROM seen ORDER BY number").fetchall()


def position_of(connection: "Connection[Any]", name: str = "test") -> tuple[int, bool]:
    with connection.cursor() as cursor:
        return read_position(cursor, name)


def test_every_event_is_applied_once_in_order(store: EventStore, database: str, connection: Connection[Any]) -> None:
    run, stream_id = make_run(store), uuid4()
    assert run.catch_up(connection) == 0 and position_of(connection) == (0, False)
    append(database, store, stream_id, range(1, 2_502))
    assert run.catch_up(connection) == 2_501
    assert [version for _, version, _ in seen(connection)] == list(range(1, 2_502))
    assert position_of(connection) == (store.head(), False)
    append(database, store, stream_id, range(2_502, 2_504))
    assert run.catch_up(connection) == 2 and run.catch_up(connection) == 0
    assert len(seen(connection)) == 2_503


def test_nothing_is_missed_or_applied_twice_while_eight_write(
    store: EventStore, database: str, connection: Connection[Any]
) -> None:
    """Two processes compete for the follower; one is cut off from the database again and again."""
    streams = [uuid4() for _ in range(8)]
    done = threading.Event()

    def follow() -> None:
        while not done.is_set():
            try:
                with psycopg.connect(database, autocommit=True, application_name="following") as own:
                    run = make_run(store)
                    while not run.acquire(own):
                        if done.wait(0.01):
                            return
                    while not done.is_set():
                        run.apply_batch(own)
            except psycopg.Error:
                continue

    def write(stream_id: UUID) -> None:
        for version in range(1, 61):
            append(database, store, stream_id, range(version, version + 1))

    followers = [threading.Thread(target=follow) for _ in range(2)]
    for thread in followers:
        thread.start()
    with ThreadPoolExecutor(8) as pool:
        writing = [pool.submit(write, stream_id) for stream_id in streams]
        while not all(one.done() for one in writing):
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'following'"
            )
            time.sleep(0.05)
        assert [one.result() for one in writing] == [None] * 8
    deadline = time.monotonic() + 30
    while position_of(connection)[0] < store.head() and time.monotonic() < deadline:
        time.sleep(0.01)
    done.set()
    for thread in followers:
        thread.join()
    found = seen(connection)
    assert sorted((str(stream), version) for stream, version, _ in found) == sorted(
        (str(stream), version) for stream in streams for version in range(1, 61)
    )
    assert [position for _, _, position in found] == sorted(position for _, _, position in found)


def test_a_poison_event_stops_its_follower_and_no_other(
    store: EventStore, database: str, connection: Connection[Any]
) -> None:
    stream_id = uuid4()
    append(database, store, stream_id, range(1, 8))
    run, other = make_run(store, "poisoned", fail_at(5)), make_run(store, "other")
    assert run.catch_up(connection) == 4
    assert [version for _, version, _ in seen(connection)] == [1, 2, 3, 4], "what came before it is applied"
    position, is_stopped = position_of(connection, "poisoned")
    assert is_stopped
    with connection.cursor() as cursor:
        failure = read_failures(cursor)["poisoned"]
    assert (failure.stream_id, failure.version, failure.type) == (stream_id, 5, "RecordCreated")
    assert failure.position > position and "ValueError: version 5 is poison" in str(failure)
    assert run.apply_batch(connection) == 0, "it rests"
    assert other.catch_up(connection) == 7
    with connection.cursor() as cursor:
        assert resume_follower(cursor, "poisoned") and not resume_follower(cursor, "poisoned")
    assert make_run(store, "poisoned").catch_up(connection) == 3, "mended, it goes on where it stopped"


def test_an_event_that_cannot_be_read_stops_a_follower(
    store: EventStore, database: str, connection: Connection[Any]
) -> None:
    stream_id = uuid4()
    append(database, store, stream_id, range(1, 6))
    connection.execute("UPDATE events SET topic = 'FromTheFuture' WHERE originator_version = 3")
    run = make_run(store)
    assert run.catch_up(connection) == 2
    with connection.cursor() as cursor:
        failure = read_failures(cursor)["test"]
    assert (failure.version, failure.type) == (3, "FromTheFuture") and "FromTheFuture" in failure.error


def test_effect_and_position_are_committed_together(
    store: EventStore, database: str, connection: Connection[Any]
) -> None:
    append(database, store, uuid4(), range(1, 2))
    assert make_run(store, apply=fail_at(1)).catch_up(connection) == 0
    assert seen(connection) == [] and position_of(connection) == (0, True)


def test_a_lost_database_is_no_poison(store: EventStore, database: str, connection: Connection[Any]) -> None:
    append(database, store, uuid4(), range(1, 4))

    def cut_off(cursor: "Cursor[Any]", events: Sequence[RecordedEvent[object]]) -> None:
        record_seen(cursor, events)
        connection.execute("SELECT pg_terminate_backend(%s)", [cursor.connection.info.backend_pid])

    with psycopg.connect(database, autocommit=True) as own, pytest.raises(psycopg.OperationalError):
        make_run(store, apply=cut_off).apply_batch(own)
    assert position_of(connection) == (0, False) and seen(connection) == []
    assert make_run(store).catch_up(connection) == 3


def test_one_process_owns_a_follower(store: EventStore, database: str) -> None:
    run = make_run(store)
    with psycopg.connect(database, autocommit=True) as other:
        with psycopg.connect(database, autocommit=True) as owner:
            assert run.acquire(owner) and not run.acquire(other)
            assert make_run(store, "another").acquire(other)
        deadline = time.monotonic() + 5
        while not run.acquire(other):
            assert time.monotonic() < deadline, "the owner's death did not free the follower"


def test_a_batch_is_bounded_by_bytes(store: EventStore, database: str, connection: Connection[Any]) -> None:
    append(database, store, uuid4(), range(1, 4), "x" * (BATCH_BYTES // 2 + 1))
    assert [len(store.read_batch(0).events), len(store.read_batch(0, until=1).events)] == [2, 1]
    append(database, store, uuid4(), range(1, 2), "x" * (BATCH_BYTES * 2))
    assert make_run(store).catch_up(connection) == 4


def test_a_follower_begins_again_when_its_position_is_reset(
    store: EventStore, database: str, connection: Connection[Any]
) -> None:
    append(database, store, uuid4(), range(1, 4))
    make_run(store).catch_up(connection)
    with connection.cursor() as cursor:
        set_position(cursor, "test", 0)
    assert make_run(store).catch_up(connection) == 3 and len(seen(connection)) == 6


@pytest.mark.parametrize("attempt", ["whole batch", "single event"])
def test_a_follower_that_is_rebuilt_while_it_looks_for_a_poison_event_reads_again(
    store: EventStore, database: str, connection: Connection[Any], attempt: str
) -> None:
    append(database, store, uuid4(), range(1, 5))
    attempts = iter(["whole batch", "single event"])

    def apply(cursor: "Cursor[Any]", events: Sequence[RecordedEvent[object]]) -> None:
        if next(attempts, None) == attempt:
            with psycopg.connect(database) as other, other.cursor() as rebuilding:
                set_position(rebuilding, "test", 2)
        fail_at(1)(cursor, events)

    assert make_run(store, apply=apply).catch_up(connection) == 2
    assert [version for _, version, _ in seen(connection)] == [3, 4]
    assert position_of(connection) == (store.head(), False)


def test_waiting_for_a_follower_that_does_not_run_ends(store: EventStore, database: str) -> None:
    append(database, store, uuid4(), range(1, 4))

    async def wait() -> bool:
        async with await psycopg.AsyncConnection.connect(database, autocommit=True) as waiting:
            return await wait_until_applied(waiting, "test", 0.1)

    assert not asyncio.run(wait())
