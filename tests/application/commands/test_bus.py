"""Group commit: how commands are gathered, in which order they are answered, and what a failure does to the rest."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from psycopg import Cursor, DataError

from application.commands.bus import MAX_COMMANDS, CommandBus
from application.commands.envelope import AnyEnvelope, AnyOutcome
from application.commands.handler import CommandHandler
from domain.errors import Conflict, Refusal
from interfaces.services import database as connections
from tests.application.conftest import WriteSide, to_counter
from tests.application.counter import CloseCounter, RaiseCounter, read_value

TOO_LARGE = 2**70
"""Its read model's column cannot hold it."""


class RecordingHandler(CommandHandler):
    """Notes the size of each group; a test may let it fail."""

    def __init__(self, write_side: WriteSide) -> None:
        super().__init__(write_side.store, write_side.models)
        self.groups: list[int] = []
        self.failure: Exception | None = None

    def execute(self, cursor: "Cursor[Any]", envelopes: Sequence[AnyEnvelope]) -> list[AnyOutcome | Refusal]:
        self.groups.append(len(envelopes))
        if self.failure is not None:
            raise self.failure
        return super().execute(cursor, envelopes)


class GatedTransactions:
    """Transactions that begin when the gate is open."""

    def __init__(self, write_side: WriteSide) -> None:
        self._write_side = write_side
        self.entered = threading.Event()
        self.gate = threading.Event()

    @contextmanager
    def __call__(self) -> "Iterator[Cursor[Any]]":
        self.entered.set()
        assert self.gate.wait(30)
        with connections.transaction(self._write_side.pool) as cursor:
            yield cursor


class GatedBus:
    """A bus whose first command waits at the gate, so that what is submitted then becomes one group."""

    def __init__(self, write_side: WriteSide, announce: Callable[[], None] = lambda: None) -> None:
        self.write_side = write_side
        self.handler = RecordingHandler(write_side)
        self._transactions = GatedTransactions(write_side)
        self.bus = CommandBus(self.handler, self._transactions, announce)
        self.first = self.bus.submit(to_counter(uuid4(), RaiseCounter(1)))
        assert self._transactions.entered.wait(30)

    def open(self) -> None:
        self._transactions.gate.set()


@contextmanager
def gated_bus(write_side: WriteSide, announce: Callable[[], None] = lambda: None) -> Iterator[GatedBus]:
    gated = GatedBus(write_side, announce)
    try:
        yield gated
    finally:
        gated.open()
        gated.bus.close()


def test_a_group_has_a_limited_number_of_commands_and_is_answered_in_order(write_side: WriteSide) -> None:
    counter_id = uuid4()
    with gated_bus(write_side) as gated:
        futures = [gated.bus.submit(to_counter(counter_id, RaiseCounter(1))) for _ in range(2 * MAX_COMMANDS + 10)]
        gated.open()
        values = [future.result(30).state.value for future in futures]
    assert gated.handler.groups == [1, MAX_COMMANDS, MAX_COMMANDS, 10]
    assert values == list(range(1, 2 * MAX_COMMANDS + 11))
    assert MAX_COMMANDS == 200


def test_close_finishes_what_waits(write_side: WriteSide) -> None:
    counter_id = uuid4()
    gated = GatedBus(write_side)
    futures = [gated.bus.submit(to_counter(counter_id, RaiseCounter(1))) for _ in range(5)]
    closing = threading.Thread(target=gated.bus.close, daemon=True)
    closing.start()
    closing.join(0.05)
    assert closing.is_alive() and not futures[0].done()
    gated.open()
    closing.join(5)
    assert not closing.is_alive()
    assert [future.done() for future in futures] == [True] * 5
    assert [future.result(0).state.value for future in futures] == [1, 2, 3, 4, 5]
    assert gated.handler.groups == [1, 5]


def test_close_with_nothing_waiting_ends_at_once(write_side: WriteSide) -> None:
    bus = CommandBus(write_side.handler, lambda: connections.transaction(write_side.pool))
    closing = threading.Thread(target=bus.close, daemon=True)
    closing.start()
    closing.join(5)
    assert not closing.is_alive()


def test_the_thread_does_not_keep_the_process_alive(write_side: WriteSide) -> None:
    (thread,) = (one for one in threading.enumerate() if one.name == "command-bus" and one is write_side.bus._thread)
    assert thread.daemon


