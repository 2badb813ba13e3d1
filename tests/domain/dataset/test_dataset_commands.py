"""Commands about a whole dataset: create, import, publish, change, revert and delete it."""

from dataclasses import replace
from decimal import Decimal

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
    PublishColumns,
    PutByKey,
    ReplaceRecord,
    RevertDataset,
    UpdateRecord,
    UpsertByKey,
)
from domain.dataset.events import (
    ChunkRef,
    ColumnsChanged,
    DatasetChanged,
    DatasetCreated,
    DatasetDeleted,
    DatasetReverted,
    RecordChange,
    RecordsChanged,
    RecordUpdated,
    Summary,
)
from domain.dataset.state import Record
from domain.errors import Gone, Invalid, NotFound, PreconditionFailed
from tests.domain.dataset.scenario import AGE, CREATED, NAME, PEOPLE, given, imported

OF_EXISTING: tuple[Command, ...] = (
    ImportRecords(imported(1)),
    PublishChanges(RecordsChanged(changed=1)),
    PublishColumns(ColumnsChanged(PEOPLE, changed=1)),
    ChangeDataset(name="x"),
    DeleteDataset(),
    RevertDataset(1, PEOPLE, Summary()),
    CreateRecord({"name": "Ann"}),
    UpdateRecord(1, {}),
    ReplaceRecord(1, {"name": "Ann"}),
    DeleteRecord(1),
    ChangeRecords(()),
    PutByKey(("a",), {}),
    UpsertByKey(("a",), {}),
    PatchByKey(("a",), {}),
    DeleteByKey(("a",)),
)


def test_a_dataset_is_created() -> None:
    command = CreateDataset("default", "people", "ann", PEOPLE)
    decision = given().when(command).then(DatasetCreated("default", "people", "ann", PEOPLE))
    assert (decision.targets, decision.claims) == ((), ())


@pytest.mark.parametrize("command", OF_EXISTING, ids=lambda command: type(command).__name__)
def test_only_an_existing_dataset_can_be_changed(command: Command) -> None:
    given().when(command).refused(NotFound, "dataset-not-found", "There is no such dataset")
    deleted = given(CREATED, DatasetDeleted())
    deleted.when(command).refused(Gone, "dataset-deleted", "The dataset 'People' was deleted")


def test_an_import_can_create_its_dataset() -> None:
    event = imported(2, dataset=CREATED)
    given().when(ImportRecords(event)).then(event)


@pytest.mark.parametrize(
    "changes",
    [
        {"chunks": (ChunkRef("11" * 32, 3),)},
        {"changed": 1},
        {"removed": 1},
        {"definition": PEOPLE},
    ],
)
def test_an_import_with_changes_is_published(changes: dict[str, object]) -> None:
    event = imported(**changes)  # type: ignore[arg-type]
    decision = given(CREATED).when(ImportRecords(event)).then(event)
    assert (decision.targets, decision.claims) == ((), ())


def test_an_import_without_changes_is_no_event() -> None:
    given(CREATED).when(ImportRecords(imported(unchanged=4, accepted=4, rows_read=5, rejected=1))).nothing()


def test_changes_are_published_if_there_are_any() -> None:
    for changed in (RecordsChanged(added=1), RecordsChanged(changed=2), RecordsChanged(removed=3)):
        given(CREATED).when(PublishChanges(changed, 1)).then(changed)
    given(CREATED).when(PublishChanges(RecordsChanged())).nothing()


@pytest.mark.parametrize(
    "command",
    [
        PublishChanges(RecordsChanged(changed=1), 2),
        ChangeDataset(name="x", if_version=2),
        DeleteDataset(2),
        RevertDataset(1, PEOPLE, Summary(), (RecordChange(1, None),), if_version=2),
        ChangeRecords((), 2),
    ],
    ids=lambda command: type(command).__name__,
)
def test_a_stale_version_is_refused(command: Command) -> None:
    refusal = (
        given(CREATED)
        .when(command)
        .refused(PreconditionFailed, "version-conflict", "The dataset is at version 1, not 2")
    )
    assert refusal.extra == {"current": {"version": 1, "name": "People"}}


def test_a_dataset_is_deleted() -> None:
    given(CREATED).when(DeleteDataset()).then(DatasetDeleted())
    given(CREATED).when(DeleteDataset(1)).then(DatasetDeleted())


def test_name_description_and_columns_are_changed() -> None:
    people = given(CREATED)
    people.when(ChangeDataset(name="Folk", if_version=1)).then(DatasetChanged(name="Folk"))
    people.when(ChangeDataset(description="")).then(DatasetChanged(description=""))
    people.when(ChangeDataset(renames={"age": "years"})).then(DatasetChanged(renamed=((1, "years"),)))
    swapped = ChangeDataset(renames={"age": "name", "name": "age"})
    people.when(swapped).then(DatasetChanged(renamed=((0, "age"), (1, "name"))))


def test_a_position_is_not_an_index() -> None:
    columns = (replace(AGE, position=5), replace(NAME, position=2))
    dataset = given(replace(CREATED, definition=replace(PEOPLE, columns=columns)))
    dataset.when(ChangeDataset(renames={"name": "called"})).then(DatasetChanged(renamed=((2, "called"),)))


@pytest.mark.parametrize(
    "command",
    [
        ChangeDataset(),
        ChangeDataset(name="People", description="Who they are", renames={"age": "age"}),
        ChangeDataset(renames={}),
    ],
)
def test_the_same_definition_is_no_event(command: ChangeDataset) -> None:
    given(CREATED).when(command).nothing()


