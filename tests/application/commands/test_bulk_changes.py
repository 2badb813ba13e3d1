"""Changes of many records under the writer lease: by a filter, and in a large batch."""

from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest

from application.commands import writer_lease
from application.commands.change_by_filter import FilteredChange, change_matching_records
from application.commands.envelope import CommandOutcome
from application.commands.large_batch import execute_under_lease
from domain.dataset.commands import ChangeRecords, CreateRecord, DeleteDataset, UpdateRecord
from domain.dataset.events import RecordChange, RecordsChanged, Summary
from domain.errors import BadRequest, Busy, Conflict, Gone, Invalid, NotFound, PreconditionFailed
from projections.changes.filtered_change import SqlFilteredChange
from projections.query.compiled import QuerySpec
from tests.application.commands.things import (
    MANY,
    bulk_tools,
    count_chunks,
    count_versions,
    create_many,
    create_products,
    create_things,
    envelope,
    read_records,
)
from tests.application.conftest import CONTEXT, WriteSide
from tests.limits import QUERY_LIMITS


def change(write_side: WriteSide, dataset_id: UUID, filter: str, values: Any, **options: Any) -> CommandOutcome:
    selection = SqlFilteredChange(QuerySpec(filter), QUERY_LIMITS, 10)
    return change_matching_records(
        bulk_tools(write_side), CONTEXT, dataset_id, selection, FilteredChange(values, **options)
    )


def create_stock(write_side: WriteSide) -> UUID:
    """Version 5: four products."""
    return create_products(
        write_side, ("a", "NO", 1, 10), ("a", "SE", 2, 20), ("b", "NO", None, 30), ("c", "NO", None, 40)
    )


def test_what_a_filter_keeps_is_changed(write_side: WriteSide) -> None:
    dataset_id = create_things(write_side, 4)
    outcome = change(write_side, dataset_id, "n le 2", {"n": 2})
    assert outcome.event == RecordsChanged(changed=1, changes=(RecordChange(1, ("r1", 2)),))
    assert (outcome.version, outcome.summary) == (3, Summary(changed=1))
    assert [values[1] for values in read_records(write_side, dataset_id).values()] == [2, 2, 3, 4]
    assert count_versions(write_side, dataset_id) == 3


def test_what_a_filter_keeps_is_removed(write_side: WriteSide) -> None:
    dataset_id = create_stock(write_side)
    outcome = change(write_side, dataset_id, "n ge 20 and n le 30", None)
    assert outcome.event == RecordsChanged(removed=2, changes=(RecordChange(2, None), RecordChange(3, None)))
    assert outcome.summary == Summary(removed=2)
    assert list(read_records(write_side, dataset_id)) == [1, 4]
    assert count_versions(write_side, dataset_id) == 6


@pytest.mark.parametrize(
    ("filter", "values"), [("n gt 9", {"n": 1}), ("n eq 2", {"n": 2}), ("true", {}), ("n gt 9", None)]
)
def test_what_changes_nothing_is_no_version(write_side: WriteSide, filter: str, values: Any) -> None:
    dataset_id = create_things(write_side, 4)
    outcome = change(write_side, dataset_id, filter, values, max_affected=0)
    assert (outcome.event, outcome.version) == (None, 2)
    assert count_versions(write_side, dataset_id) == 2


@pytest.mark.parametrize("number", [MANY - 1, MANY])
@pytest.mark.parametrize("values", [{"n": 0}, None], ids=["changed", "removed"])
def test_many_changes_stand_in_chunks(write_side: WriteSide, number: int, values: Any) -> None:
    dataset_id = create_things(write_side, number)
    before = count_chunks(write_side, dataset_id)
    outcome = change(write_side, dataset_id, "true", values)
    assert outcome.summary == (Summary(changed=number) if values else Summary(removed=number))
    event = outcome.event
    assert isinstance(event, RecordsChanged)
    assert list(write_side.store.stream(dataset_id))[-1].event == event
    if number < MANY:
        assert (len(event.changes), event.chunks) == (number, ())
    else:
        assert event.changes == () and sum(chunk.rows for chunk in event.chunks) == number
    assert count_chunks(write_side, dataset_id) == before + len(event.chunks)
    assert len(read_records(write_side, dataset_id)) == (number if values else 0)
    assert count_versions(write_side, dataset_id) == 3


