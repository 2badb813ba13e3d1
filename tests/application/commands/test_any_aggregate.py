"""The write side serves an aggregate that it has never heard of: a counter that only these tests know."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Self
from uuid import UUID, uuid4

import pytest
from psycopg import Cursor

from application.commands.envelope import AggregateOutcome, AnyEnvelope, CommandEnvelope, CommandOutcome
from application.log import event_table
from domain.dataset.commands import CreateRecord
from domain.errors import Conflict, NotFound, Refusal
from interfaces.services import database as connections
from projections.rebuild import rebuild
from projections.status import read_status
from projections.verify import verify
from tests.application.conftest import CONTEXT, WriteSide, open_counters_database, to_counter
from tests.application.counter import (
    COUNTER,
    COUNTERS,
    CloseCounter,
    CounterClosed,
    CounterCommand,
    CounterRaised,
    RaiseCounter,
    read_value,
)

WRITERS = 6
RAISES = 20


@pytest.fixture
def counters_database(server: str, template: str) -> Iterator[str]:
    """One for each test: some look at the whole log."""
    with open_counters_database(server, template) as conninfo:
        yield conninfo


def send(write_side: WriteSide, counter_id: UUID, command: CounterCommand) -> int:
    """The counter's value after the command."""
    return write_side.bus.submit(to_counter(counter_id, command)).result(30).state.value


def read_table(write_side: WriteSide, counter_id: UUID) -> int | None:
    with connections.transaction(write_side.pool) as cursor:
        return read_value(cursor, counter_id)


def test_a_command_becomes_an_event_and_is_projected(write_side: WriteSide) -> None:
    counter_id = uuid4()
    assert [send(write_side, counter_id, RaiseCounter(by)) for by in (3, 4)] == [3, 7]
    send(write_side, counter_id, CloseCounter())
    recorded = list(write_side.store.stream(counter_id))
    assert [one.event for one in recorded] == [CounterRaised(3), CounterRaised(4), CounterClosed()]
    assert [one.version for one in recorded] == [1, 2, 3]
    assert {one.metadata.actor for one in recorded} == {"ann"}
    assert read_table(write_side, counter_id) == 7


def test_what_changes_nothing_appends_nothing(write_side: WriteSide) -> None:
    counter_id = uuid4()
    outcome = write_side.bus.submit(to_counter(counter_id, RaiseCounter(0))).result(30)
    assert (outcome.event, outcome.version, list(write_side.store.stream(counter_id))) == (None, 0, [])


def test_a_dry_run_appends_nothing(write_side: WriteSide) -> None:
    counter_id = uuid4()
    outcome = write_side.bus.submit(replace(to_counter(counter_id, RaiseCounter(5)), dry_run=True)).result(30)
    assert (outcome.event, outcome.state.value, outcome.version) == (CounterRaised(5), 5, 0)
    assert list(write_side.store.stream(counter_id)) == []


def test_a_refusal_is_raised_and_leaves_nothing(write_side: WriteSide) -> None:
    counter_id = uuid4()
    send(write_side, counter_id, CloseCounter())
    with pytest.raises(Conflict, match="closed at 0"):
        send(write_side, counter_id, RaiseCounter(1))
    assert len(list(write_side.store.stream(counter_id))) == 1


def test_a_stream_of_a_dataset_is_no_counter(write_side: WriteSide) -> None:
    with pytest.raises(NotFound, match=r"^There is no such counter") as refused:
        send(write_side, write_side.create_dataset(), RaiseCounter(1))
    assert refused.value.code == "counter-not-found"


def test_one_group_carries_out_commands_of_both_kinds(write_side: WriteSide) -> None:
    dataset_id, counter_id = write_side.create_dataset(), uuid4()
    envelopes: list[AnyEnvelope] = [
        to_counter(counter_id, RaiseCounter(1)),
        CommandEnvelope(dataset_id, CreateRecord({"name": "a", "n": 1}), CONTEXT),
        to_counter(counter_id, RaiseCounter(2)),
        CommandEnvelope(dataset_id, CreateRecord({"unknown": 1}), CONTEXT),
        to_counter(counter_id, CloseCounter()),
        to_counter(counter_id, RaiseCounter(4)),
        CommandEnvelope(dataset_id, CreateRecord({"name": "b", "n": 2}), CONTEXT),
    ]
    with connections.transaction(write_side.pool) as cursor:
        results = write_side.handler.execute(cursor, envelopes)
    kinds = [Refusal if isinstance(one, Refusal) else type(one) for one in results]
    wanted = [AggregateOutcome, CommandOutcome, AggregateOutcome, Refusal, AggregateOutcome, Refusal, CommandOutcome]
    assert kinds == wanted
    assert [one.version for one in results if not isinstance(one, Refusal)] == [1, 2, 2, 3, 3]
    log = write_side.store.log()
    assert [one.stream_id for one in log[1:]] == [counter_id, dataset_id, counter_id, counter_id, dataset_id]
    assert [one.position for one in log] == sorted({one.position for one in log})
    assert read_table(write_side, counter_id) == 3
    assert verify(write_side.source(), dataset_id).difference is None


