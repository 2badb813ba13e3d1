"""Commands of one transaction: what each sees of those before it, and when it is refused."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from application.commands import writer_lease
from application.commands.envelope import AggregateOutcome, CommandOutcome
from application.commands.idempotency.idempotency_claims import ClaimEffect, IdempotencyClaim
from application.commands.idempotency.idempotency_keys import AcquiredKey
from domain.dataset.commands import (
    ChangeDataset,
    ChangeRecords,
    Command,
    CreateDataset,
    CreateRecord,
    DeleteByKey,
    DeleteDataset,
    DeleteRecord,
    PatchByKey,
    PutByKey,
    UpdateRecord,
    UpsertByKey,
)
from domain.dataset.events import DatasetCreated, RecordCreated, RecordDeleted, RecordsChanged, RecordUpdated, Summary
from domain.errors import Busy, Conflict, Gone, NotFound
from interfaces.services import database as connections
from tests.application.commands.keyed_requests import BODY, new_request, read_row, run_process
from tests.application.commands.things import (
    MANY,
    PRODUCTS,
    count_chunks,
    count_versions,
    create_many,
    create_products,
    create_things,
    envelope,
    execute,
    execute_one,
    read_records,
    refusals,
)
from tests.application.conftest import CONTEXT, DEFINITION, WriteSide, to_counter
from tests.application.counter import RaiseCounter

A = {"sku": "a", "land": "NO"}
B = {"sku": "b", "land": "NO"}


def test_a_dry_run_decides_everything_and_appends_nothing(write_side: WriteSide) -> None:
    dataset_id = write_side.create_dataset()
    create = envelope(dataset_id, CreateRecord({"name": "a", "n": 1}), dry_run=True)
    tried, done = execute(write_side, create, replace(create, dry_run=False))
    assert isinstance(tried, CommandOutcome) and isinstance(done, CommandOutcome)
    assert (tried.dry_run, tried.version, tried.before.version, tried.state.version) == (True, 1, 1, 2)
    assert isinstance(tried.event, RecordCreated) and tried.event == done.event
    assert (done.dry_run, done.version, done.before.version, done.state.version) == (False, 2, 1, 2)
    assert tried.summary == done.summary == Summary(added=1)
    assert tried.targets == done.targets == (1,)
    assert read_records(write_side, dataset_id) == {1: ["a", 1]}
    assert count_versions(write_side, dataset_id) == 2


def test_a_dry_run_is_refused_like_the_command(write_side: WriteSide) -> None:
    dataset_id = create_products(write_side, ("a", "NO", 1, 1))
    with pytest.raises(Conflict, match="is taken by record 1"):
        execute_one(write_side, envelope(dataset_id, CreateRecord(A), dry_run=True))
    with pytest.raises(NotFound):
        execute_one(write_side, envelope(dataset_id, DeleteRecord(9), dry_run=True))


def test_what_changes_nothing_appends_nothing(write_side: WriteSide) -> None:
    dataset_id = create_products(write_side, ("a", "NO", 1, 1))
    for limit in (None, 0):
        outcome = execute_one(write_side, envelope(dataset_id, UpdateRecord(1, {"n": 1}), max_affected=limit))
        assert (outcome.event, outcome.version, outcome.summary) == (None, 2, Summary())
    assert count_versions(write_side, dataset_id) == 2


@pytest.mark.parametrize(
    ("command", "affected"),
    [
        (CreateRecord({"sku": "c", "land": "NO"}), 1),
        (UpdateRecord(1, {"n": 9}), 1),
        (DeleteRecord(1), 1),
        (ChangeRecords((CreateRecord({"sku": "c", "land": "NO"}), UpdateRecord(1, {"n": 9}), DeleteRecord(2))), 3),
    ],
    ids=["create", "update", "delete", "batch"],
)
def test_a_command_may_affect_a_limited_number_of_records(
    write_side: WriteSide, command: Command, affected: int
) -> None:
    dataset_id = create_products(write_side, ("a", "NO", 1, 1), ("b", "NO", 2, 2))
    for dry_run in (True, False):
        with pytest.raises(Conflict) as refused:
            execute_one(write_side, envelope(dataset_id, command, max_affected=affected - 1, dry_run=dry_run))
        assert refused.value.code == "too-many-affected" and refused.value.extra == {"affected": affected}
        assert refused.value.detail == (
            f"This would affect {affected} records, more than Prefer: max-affected={affected - 1} allows"
        )
    assert execute_one(write_side, envelope(dataset_id, command, max_affected=affected)).version == 4
    assert count_versions(write_side, dataset_id) == 4


def test_a_command_sees_what_the_group_decided_before(write_side: WriteSide) -> None:
    dataset_id, other_id = (create_products(write_side) for _ in range(2))
    results = execute(
        write_side,
        envelope(dataset_id, CreateRecord({**A, "n": 1})),
        envelope(other_id, CreateRecord({**A, "n": 5})),
        envelope(dataset_id, UpdateRecord(1, {"n": 2})),
        envelope(dataset_id, UpdateRecord(1, {"n": 3}, if_version=2)),
        envelope(dataset_id, UpdateRecord(1, {"n": 3}, if_version=3)),
        envelope(dataset_id, CreateRecord(A)),
        envelope(dataset_id, CreateRecord(B)),
        envelope(dataset_id, DeleteRecord(1)),
        envelope(dataset_id, UpdateRecord(1, {"n": 4})),
        envelope(dataset_id, CreateRecord(A)),
        envelope(dataset_id, DeleteDataset()),
        envelope(dataset_id, CreateRecord({"sku": "c", "land": "NO"})),
        envelope(other_id, UpdateRecord(1, {"n": 6})),
    )
    assert refusals(results) == [
        None, None, None, "version-conflict", None, "duplicate-key", None, None, "record-not-found", None, None,
        "dataset-deleted", None,
    ]  # fmt: skip
    assert [one.version for one in results if isinstance(one, CommandOutcome)] == [2, 2, 3, 4, 5, 6, 7, 8, 3]
    assert len(list(write_side.store.stream(dataset_id))) == 8
    assert read_records(write_side, other_id) == {1: ["a", "NO", None, 6]}
    assert count_versions(write_side, other_id) == 3


def test_a_command_by_key_sees_what_the_group_decided_before(write_side: WriteSide) -> None:
    dataset_id = create_products(write_side, ("z", "NO", 1, 1))
    a, b, z = ("a", "NO"), ("b", "NO"), ("z", "NO")
    results = execute(
        write_side,
        envelope(dataset_id, CreateRecord({**A, "n": 1})),
        envelope(dataset_id, PutByKey(a, {"n": 2}, must_not_exist=True)),
        envelope(dataset_id, PutByKey(a, {"n": 2})),
        envelope(dataset_id, PatchByKey(b, {"n": 3})),
        envelope(dataset_id, PutByKey(b, {"n": 3})),
        envelope(dataset_id, PatchByKey(b, {"n": 4})),
        envelope(dataset_id, UpsertByKey(None, {**A, "code": 7})),
        envelope(dataset_id, DeleteByKey(b)),
        envelope(dataset_id, DeleteByKey(b)),
        envelope(dataset_id, UpsertByKey(b, {"n": 5})),
        envelope(dataset_id, UpdateRecord(1, {"sku": "y"})),
        envelope(dataset_id, PatchByKey(z, {"n": 6})),
        envelope(dataset_id, PatchByKey(("y", "NO"), {"n": 7})),
    )
    assert refusals(results) == [
        None, "record-exists", None, "record-not-found", None, None, None, None, "record-not-found", None, None,
        "record-not-found", None,
    ]  # fmt: skip
    assert [one.targets for one in results if isinstance(one, CommandOutcome)] == [
        (2,), (2,), (3,), (3,), (2,), (3,), (4,), (1,), (1,),
    ]  # fmt: skip
    assert read_records(write_side, dataset_id) == {
        1: ["y", "NO", 1, 7],
        2: ["a", "NO", 7, 2],
        4: ["b", "NO", None, 5],
    }
    assert count_versions(write_side, dataset_id) == 2 + 9


def test_a_batch_names_records_by_id_and_by_key(write_side: WriteSide) -> None:
    dataset_id = create_products(write_side, ("a", "NO", 1, 1), ("b", "NO", 2, 2))
    operations = (UpdateRecord(1, {"n": 5}), PatchByKey(("b", "NO"), {"n": 6}), PutByKey(("c", "NO"), {"n": 7}))
    outcome = execute_one(write_side, envelope(dataset_id, ChangeRecords(operations)))
    assert (outcome.version, outcome.targets) == (4, (1, 2, 3))
    assert [values[3] for values in read_records(write_side, dataset_id).values()] == [5, 6, 7]


def test_a_unique_value_is_claimed_by_the_first_of_a_group(write_side: WriteSide) -> None:
    dataset_id = create_products(write_side, ("a", "NO", 1, 1))
    create = CreateRecord({**B, "code": 2})
    first, second, third, moved, taken = execute(
        write_side,
        envelope(dataset_id, create),
        envelope(dataset_id, CreateRecord({"sku": "c", "land": "NO", "code": 2})),
        envelope(dataset_id, UpdateRecord(1, {"code": 2})),
        envelope(dataset_id, UpdateRecord(2, {"code": 3})),
        envelope(dataset_id, UpdateRecord(1, {"code": 2})),
    )
    assert isinstance(first, CommandOutcome) and first.version == 3
    for refused in (second, third):
        assert isinstance(refused, Conflict)
        assert refused.detail == "The unique column code = 2 is taken by record 2"
        assert refused.extra == {"record": 2}
    assert isinstance(moved, CommandOutcome) and isinstance(taken, CommandOutcome) and taken.version == 5
    assert count_versions(write_side, dataset_id) == 5


def test_a_record_may_claim_what_it_has(write_side: WriteSide) -> None:
    dataset_id = create_products(write_side, ("a", "NO", 1, 1))
    assert write_side.send(dataset_id, PutByKey(("a", "NO"), {"code": 1, "n": 2})) == 3
    assert write_side.send(dataset_id, UpdateRecord(1, {"sku": "a", "code": 1, "n": 3})) == 4


def test_a_batch_names_the_operations_that_want_what_is_taken(write_side: WriteSide) -> None:
    dataset_id = create_products(write_side, ("a", "NO", 1, 1), ("b", "NO", 2, 2), ("c", "NO", 3, 3))
    swap = ChangeRecords((UpdateRecord(1, {"code": 2}), UpdateRecord(2, {"code": 1})))
    assert write_side.send(dataset_id, swap) == 5
    operations = (UpdateRecord(1, {"n": 9}), UpdateRecord(2, {"code": 3}), CreateRecord({"sku": "c", "land": "NO"}))
    with pytest.raises(Conflict) as refused:
        write_side.send(dataset_id, ChangeRecords(operations))
    assert {fault.pointer.split("/")[2] for fault in refused.value.faults} == {"1", "2"}
    assert count_versions(write_side, dataset_id) == 5


def test_a_lease_keeps_other_writers_out(write_side: WriteSide) -> None:
    dataset_id, other_id = (create_things(write_side, 1) for _ in range(2))
    with write_side.pool.connection() as holder, writer_lease.hold_lease(holder, dataset_id):
        busy, held, other, busy_too = execute(
            write_side,
            envelope(dataset_id, UpdateRecord(1, {"n": 2})),
            envelope(dataset_id, UpdateRecord(1, {"n": 3}), holds_lease=True),
            envelope(other_id, UpdateRecord(1, {"n": 2})),
            envelope(dataset_id, UpdateRecord(1, {"n": 4}), dry_run=True),
        )
    for refused in (busy, busy_too):
        assert isinstance(refused, Busy) and refused.code == "dataset-busy"
        assert refused.detail == "A bulk change of this dataset is under way; try again in a moment"
    assert isinstance(held, CommandOutcome) and isinstance(other, CommandOutcome)
    assert write_side.send(dataset_id, UpdateRecord(1, {"n": 5})) == 4
    assert read_records(write_side, dataset_id) == {1: ["r1", 5]}


def test_a_dataset_that_is_not_there_is_not_found(write_side: WriteSide) -> None:
    with pytest.raises(NotFound, match="There is no such dataset"):
        execute_one(write_side, envelope(uuid4(), CreateRecord({"n": 1})))
    dataset_id = write_side.create_dataset()
    write_side.send(dataset_id, CreateRecord({"n": 1}))
    write_side.send(dataset_id, DeleteDataset())
    for command in (UpdateRecord(1, {"n": 2}), CreateRecord({"n": 1}), DeleteDataset()):
        with pytest.raises(Gone):
            execute_one(write_side, envelope(dataset_id, command))
    keyed_id = create_products(write_side, ("a", "NO", 1, 1))
    write_side.send(keyed_id, DeleteDataset())
    with pytest.raises(Gone):
        execute_one(write_side, envelope(keyed_id, PatchByKey(("a", "NO"), {"n": 2})))


def test_a_dataset_is_created_and_filled_in_one_group(write_side: WriteSide) -> None:
    dataset_id = uuid4()
    create = CreateDataset("default", f"products-{dataset_id}", "ann", PRODUCTS)
    created, filled, renamed = execute(
        write_side,
        envelope(dataset_id, create),
        envelope(dataset_id, PutByKey(("a", "NO"), {"n": 1})),
        envelope(dataset_id, ChangeDataset(name="Renamed")),
    )
    assert isinstance(created, CommandOutcome) and isinstance(created.event, DatasetCreated)
    assert isinstance(filled, CommandOutcome) and isinstance(renamed, CommandOutcome) and renamed.version == 3
    assert count_versions(write_side, dataset_id) == 3


def test_the_event_names_who_and_why_and_when(write_side: WriteSide) -> None:
    dataset_id, counter_id = uuid4(), uuid4()
    context = replace(CONTEXT, idempotency_key="key-1", correlation_id="request-8")
    begun = datetime.now(UTC) - timedelta(seconds=5)
    create = envelope(dataset_id, CreateDataset("default", f"things-{dataset_id}", "ann", DEFINITION))
    raised = replace(to_counter(counter_id, RaiseCounter(1)), context=context)
    results = execute(write_side, replace(create, context=context), raised)
    for stream_id, result in zip((dataset_id, counter_id), results, strict=True):
        (recorded,) = write_side.store.stream(stream_id)
        metadata = recorded.metadata
        assert (metadata.actor, metadata.correlation_id, metadata.idempotency_key) == ("ann", "request-8", "key-1")
        assert isinstance(result, CommandOutcome | AggregateOutcome)
        assert begun < result.at == metadata.at < datetime.now(UTC) + timedelta(seconds=5)


def test_a_group_without_datasets_uses_the_databases_clock(write_side: WriteSide) -> None:
    first, second = execute(write_side, to_counter(uuid4(), RaiseCounter(1)), to_counter(uuid4(), RaiseCounter(1)))
    assert isinstance(first, AggregateOutcome) and isinstance(second, AggregateOutcome)
    assert first.at == second.at
    time.sleep(0.01)
    (third,) = execute(write_side, to_counter(uuid4(), RaiseCounter(1)))
    assert isinstance(third, AggregateOutcome) and third.at > first.at


@pytest.mark.parametrize(("number", "chunks"), [(MANY - 1, 0), (MANY, 1)])
def test_many_changes_stand_beside_their_event(write_side: WriteSide, number: int, chunks: int) -> None:
    dataset_id = write_side.create_dataset()
    outcome = execute_one(write_side, envelope(dataset_id, create_many(number)))
    assert isinstance(outcome.event, RecordsChanged) and len(outcome.event.changes) == number
    stored = list(write_side.store.stream(dataset_id))[-1].event
    assert isinstance(stored, RecordsChanged) and len(stored.chunks) == chunks
    assert len(stored.changes) == (0 if chunks else number)
    assert count_chunks(write_side, dataset_id) == chunks
    assert len(read_records(write_side, dataset_id)) == number
    assert count_versions(write_side, dataset_id) == 2


def test_what_is_done_for_a_key_is_noted_with_its_claim(write_side: WriteSide) -> None:
    dataset_id = create_things(write_side, 1)
    with run_process(write_side.conninfo) as process:
        requests = [new_request() for _ in range(5)]
        claims = [process.claim(request) for request in requests]
        contexts = [replace(CONTEXT, claim=claim) for claim in claims]
        counter_id = uuid4()
        results = execute(
            write_side,
            replace(envelope(dataset_id, UpdateRecord(1, {"n": 5})), context=contexts[0]),
            replace(envelope(dataset_id, UpdateRecord(1, {"n": 5})), context=contexts[1]),
            replace(envelope(dataset_id, UpdateRecord(9, {"n": 5})), context=contexts[2]),
            replace(to_counter(counter_id, RaiseCounter(1)), context=contexts[3]),
            envelope(dataset_id, UpdateRecord(1, {"n": 6})),
        )
        assert refusals(results) == [None, None, "record-not-found", None, None]
        columns = "dataset_id, version, job_id, body"
        assert [read_row(write_side.conninfo, request, columns) for request in requests] == [
            (dataset_id, 3, None, BODY.sha256),
            (None,) * 4,
            (None,) * 4,
            (counter_id, 1, None, BODY.sha256),
            (None,) * 4,
        ]


def test_a_claim_that_was_taken_over_does_nothing(write_side: WriteSide) -> None:
    dataset_id, counter_id = create_things(write_side, 1), uuid4()
    request = new_request()
    with run_process(write_side.conninfo) as process:
        lost = replace(CONTEXT, claim=process.claim(request))
    with run_process(write_side.conninfo) as process:
        taken_over = process.acquire(request)
        assert isinstance(taken_over, AcquiredKey)
        kept = replace(CONTEXT, claim=IdempotencyClaim(taken_over.claim, BODY))
        update = envelope(dataset_id, UpdateRecord(1, {"n": 5}))
        results = execute(
            write_side,
            replace(update, context=lost),
            replace(to_counter(counter_id, RaiseCounter(1)), context=lost),
            replace(update, context=kept),
        )
        assert refusals(results) == ["idempotency-key-in-use", "idempotency-key-in-use", None]
        assert list(write_side.store.stream(counter_id)) == []
        assert count_versions(write_side, dataset_id) == 3
        process.release(IdempotencyClaim(taken_over.claim, BODY))
        found = process.acquire(request)
        assert isinstance(found, AcquiredKey) and found.done == ClaimEffect(dataset_id, 3)


def test_an_event_is_decided_for_each_kind_of_command(write_side: WriteSide) -> None:
    dataset_id = create_products(write_side, ("a", "NO", 1, 1))
    updated, deleted = execute(
        write_side,
        envelope(dataset_id, PatchByKey(("a", "NO"), {"n": 2})),
        envelope(dataset_id, DeleteByKey(("a", "NO"))),
    )
    assert isinstance(updated, CommandOutcome) and isinstance(updated.event, RecordUpdated)
    assert isinstance(deleted, CommandOutcome) and isinstance(deleted.event, RecordDeleted)
    assert (updated.summary, deleted.summary) == (Summary(changed=1), Summary(removed=1))


def test_executing_no_commands_does_nothing(write_side: WriteSide) -> None:
    count = "SELECT count(*) FROM event_log"
    with connections.transaction(write_side.pool) as cursor:
        before = cursor.execute(count).fetchone()
    assert execute(write_side) == []
    with connections.transaction(write_side.pool) as cursor:
        assert cursor.execute(count).fetchone() == before
