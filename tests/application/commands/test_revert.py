"""Revert: a new version that equals an older one, whatever the number of records, or a refusal."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg import Cursor

from application.commands import revert, writer_lease
from application.commands.envelope import CommandOutcome
from application.ports import Difference
from domain.dataset.commands import (
    ChangeDataset,
    ChangeRecords,
    CreateRecord,
    DeleteDataset,
    DeleteRecord,
    UpdateRecord,
)
from domain.dataset.events import ChunkRef, DatasetReverted, RecordChange, Summary
from domain.errors import Busy, Conflict, Gone, NotFound, PreconditionFailed
from tests.application.commands.things import (
    MANY,
    count_chunks,
    count_versions,
    create_things,
    read_records,
)
from tests.application.conftest import CONTEXT, WriteSide


def revert_to(write_side: WriteSide, dataset_id: UUID, to: int, *arguments: Any, **options: Any) -> CommandOutcome:
    return revert.revert_dataset(
        write_side.pool.connection,
        write_side.handler,
        write_side.models,
        CONTEXT,
        dataset_id,
        to,
        *arguments,
        **options,
    )


def create_changed(write_side: WriteSide) -> UUID:
    """Version 5: of the three records of version 2 one was changed, one removed, and one was added."""
    dataset_id = create_things(write_side, 3)
    for command in (UpdateRecord(1, {"n": 9}), DeleteRecord(2), CreateRecord({"name": "new", "n": 4})):
        write_side.send(dataset_id, command)
    return dataset_id


def test_a_revert_undoes_every_kind_of_change(write_side: WriteSide) -> None:
    dataset_id = create_changed(write_side)
    outcome = revert_to(write_side, dataset_id, 2)
    changes = (RecordChange(1, ("r1", 1)), RecordChange(2, ("r2", 2)), RecordChange(4, None))
    assert isinstance(outcome.event, DatasetReverted)
    assert outcome.event == DatasetReverted(2, 1, 1, 1, outcome.event.definition, changes)
    assert outcome.summary == Summary(added=1, changed=1, removed=1)
    assert (outcome.version, outcome.before.version) == (6, 5)
    assert read_records(write_side, dataset_id) == {n: [f"r{n}", n] for n in (1, 2, 3)}
    assert count_versions(write_side, dataset_id) == 6
    assert revert_to(write_side, dataset_id, 5).version == 7
    assert read_records(write_side, dataset_id) == {1: ["r1", 9], 3: ["r3", 3], 4: ["new", 4]}


def test_a_revert_to_the_same_is_no_version(write_side: WriteSide) -> None:
    dataset_id = create_things(write_side, 2)
    write_side.send(dataset_id, UpdateRecord(1, {"n": 9}))
    write_side.send(dataset_id, UpdateRecord(1, {"n": 1}))
    for to in (2, 4):
        outcome = revert_to(write_side, dataset_id, to, max_affected=0)
        assert (outcome.event, outcome.version, outcome.summary) == (None, 4, Summary())
    assert count_versions(write_side, dataset_id) == 4


def test_a_revert_brings_names_back(write_side: WriteSide) -> None:
    dataset_id = create_things(write_side, 1)
    write_side.send(dataset_id, ChangeDataset(name="Renamed", renames={"n": "number"}))
    outcome = revert_to(write_side, dataset_id, 2, max_affected=0)
    assert (outcome.version, outcome.summary) == (4, Summary())
    assert (outcome.state.definition.name, outcome.state.definition.names) == ("Things", ("name", "n"))


@pytest.mark.parametrize("number", [MANY - 1, MANY, MANY + 50])
def test_many_records_stand_in_chunks(write_side: WriteSide, number: int) -> None:
    dataset_id = create_things(write_side, number)
    write_side.send(dataset_id, ChangeRecords(tuple(DeleteRecord(n) for n in range(1, number + 1))))
    chunks = count_chunks(write_side, dataset_id)
    outcome = revert_to(write_side, dataset_id, 2, max_affected=number)
    event = list(write_side.store.stream(dataset_id))[-1].event
    assert isinstance(event, DatasetReverted) and event == outcome.event
    assert outcome.summary == Summary(added=number)
    if number < MANY:
        assert (len(event.changes), event.chunks) == (number, ())
    else:
        assert event.changes == ()
        assert sum(one.rows for one in event.chunks) == number
    assert count_chunks(write_side, dataset_id) == chunks + len(event.chunks)
    assert read_records(write_side, dataset_id) == {n: [f"r{n}", n] for n in range(1, number + 1)}
    assert count_versions(write_side, dataset_id) == 4
    assert revert_to(write_side, dataset_id, 3).summary == Summary(removed=number)
    assert read_records(write_side, dataset_id) == {}
    assert count_versions(write_side, dataset_id) == 5


@pytest.mark.parametrize("number", [3, MANY - 1, MANY, MANY + 50])
def test_a_dry_run_counts_and_leaves_nothing(write_side: WriteSide, number: int) -> None:
    dataset_id = create_things(write_side, number)
    chunks = count_chunks(write_side, dataset_id)
    outcome = revert_to(write_side, dataset_id, 1, dry_run=True)
    assert (outcome.dry_run, outcome.version, outcome.state.version) == (True, 2, 3)
    assert outcome.summary == Summary(removed=number)
    assert isinstance(outcome.event, DatasetReverted)
    assert outcome.event.chunks == (() if number < MANY else (ChunkRef("", number - MANY),))
    assert count_chunks(write_side, dataset_id) == chunks
    assert len(read_records(write_side, dataset_id)) == number
    assert count_versions(write_side, dataset_id) == 2


@pytest.mark.parametrize("number", [3, MANY])
@pytest.mark.parametrize("dry_run", [True, False])
def test_more_records_than_allowed_are_not_touched(write_side: WriteSide, number: int, dry_run: bool) -> None:
    dataset_id = create_things(write_side, number)
    with pytest.raises(Conflict, match=f"This would affect {number} records") as refused:
        revert_to(write_side, dataset_id, 1, max_affected=number - 1, dry_run=dry_run)
    assert refused.value.extra == {"affected": number}
    assert count_versions(write_side, dataset_id) == 2
    assert revert_to(write_side, dataset_id, 1, max_affected=number).version == 3


def test_a_revert_of_another_version_than_expected_is_refused(write_side: WriteSide) -> None:
    dataset_id = create_changed(write_side)
    for wrong in (1, 4, 6):
        with pytest.raises(PreconditionFailed):
            revert_to(write_side, dataset_id, 2, wrong)
    assert revert_to(write_side, dataset_id, 2, 5).version == 6


@pytest.mark.parametrize("to", [0, 6, -1])
def test_a_version_that_is_not_there_is_not_found(write_side: WriteSide, to: int) -> None:
    dataset_id = create_changed(write_side)
    with pytest.raises(NotFound) as refused:
        revert_to(write_side, dataset_id, to)
    assert refused.value.code == "version-not-found"
    assert refused.value.detail == f"There is no version {to}: the dataset has versions 1 to 5"


def test_what_is_not_there_is_not_reverted(write_side: WriteSide) -> None:
    with pytest.raises(NotFound, match="There is no such dataset"):
        revert_to(write_side, uuid4(), 1)
    dataset_id = create_things(write_side, 1)
    write_side.send(dataset_id, DeleteDataset())
    with pytest.raises(Gone):
        revert_to(write_side, dataset_id, 2)


def test_another_bulk_change_goes_first(write_side: WriteSide, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset_id = create_changed(write_side)
    hold_lease = writer_lease.hold_lease
    monkeypatch.setattr(writer_lease, "hold_lease", partial(hold_lease, patience=0.05))
    with write_side.pool.connection() as holder, hold_lease(holder, dataset_id), pytest.raises(Busy):
        revert_to(write_side, dataset_id, 2)
    assert revert_to(write_side, dataset_id, 2).version == 6
    with write_side.pool.connection() as connection:
        assert writer_lease.is_free(connection, dataset_id)


def test_edits_meanwhile_are_busy(write_side: WriteSide, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset_id = create_changed(write_side)
    refused: list[BaseException | None] = []
    differences = write_side.models.find_differences

    def edit() -> BaseException | None:
        try:
            write_side.send(dataset_id, UpdateRecord(1, {"n": 10}))
        except Busy as busy:
            return busy
        return None

    def edit_meanwhile(cursor: "Cursor[Any]", of: UUID, head: int, to: int) -> Iterator[Difference]:
        with ThreadPoolExecutor(1) as another:
            refused.append(another.submit(edit).result(30))
        return differences(cursor, of, head, to)

    monkeypatch.setattr(write_side.models, "find_differences", edit_meanwhile)
    assert revert_to(write_side, dataset_id, 2).version == 6
    assert len(refused) == 1 and isinstance(refused[0], Busy)
    assert write_side.send(dataset_id, UpdateRecord(1, {"n": 10})) == 7
