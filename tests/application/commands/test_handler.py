"""What a command must not do: cross a workspace, go back in time, or fail with another's database error."""

import threading
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from psycopg import Cursor, DatabaseError

from application.commands.bus import CommandBus
from application.commands.envelope import CommandEnvelope
from application.log.event_store import PendingEvent
from domain.dataset.commands import (
    ChangeDataset,
    ChangeRecords,
    Command,
    CreateRecord,
    DeleteDataset,
    DeleteRecord,
    UpdateRecord,
)
from domain.errors import NotFound
from domain.recorded_event import EventMetadata
from interfaces.services import database as connections
from tests.application.conftest import CONTEXT, WriteSide, to_counter
from tests.application.counter import CounterRaised, RaiseCounter

STRANGER = replace(CONTEXT, workspace="another")


@pytest.mark.parametrize(
    "command",
    [
        CreateRecord({"name": "b"}),
        UpdateRecord(1, {"name": "b"}),
        DeleteRecord(1),
        ChangeDataset(name="mine now"),
        ChangeRecords((CreateRecord({"name": "b"}),)),
        DeleteDataset(),
    ],
    ids=lambda command: type(command).__name__,
)
def test_a_dataset_of_another_workspace_does_not_exist(write_side: WriteSide, command: Command) -> None:
    dataset_id = write_side.create_dataset()
    write_side.send(dataset_id, CreateRecord({"name": "a"}))
    with pytest.raises(NotFound) as refused:
        write_side.bus.submit(CommandEnvelope(dataset_id, command, STRANGER)).result(30)
    with pytest.raises(NotFound) as missing:
        write_side.bus.submit(CommandEnvelope(uuid4(), command, STRANGER)).result(30)
    assert (refused.value.code, refused.value.detail) == (missing.value.code, missing.value.detail)
    assert len(list(write_side.store.stream(dataset_id))) == 2


def test_one_command_that_the_database_refuses_fails_alone(write_side: WriteSide) -> None:
    """Its number is too large for the read model's column: the transaction of the whole group fails."""
    dataset_id, counter_id = write_side.create_dataset(), uuid4()
    gate, transactions = threading.Event(), list[int]()

    def wait_and_open() -> "AbstractContextManager[Cursor[Any]]":
        gate.wait(30)
        transactions.append(1)
        return connections.transaction(write_side.pool)

    bus = CommandBus(write_side.handler, wait_and_open)
    try:
        first = bus.submit(CommandEnvelope(dataset_id, CreateRecord({"name": "first"}), CONTEXT))
        good = [
            bus.submit(CommandEnvelope(dataset_id, CreateRecord({"name": f"n{number}"}), CONTEXT))
            for number in range(3)
        ]
        refused = bus.submit(to_counter(counter_id, RaiseCounter(2**70)))
        raised = bus.submit(to_counter(counter_id, RaiseCounter(1)))
        unknown = bus.submit(CommandEnvelope(dataset_id, UpdateRecord(99, {"n": 1}), CONTEXT))
        gate.set()
        assert isinstance(refused.exception(30), DatabaseError)
        assert isinstance(unknown.exception(30), NotFound)
        assert [one.result(30).version for one in (first, *good)] == [2, 3, 4, 5]
        assert raised.result(30).state.value == 1
    finally:
        gate.set()
        bus.close()
    assert len(transactions) == 1 + 1 + 6, "the first command, the others as one group, then each by itself"
    assert [one.version for one in write_side.store.stream(dataset_id)] == [1, 2, 3, 4, 5]
    assert [one.event for one in write_side.store.stream(counter_id)] == [CounterRaised(1)]


def test_the_times_of_a_dataset_never_go_back(write_side: WriteSide) -> None:
    """The clock stepped back: the last event is of an hour that has not come yet."""
    dataset_id = write_side.create_dataset()
    future = datetime.now(UTC) + timedelta(hours=1)
    with connections.transaction(write_side.pool) as cursor:
        cursor.execute("UPDATE datasets SET updated_at = %s WHERE dataset_id = %s", [future, dataset_id])
    for number in range(3):
        write_side.send(dataset_id, CreateRecord({"n": number}))
    write_side.send(dataset_id, ChangeDataset(name="renamed"))
    write_side.send(dataset_id, CreateRecord({"n": 4}))
    at = [one.metadata.at for one in write_side.store.stream(dataset_id)]
    assert at == sorted(at) and at[1:] == [future] * 5
    with connections.transaction(write_side.pool) as cursor:
        row = cursor.execute("SELECT updated_at FROM datasets WHERE dataset_id = %s", [dataset_id]).fetchone()
    assert row == (future,)


def test_the_times_of_any_stream_never_go_back(write_side: WriteSide) -> None:
    counter_id = uuid4()
    metadata = EventMetadata("ann", datetime.now(UTC) + timedelta(hours=1), "request-7")
    with connections.transaction(write_side.pool) as cursor:
        write_side.store.append(cursor, [PendingEvent(counter_id, 1, CounterRaised(1), metadata)])
    outcome = write_side.bus.submit(to_counter(counter_id, RaiseCounter(1))).result(30)
    assert (outcome.at, outcome.version, outcome.state.value) == (metadata.at, 2, 2)