@pytest.mark.parametrize(
    ("command", "code", "detail", "pointer"),
    [
        (
            ChangeDataset(name="a\x00"),
            "invalid-dataset",
            "name: a string must not contain the character U+0000",
            "/name",
        ),
        (
            ChangeDataset(description="\ud800"),
            "invalid-dataset",
            "description: a string must not contain half of a surrogate pair",
            "/description",
        ),
        (
            ChangeDataset(renames={"ago": "x"}),
            "invalid-columns",
            "there is no column 'ago': did you mean 'age'?",
            "/columns/ago",
        ),
        (
            ChangeDataset(renames={"x/~y": "x"}),
            "invalid-columns",
            "there is no column 'x/~y': known are 'name', 'age', 'price', 'a/b~c'",
            "/columns/x~1~0y",
        ),
        (
            ChangeDataset(renames={"a/b~c": "x\x00"}),
            "invalid-columns",
            "a string must not contain the character U+0000",
            "/columns/a~1b~0c",
        ),
        (
            ChangeDataset(renames={"age": " "}),
            "invalid-columns",
            "' ' is not a column name: it is blank, or it begins or ends with white space",
            "/columns/age",
        ),
        (
            ChangeDataset(renames={"age": "age "}),
            "invalid-columns",
            "'age ' is not a column name: it is blank, or it begins or ends with white space",
            "/columns/age",
        ),
        (
            ChangeDataset(renames={"age": "name"}),
            "invalid-columns",
            "two columns would be called 'name'",
            "/columns",
        ),
    ],
)
def test_an_invalid_definition_is_refused(command: ChangeDataset, code: str, detail: str, pointer: str) -> None:
    refusal = given(CREATED).when(command).refused(Invalid, code, detail, pointer)
    assert refusal.detail.endswith(refusal.faults[0].detail)


def test_the_faults_of_a_change_have_codes() -> None:
    renames = {"ago": "x", "age": "", "price": "\x00", "a/b~c": "name"}
    detail = "there is no column 'ago': did you mean 'age'?"
    pointers = ("/columns/ago", "/columns/age", "/columns/price", "/columns")
    refusal = (
        given(CREATED).when(ChangeDataset(renames=renames)).refused(Invalid, "invalid-columns", detail, *pointers)
    )
    codes = [fault.code for fault in refusal.faults]
    assert codes == ["unknown-column", "invalid-name", "invalid-name", "duplicate-column"]
    invalid = given(CREATED).when(ChangeDataset(name="\x00")).result
    assert isinstance(invalid, Invalid)
    assert [fault.code for fault in invalid.faults] == ["type-error"]


def test_a_dataset_is_reverted() -> None:
    older = replace(PEOPLE, columns=(NAME, AGE, Column("cost", ColumnType.DECIMAL, 2)))
    changes = (RecordChange(1, None), RecordChange(2, ("Bob", None)))
    chunks = (ChunkRef("22" * 32, 400),)
    people = given(CREATED)
    people.when(RevertDataset(3, older, Summary(1, 2, 3), changes, if_version=1)).then(
        DatasetReverted(3, 1, 2, 3, replace(older, dropped=(3,)), changes)
    )
    people.when(RevertDataset(3, PEOPLE, Summary(4, 5, 6), chunks=chunks)).then(
        DatasetReverted(3, 4, 5, 6, None, (), chunks)
    )
    people.when(RevertDataset(3, older, Summary())).then(DatasetReverted(3, 0, 0, 0, replace(older, dropped=(3,))))


def test_a_revert_to_the_same_content_is_no_event() -> None:
    given(CREATED).when(RevertDataset(1, PEOPLE, Summary())).nothing()


NARROW = replace(PEOPLE, columns=PEOPLE.columns[:2], dropped=(2, 3))


def test_changed_columns_are_published() -> None:
    event = ColumnsChanged(NARROW, 1, (RecordChange(1, ("Ann", 30, None, None)),))
    given(CREATED).when(PublishColumns(event)).then(event)
    after = given(CREATED, event).state
    assert (after.definition, after.definition_version, after.version) == (NARROW, 2, 2)


def test_columns_that_stay_as_they_are_are_no_event() -> None:
    given(CREATED).when(PublishColumns(ColumnsChanged(PEOPLE))).nothing()
    stale = given(CREATED).when(PublishColumns(ColumnsChanged(NARROW), if_version=2)).result
    assert isinstance(stale, PreconditionFailed)


def test_a_revert_brings_dropped_columns_back_and_reuses_no_position() -> None:
    added = replace(PEOPLE, columns=(*PEOPLE.columns, Column("size", ColumnType.INTEGER, 4)))
    known = given(CREATED, ColumnsChanged(NARROW), ColumnsChanged(replace(added, columns=added.columns[1:])))
    reverted = replace(PEOPLE, dropped=(4,))
    known.when(RevertDataset(1, PEOPLE, Summary())).then(DatasetReverted(1, 0, 0, 0, reverted))
    again = given(CREATED, ColumnsChanged(NARROW), DatasetReverted(1, 0, 0, 0, PEOPLE))
    again.when(RevertDataset(1, PEOPLE, Summary())).nothing()


def test_values_of_dropped_columns_are_no_difference() -> None:
    known = given(CREATED, ColumnsChanged(NARROW)).with_records(r1=Record(1, ("Ann", 30, Decimal("1.5"), "x")))
    known.when(ReplaceRecord(1, {"name": "Ann", "age": 30})).nothing()
    known.when(UpdateRecord(1, {"age": 30})).nothing()
    known.when(ChangeRecords((UpdateRecord(1, {"age": 31}), UpdateRecord(1, {"age": 30})))).nothing()
    known.when(UpdateRecord(1, {"age": 31})).then(RecordUpdated(1, ("Ann", 31, None, None)))
