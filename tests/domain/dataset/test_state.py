"""How each event changes the state of a dataset, and what events say about records."""

from dataclasses import replace

import pytest

from domain.columns import Column, ColumnType
from domain.dataset.commands import (
    ChangeDataset,
    ChangeRecords,
    Command,
    CreateDataset,
    CreateRecord,
    DeleteByKey,
    DeleteDataset,
    DeleteRecord,
    ImportRecords,
    PatchByKey,
    PublishChanges,
    PutByKey,
    ReplaceRecord,
    RevertDataset,
    UpdateRecord,
    UpsertByKey,
    record_ids,
)
from domain.dataset.events import (
    ChunkRef,
    DatasetChanged,
    DatasetDeleted,
    DatasetReverted,
    Event,
    RecordChange,
    RecordCreated,
    RecordDeleted,
    RecordsChanged,
    RecordUpdated,
    Summary,
    inline_changes,
    summarize,
)
from domain.dataset.state import DatasetState, Record, evolve
from tests.domain.dataset.scenario import CREATED, PEOPLE, given, imported

BEFORE = DatasetState(
    version=4,
    workspace="default",
    slug="people",
    owner="ann",
    definition=PEOPLE,
    definition_version=1,
    next_id=3,
    records={1: Record(2, ("Ann", 30)), 2: Record(3, ("Bob", 40))},
)
OLDER = replace(PEOPLE, name="Folk")
CHANGES = (RecordChange(1, None), RecordChange(2, ("Bo",)), RecordChange(7, ("Di",)))
AFTER_CHANGES = {2: Record(5, ("Bo",)), 7: Record(5, ("Di",))}
CHUNKS = (ChunkRef("11" * 32, 400),)


def test_a_dataset_does_not_exist_before_its_first_event() -> None:
    state = DatasetState()
    assert (state.version, state.next_id, state.deleted, dict(state.records)) == (0, 1, False, {})
    assert (state.workspace, state.slug, state.owner, state.definition_version) == ("", "", "", 0)
    assert (state.definition.names, state.definition.width) == ((), 0)


def test_creation() -> None:
    assert given(CREATED).state == DatasetState(1, "default", "people", "ann", PEOPLE, 1)


def test_an_import_creates_its_dataset() -> None:
    state = given(imported(3, dataset=CREATED)).state
    assert state == DatasetState(1, "default", "people", "ann", PEOPLE, 1, next_id=4)


@pytest.mark.parametrize(
    ("event", "changes"),
    [
        (imported(10, first_id=3), {"next_id": 13}),
        (imported(first_id=3), {}),
        (imported(1, first_id=3, definition=OLDER), {"next_id": 4, "definition": OLDER, "definition_version": 5}),
        (DatasetChanged(name="Folk"), {"definition": OLDER, "definition_version": 5}),
        (
            DatasetChanged(description=""),
            {"definition": replace(PEOPLE, description=""), "definition_version": 5},
        ),
        (DatasetDeleted(), {"deleted": True}),
        (RecordCreated(3, ("Cy",)), {"next_id": 4, "records": {**BEFORE.records, 3: Record(5, ("Cy",))}}),
        (RecordUpdated(1, ("Al",)), {"records": {**BEFORE.records, 1: Record(5, ("Al",))}}),
        (RecordDeleted(1), {"records": {2: Record(3, ("Bob", 40))}}),
        (RecordDeleted(9), {}),
        (DatasetReverted(2, 1, 1, 1, None, CHANGES), {"records": AFTER_CHANGES}),
        (DatasetReverted(2, 0, 0, 0, OLDER), {"definition": OLDER, "definition_version": 5}),
        (DatasetReverted(2, 0, 400, 0, None, (), CHUNKS), {}),
        (RecordsChanged(1, 1, 1, 8, CHANGES), {"records": AFTER_CHANGES, "next_id": 8}),
        (RecordsChanged(changed=400, chunks=CHUNKS), {}),
        (RecordsChanged(next_id=2), {}),
    ],
)
def test_an_event_changes_the_state(event: Event, changes: dict[str, object]) -> None:
    expected = replace(BEFORE, version=5, **changes)  # type: ignore[arg-type]
    assert evolve(BEFORE, event) == expected
    assert BEFORE.records == {1: Record(2, ("Ann", 30)), 2: Record(3, ("Bob", 40))}