def test_writers_of_one_stream_wait_for_each_other(write_side: WriteSide) -> None:
    counter_id = uuid4()

    def write(_: int) -> None:
        for _ in range(RAISES):
            with connections.transaction(write_side.pool) as cursor:
                write_side.handler.execute_one(cursor, to_counter(counter_id, RaiseCounter(1)))

    with ThreadPoolExecutor(WRITERS) as threads:
        list(threads.map(write, range(WRITERS)))
    recorded = list(write_side.store.stream(counter_id))
    assert [one.version for one in recorded] == list(range(1, WRITERS * RAISES + 1))
    assert read_table(write_side, counter_id) == WRITERS * RAISES


def test_streams_are_locked_in_one_order(write_side: WriteSide) -> None:
    """Groups that lock the same streams in another order would wait for each other for ever."""
    ids, locked = [uuid4() for _ in range(10)], list[list[UUID]]()

    class RecordingCursor(Cursor[Any]):
        def execute(self, query: Any, params: Any = None, **options: Any) -> Self:
            if "lock_streams" in str(query):
                locked.extend(params)
            return super().execute(query, params, **options)

    with write_side.pool.connection() as connection, connection.transaction():
        write_side.handler.execute(RecordingCursor(connection), [to_counter(id, RaiseCounter(1)) for id in ids])
    assert locked == [sorted(ids)]


def test_its_read_model_is_rebuilt_and_verified(write_side: WriteSide) -> None:
    counter_id, other_id = uuid4(), uuid4()
    for by in (3, 4, 5):
        send(write_side, counter_id, RaiseCounter(by))
        send(write_side, other_id, RaiseCounter(1))
    assert verify(write_side.source(), counter_id).difference is None
    for damage in ("UPDATE counters SET value = 99", "DELETE FROM counters"):
        with connections.transaction(write_side.pool) as cursor:
            cursor.execute(damage.encode() + b" WHERE counter_id = %s", [counter_id])
        difference = verify(write_side.source(), counter_id).difference
        assert difference is not None and "counters" in difference
        report = rebuild(write_side.source(), counter_id)
        assert (report.version, report.changes) == (3, 3)
        assert (read_table(write_side, counter_id), read_table(write_side, other_id)) == (12, 3)
    assert verify(write_side.source(), counter_id).difference is None


def test_its_read_model_has_a_status(write_side: WriteSide) -> None:
    counter_id = uuid4()
    send(write_side, counter_id, RaiseCounter(1))
    head = write_side.store.head()
    with connections.transaction(write_side.pool) as cursor:
        status = read_status(cursor, COUNTERS, event_table.read_lag, head)
        assert (status.kind, status.position, status.lag, status.lag_seconds) == ("inline", head, 0, 0)
        cursor.execute("DELETE FROM counters")
        behind = read_status(cursor, COUNTERS, event_table.read_lag, head)
    assert (behind.position, behind.head, behind.lag) == (0, head, 1) and behind.lag_seconds > 0


def test_the_event_log_shows_its_events(write_side: WriteSide) -> None:
    counter_id = uuid4()
    send(write_side, counter_id, RaiseCounter(3))
    with connections.transaction(write_side.pool) as cursor:
        row = cursor.execute("SELECT stream_id, version, type, actor, body FROM event_log").fetchone()
    assert row == (counter_id, 1, "CounterRaised", "ann", {"by": 3})


def test_the_whole_log_is_read_whatever_the_aggregates(write_side: WriteSide) -> None:
    dataset_id, counter_id = write_side.create_dataset(), uuid4()
    send(write_side, counter_id, RaiseCounter(3))
    kinds = [COUNTER.owns(one.event) for one in write_side.store.log()]
    assert kinds == [False, True]
    assert [one.stream_id for one in write_side.store.log()] == [dataset_id, counter_id]