def test_each_group_is_announced_once_it_is_committed(write_side: WriteSide) -> None:
    counter_id, seen = uuid4(), list[int | None]()

    def announce() -> None:
        with connections.transaction(write_side.pool) as cursor:
            seen.append(read_value(cursor, counter_id))

    with gated_bus(write_side, announce) as gated:
        futures = [gated.bus.submit(to_counter(counter_id, RaiseCounter(1))) for _ in range(3)]
        for future in futures:
            future.add_done_callback(lambda done: seen.append(-1))
        gated.open()
        for future in futures:
            future.result(30)
    assert seen == [None, 3, -1, -1, -1], "the first command's group, then the group of three, before its answers"


def test_a_group_that_fails_is_not_announced(write_side: WriteSide) -> None:
    announced = list[int]()
    with gated_bus(write_side, lambda: announced.append(1)) as gated:
        gated.open()
        gated.first.result(30)
        refused = gated.bus.submit(to_counter(uuid4(), RaiseCounter(TOO_LARGE)))
        assert isinstance(refused.exception(30), DataError)
    assert announced == [1]


def test_a_command_alone_that_the_database_refuses_is_not_tried_again(
    write_side: WriteSide, caplog: pytest.LogCaptureFixture
) -> None:
    counter_id = uuid4()
    with gated_bus(write_side) as gated, caplog.at_level(logging.ERROR):
        gated.open()
        gated.first.result(30)
        refused = gated.bus.submit(to_counter(counter_id, RaiseCounter(TOO_LARGE)))
        assert isinstance(refused.exception(30), DataError)
        assert gated.bus.submit(to_counter(counter_id, RaiseCounter(2))).result(30).state.value == 2
    assert gated.handler.groups == [1, 1, 1]
    (logged,) = caplog.records
    assert logged.getMessage() == "a command failed in the database"
    assert logged.exc_info is not None and logged.exc_info[1] is refused.exception()


def test_a_group_that_the_database_refuses_is_carried_out_one_by_one(
    write_side: WriteSide, caplog: pytest.LogCaptureFixture
) -> None:
    counter_id, announced = uuid4(), list[int]()
    with gated_bus(write_side, lambda: announced.append(1)) as gated, caplog.at_level(logging.ERROR):
        raises = (1, TOO_LARGE, 2)
        futures = [gated.bus.submit(to_counter(counter_id, RaiseCounter(by))) for by in raises]
        gated.open()
        assert futures[0].result(30).state.value == 1
        assert isinstance(futures[1].exception(30), DataError)
        assert futures[2].result(30).state.value == 3
    assert gated.handler.groups == [1, 3, 1, 1, 1]
    assert len(announced) == 3, "the first command and the two that were executed"
    assert len(caplog.records) == 1, "the failed group is not logged, its culprit is"


def test_an_error_of_ours_fails_its_group_and_no_other(
    write_side: WriteSide, caplog: pytest.LogCaptureFixture
) -> None:
    announced = list[int]()
    with gated_bus(write_side, lambda: announced.append(1)) as gated, caplog.at_level(logging.ERROR):
        gated.handler.failure = ZeroDivisionError("a bug")
        futures = [gated.bus.submit(to_counter(uuid4(), RaiseCounter(1))) for _ in range(2)]
        gated.open()
        failed = [one.exception(30) for one in (gated.first, *futures)]
        assert failed == [gated.handler.failure] * 3
        gated.handler.failure = None
        assert gated.bus.submit(to_counter(uuid4(), RaiseCounter(7))).result(30).state.value == 7
    assert gated.handler.groups == [1, 2, 1]
    assert announced == [1]
    assert [one.getMessage() for one in caplog.records] == ["a command failed"] * 2
    assert all(one.exc_info for one in caplog.records)


def test_a_refusal_leaves_the_rest_of_its_group(write_side: WriteSide) -> None:
    counter_id = uuid4()
    with gated_bus(write_side) as gated:
        commands = (RaiseCounter(1), CloseCounter(), RaiseCounter(2))
        raised, closed, refused = [gated.bus.submit(to_counter(counter_id, one)) for one in commands]
        other = gated.bus.submit(to_counter(uuid4(), RaiseCounter(5)))
        gated.open()
        assert (raised.result(30).version, closed.result(30).version) == (1, 2)
        assert isinstance(refused.exception(30), Conflict)
        assert other.result(30).state.value == 5
    assert gated.handler.groups == [1, 4]