def test_columns_are_renamed_by_position() -> None:
    columns = (Column("b", ColumnType.STRING, 4, unique=True), Column("a", ColumnType.DATE, 0, format="DD.MM.YYYY"))
    before = replace(BEFORE, definition=replace(PEOPLE, columns=columns))
    after = evolve(before, DatasetChanged(renamed=((0, "x"), (4, "y"))))
    assert after.definition.columns == (replace(columns[0], name="y"), replace(columns[1], name="x"))
    unchanged = evolve(before, DatasetChanged(renamed=((0, "x"),)))
    assert unchanged.definition.names == ("b", "x")


@pytest.mark.parametrize(
    ("event", "summary", "changes"),
    [
        (CREATED, Summary(), ()),
        (imported(5, changed=2, removed=3), Summary(5, 2, 3), ()),
        (DatasetChanged(name="x"), Summary(), ()),
        (DatasetDeleted(), Summary(), ()),
        (RecordCreated(1, ("a",)), Summary(added=1), (RecordChange(1, ("a",)),)),
        (RecordUpdated(1, ("a",)), Summary(changed=1), (RecordChange(1, ("a",)),)),
        (RecordDeleted(1), Summary(removed=1), (RecordChange(1, None),)),
        (DatasetReverted(1, 1, 2, 3, None, CHANGES), Summary(1, 2, 3), CHANGES),
        (RecordsChanged(1, 2, 3, 0, CHANGES), Summary(1, 2, 3), CHANGES),
        (RecordsChanged(1, 2, 3, 0, (), CHUNKS), Summary(1, 2, 3), ()),
    ],
)
def test_an_event_names_its_changes(event: Event, summary: Summary, changes: tuple[RecordChange, ...]) -> None:
    assert summarize(event) == summary
    assert inline_changes(event) == changes


def test_the_new_records_of_an_import_are_those_of_its_chunks() -> None:
    assert imported(chunks=(ChunkRef("11" * 32, 3), ChunkRef("22" * 32, 4)), accepted=9).added == 7
    assert (imported().changed, imported().removed, imported().unchanged) == (0, 0, 0)


@pytest.mark.parametrize(
    ("command", "ids"),
    [
        (CreateDataset("default", "people", "ann", PEOPLE), ()),
        (ImportRecords(imported(1)), ()),
        (PublishChanges(RecordsChanged()), ()),
        (ChangeDataset(), ()),
        (DeleteDataset(), ()),
        (RevertDataset(1, PEOPLE, Summary(), CHANGES), ()),
        (CreateRecord({}), ()),
        (UpdateRecord(5, {}), (5,)),
        (ReplaceRecord(6, {}), (6,)),
        (DeleteRecord(7), (7,)),
        (PutByKey(("1",), {}), ()),
        (UpsertByKey(("1",), {}), ()),
        (PatchByKey(("1",), {}), ()),
        (DeleteByKey(("1",)), ()),
        (ChangeRecords((DeleteRecord(7), CreateRecord({}), UpdateRecord(7, {}), DeleteByKey(("1",)))), (7,)),
    ],
)
def test_a_command_names_the_records_it_needs(command: Command, ids: tuple[int, ...]) -> None:
    assert record_ids(command) == ids


def test_a_batch_names_each_record_once() -> None:
    operations = (DeleteRecord(7), UpdateRecord(5, {}), ReplaceRecord(7, {}), DeleteRecord(6))
    assert sorted(record_ids(ChangeRecords(operations))) == [5, 6, 7]
