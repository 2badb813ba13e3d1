"""The writer lease: one bulk change at a time, which waits a moment for edits under way and then gives up."""

import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg import Connection

from application.commands import writer_lease
from domain.errors import Busy
from interfaces.services import database as connections

SHARE = "SELECT pg_advisory_lock_shared(writer_lease_key(%s))"
UNSHARE = "SELECT pg_advisory_unlock_shared(writer_lease_key(%s))"


@pytest.fixture
def one(shared_database: str) -> "Iterator[Connection[Any]]":
    with closing(connections.connect_unpooled(shared_database)) as opened:
        yield opened


@pytest.fixture
def other(shared_database: str) -> "Iterator[Connection[Any]]":
    with closing(connections.connect_unpooled(shared_database)) as opened:
        yield opened


def assert_free(connection: "Connection[Any]", dataset_id: UUID) -> None:
    with writer_lease.hold_lease(connection, dataset_id, patience=0):
        pass


def test_one_holds_it_alone(one: "Connection[Any]", other: "Connection[Any]") -> None:
    dataset_id = uuid4()
    with writer_lease.hold_lease(one, dataset_id):
        with pytest.raises(Busy, match=r"^Another bulk change of this dataset is under way") as refused:
            assert_free(other, dataset_id)
        assert refused.value.code == "dataset-busy"
        assert_free(other, uuid4())
    assert_free(other, dataset_id)


def test_it_is_free_or_not(one: "Connection[Any]", other: "Connection[Any]") -> None:
    dataset_id = uuid4()
    assert writer_lease.is_free(other, dataset_id) is True
    with writer_lease.hold_lease(one, dataset_id):
        assert writer_lease.is_free(other, dataset_id) is False
    assert writer_lease.is_free(other, dataset_id) is True
    assert_free(one, dataset_id)


def test_edits_share_it(one: "Connection[Any]", other: "Connection[Any]") -> None:
    dataset_id = uuid4()
    one.execute(SHARE, [dataset_id])
    assert writer_lease.is_free(other, dataset_id) is True
    with pytest.raises(Busy):
        assert_free(other, dataset_id)


def test_it_is_released_whatever_ends_the_block(one: "Connection[Any]", other: "Connection[Any]") -> None:
    dataset_id = uuid4()
    with pytest.raises(ZeroDivisionError), writer_lease.hold_lease(one, dataset_id):
        raise ZeroDivisionError
    assert_free(other, dataset_id)


def test_a_lost_connection_does_not_hide_what_ended_the_block(
    one: "Connection[Any]", other: "Connection[Any]"
) -> None:
    dataset_id = uuid4()
    with pytest.raises(ZeroDivisionError), writer_lease.hold_lease(one, dataset_id):
        one.close()
        raise ZeroDivisionError
    with writer_lease.hold_lease(other, dataset_id, patience=5):
        pass


def test_it_waits_for_edits_under_way(one: "Connection[Any]", other: "Connection[Any]") -> None:
    dataset_id = uuid4()
    one.execute(SHARE, [dataset_id])
    ending = threading.Timer(0.2, lambda: one.execute(UNSHARE, [dataset_id]))
    begun = time.monotonic()
    ending.start()
    with writer_lease.hold_lease(other, dataset_id):
        waited = time.monotonic() - begun
    ending.join()
    assert 0.15 < waited < 1


def test_its_patience_ends(one: "Connection[Any]", other: "Connection[Any]") -> None:
    dataset_id, calls = uuid4(), list[int]()
    with writer_lease.hold_lease(one, dataset_id):
        begun = time.monotonic()
        with pytest.raises(Busy), writer_lease.hold_lease(other, dataset_id, 0.3, lambda: calls.append(1)):
            raise AssertionError("it is held")
        assert 0.3 < time.monotonic() - begun < 1.5
    assert calls == [], "so short a wait needs no sign of life"


def test_it_pauses_between_two_attempts(
    one: "Connection[Any]", other: "Connection[Any]", monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset_id, attempts = uuid4(), list[int]()
    try_lock = writer_lease._try_lock

    def count_and_try(connection: "Connection[Any]", of: UUID) -> bool:
        attempts.append(1)
        return try_lock(connection, of)

    with writer_lease.hold_lease(one, dataset_id):
        monkeypatch.setattr(writer_lease, "_try_lock", count_and_try)
        with pytest.raises(Busy), writer_lease.hold_lease(other, dataset_id, 0.2):
            raise AssertionError("it is held")
    assert 2 < len(attempts) <= 0.2 / writer_lease.RETRY_SECONDS + 2


def test_by_default_it_is_patient_for_three_seconds(one: "Connection[Any]", other: "Connection[Any]") -> None:
    dataset_id = uuid4()
    with writer_lease.hold_lease(one, dataset_id):
        begun = time.monotonic()
        with pytest.raises(Busy), writer_lease.hold_lease(other, dataset_id):
            raise AssertionError("it is held")
        assert 3 < time.monotonic() - begun < 6


def test_now_and_then_it_calls_back(
    one: "Connection[Any]", other: "Connection[Any]", monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset_id, calls = uuid4(), list[float]()
    monkeypatch.setattr(writer_lease, "CALLBACK_SECONDS", 0.1)
    with (
        writer_lease.hold_lease(one, dataset_id),
        pytest.raises(Busy),
        writer_lease.hold_lease(other, dataset_id, 0.75, lambda: calls.append(time.monotonic())),
    ):
        raise AssertionError("it is held")
    assert 3 <= len(calls) <= 7
    assert all(later - earlier > 0.09 for earlier, later in itertools.pairwise(calls))


def test_the_callback_ends_the_waiting(
    one: "Connection[Any]", other: "Connection[Any]", monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when a job is cancelled meanwhile. The default time between two calls is half a second."""
    dataset_id = uuid4()

    def cancel() -> None:
        raise ZeroDivisionError

    with writer_lease.hold_lease(one, dataset_id):
        begun = time.monotonic()
        with pytest.raises(ZeroDivisionError), writer_lease.hold_lease(other, dataset_id, 20, cancel):
            raise AssertionError("it is held")
        assert 0.5 < time.monotonic() - begun < 1.4