@pytest.mark.parametrize("number", [3, MANY])
@pytest.mark.parametrize("values", [{"n": 0}, None], ids=["changed", "removed"])
def test_a_dry_run_counts_and_leaves_nothing(write_side: WriteSide, number: int, values: Any) -> None:
    dataset_id = create_things(write_side, number)
    before = count_chunks(write_side, dataset_id)
    outcome = change(write_side, dataset_id, "true", values, dry_run=True)
    assert (outcome.dry_run, outcome.version, outcome.state.version) == (True, 2, 3)
    assert outcome.summary == (Summary(changed=number) if values else Summary(removed=number))
    assert outcome.event == RecordsChanged(changed=outcome.summary.changed, removed=outcome.summary.removed)
    assert count_chunks(write_side, dataset_id) == before
    assert [values[1] for values in read_records(write_side, dataset_id).values()] == list(range(1, number + 1))
    assert count_versions(write_side, dataset_id) == 2


@pytest.mark.parametrize("values", [{"n": 0}, None], ids=["changed", "removed"])
@pytest.mark.parametrize("dry_run", [True, False])
def test_more_records_than_allowed_are_not_touched(write_side: WriteSide, values: Any, dry_run: bool) -> None:
    dataset_id = create_things(write_side, 3)
    with pytest.raises(Conflict, match="This would affect 3 records") as refused:
        change(write_side, dataset_id, "true", values, max_affected=2, dry_run=dry_run)
    assert refused.value.code == "too-many-affected"
    assert count_versions(write_side, dataset_id) == 2
    assert change(write_side, dataset_id, "true", values, max_affected=3).version == 3


def test_another_version_than_expected_is_refused(write_side: WriteSide) -> None:
    dataset_id = create_things(write_side, 3)
    for wrong in (1, 3):
        with pytest.raises(PreconditionFailed):
            change(write_side, dataset_id, "true", {"n": 0}, if_version=wrong)
        with pytest.raises(PreconditionFailed):
            change(write_side, dataset_id, "n eq 99", {"unknown": 0}, if_version=wrong)
    assert change(write_side, dataset_id, "true", {"n": 0}, if_version=2).version == 3


def test_what_does_not_fit_is_refused(write_side: WriteSide) -> None:
    dataset_id = create_things(write_side, 3)
    with pytest.raises(Invalid):
        change(write_side, dataset_id, "true", {"n": "many"})
    with pytest.raises(BadRequest):
        change(write_side, dataset_id, "number eq 1", {"n": 0})
    with pytest.raises(NotFound):
        change(write_side, uuid4(), "true", {"n": 0})
    write_side.send(dataset_id, DeleteDataset())
    with pytest.raises(Gone):
        change(write_side, dataset_id, "true", {"n": 0})


@pytest.mark.parametrize(
    ("filter", "values", "detail", "pointers", "records"),
    [
        ("n ge 30", {"code": 7}, "The unique column code", ["/values/code"], [3, 4]),
        ("n eq 40", {"code": 1}, "The unique column code", ["/values/code"], [4, 1]),
        ("n ge 30", {"sku": "d"}, "The key sku, land", ["/values/sku", "/values/land"], [3, 4]),
        ("n eq 20", {"land": "NO"}, "The key sku, land", ["/values/sku", "/values/land"], [2, 1]),
    ],
)
def test_what_must_be_unique_stays_unique(
    write_side: WriteSide, filter: str, values: Any, detail: str, pointers: list[str], records: list[int]
) -> None:
    dataset_id = create_stock(write_side)
    for dry_run in (True, False):
        with pytest.raises(Conflict) as refused:
            change(write_side, dataset_id, filter, values, dry_run=dry_run)
        one, other = records
        assert refused.value.detail == (
            f"{detail} would have the same value in the records {one} and {other}; narrow the filter"
        )
        assert (refused.value.code, refused.value.extra) == ("duplicate-key", {"records": records})
        assert [(fault.pointer, fault.code, fault.detail) for fault in refused.value.faults] == [
            (pointer, "duplicate", refused.value.detail) for pointer in pointers
        ]
    assert count_versions(write_side, dataset_id) == 5


def test_unique_columns_may_be_changed_where_they_stay_unique(write_side: WriteSide) -> None:
    dataset_id = create_stock(write_side)
    assert change(write_side, dataset_id, "n eq 10", {"code": 9, "sku": "z"}).version == 6
    assert change(write_side, dataset_id, "true", {"code": None}).version == 7
    assert change(write_side, dataset_id, "true", {"n": 5}).version == 8
    assert count_versions(write_side, dataset_id) == 8


def test_only_the_sets_that_a_change_touches_are_looked_at(
    write_side: WriteSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset_id, looked_at = create_stock(write_side), list[tuple[int, ...]]()
    monkeypatch.setattr(
        SqlFilteredChange, "find_duplicate", lambda self, cursor, of, positions: looked_at.append(positions)
    )
    for values in ({"n": 1}, {"land": "DK"}, {"code": None}, {"sku": "z", "code": None}, None):
        change(write_side, dataset_id, "true", values, dry_run=True)
    assert looked_at == [(0, 1), (2,), (0, 1), (2,)]


def test_a_change_by_filter_waits_for_another_bulk_change(
    write_side: WriteSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset_id = create_things(write_side, 3)
    hold_lease = writer_lease.hold_lease
    monkeypatch.setattr(writer_lease, "hold_lease", partial(hold_lease, patience=0.05))
    with write_side.pool.connection() as holder, hold_lease(holder, dataset_id), pytest.raises(Busy):
        change(write_side, dataset_id, "true", {"n": 0})
    assert change(write_side, dataset_id, "true", {"n": 0}).version == 3
    assert_lease_is_free(write_side, dataset_id)


def test_edits_during_a_change_by_filter_are_busy(write_side: WriteSide, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset_id, refused = create_things(write_side, 3), list[str]()
    plan = SqlFilteredChange.plan

    def edit_and_plan(self: SqlFilteredChange, *arguments: Any) -> int:
        with pytest.raises(Busy) as busy:
            write_side.send(dataset_id, UpdateRecord(1, {"n": 10}))
        refused.append(busy.value.code)
        return plan(self, *arguments)

    monkeypatch.setattr(SqlFilteredChange, "plan", edit_and_plan)
    assert change(write_side, dataset_id, "true", {"n": 0}).version == 3
    assert refused == ["dataset-busy"]
    assert write_side.send(dataset_id, UpdateRecord(1, {"n": 10})) == 4


def test_a_large_batch_holds_the_lease_itself(write_side: WriteSide, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset_id = write_side.create_dataset()
    hold_lease = writer_lease.hold_lease
    monkeypatch.setattr(writer_lease, "hold_lease", partial(hold_lease, patience=0.05))
    batch = envelope(dataset_id, create_many(MANY))
    with write_side.pool.connection() as holder, hold_lease(holder, dataset_id), pytest.raises(Busy):
        execute_under_lease(bulk_tools(write_side), batch)
    assert execute_under_lease(bulk_tools(write_side), batch).version == 2
    assert len(read_records(write_side, dataset_id)) == MANY
    assert count_versions(write_side, dataset_id) == 2
    assert_lease_is_free(write_side, dataset_id)


def test_a_large_batch_that_is_refused_leaves_nothing(write_side: WriteSide) -> None:
    dataset_id = create_things(write_side, 1)
    operations = (CreateRecord({"n": 2}), UpdateRecord(99, {"n": 3}))
    with pytest.raises(Invalid, match="There is no record 99"):
        execute_under_lease(bulk_tools(write_side), envelope(dataset_id, ChangeRecords(operations)))
    with pytest.raises(NotFound):
        execute_under_lease(bulk_tools(write_side), envelope(uuid4(), create_many(1)))
    assert count_versions(write_side, dataset_id) == 2
    assert_lease_is_free(write_side, dataset_id)


def assert_lease_is_free(write_side: WriteSide, dataset_id: UUID) -> None:
    with write_side.pool.connection() as connection:
        assert writer_lease.is_free(connection, dataset_id)
