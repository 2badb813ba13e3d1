"""Commands about one record by its id: create, update, replace and delete it."""

from decimal import Decimal

import pytest

from domain.columns import Value
from domain.dataset.commands import Command, CreateRecord, DeleteRecord, ReplaceRecord, UpdateRecord
from domain.dataset.events import RecordCreated, RecordDeleted, RecordUpdated
from domain.errors import Invalid, NotFound, PreconditionFailed
from tests.domain.dataset.scenario import CREATED, given, imported

ANN = RecordCreated(1, ("Ann", 30, Decimal("1.10"), None))
PEOPLE_WITH_ANN = given(CREATED, ANN)


def test_a_record_is_created_with_the_next_id() -> None:
    command = CreateRecord({"price": Decimal("2.50"), "name": "Bob"})
    decision = PEOPLE_WITH_ANN.when(command).then(RecordCreated(2, ("Bob", None, Decimal("2.50"), None)))
    assert decision.targets == (2,)
    given(CREATED, imported(9)).when(CreateRecord({"name": "Cy"})).then(RecordCreated(10, ("Cy", None, None, None)))


def test_an_update_keeps_the_other_values() -> None:
    decision = PEOPLE_WITH_ANN.when(UpdateRecord(1, {"age": 31})).then(
        RecordUpdated(1, ("Ann", 31, Decimal("1.10"), None))
    )
    assert decision.targets == (1,)
    PEOPLE_WITH_ANN.when(UpdateRecord(1, {"age": None})).then(RecordUpdated(1, ("Ann", None, Decimal("1.10"), None)))


def test_a_replacement_clears_the_other_values() -> None:
    decision = PEOPLE_WITH_ANN.when(ReplaceRecord(1, {"name": "Ann", "age": 30})).then(
        RecordUpdated(1, ("Ann", 30, None, None))
    )
    assert decision.targets == (1,)


def test_a_record_is_deleted() -> None:
    decision = PEOPLE_WITH_ANN.when(DeleteRecord(1)).then(RecordDeleted(1))
    assert (decision.targets, decision.claims) == ((1,), ())


@pytest.mark.parametrize(
    "command",
    [
        UpdateRecord(1, {}),
        UpdateRecord(1, {"age": 30, "name": "Ann"}),
        ReplaceRecord(1, {"name": "Ann", "age": 30, "price": Decimal("1.10")}),
    ],
)
def test_the_same_values_are_no_event(command: Command) -> None:
    assert PEOPLE_WITH_ANN.when(command).nothing().targets == (1,)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (1, "1"),
        ("1", 1),
        (1, True),
        (True, 1),
        (0, False),
        (0, None),
        ([1], [True]),
        ([1, 2], [2, 1]),
        ({"a": 1}, {"a": "1"}),
        ({"a": [1]}, {"a": [Decimal("1.0")]}),
        (Decimal("1.10"), Decimal("1.1")),
        (1, Decimal("1.0")),
        ("null", None),
        ([], {}),
        ({"a": None}, {}),
    ],
)
def test_a_value_of_another_type_or_notation_is_a_change(before: Value, after: Value) -> None:
    people = given(CREATED, RecordCreated(1, ("Ann", None, None, before)))
    people.when(UpdateRecord(1, {"a/b~c": after})).then(RecordUpdated(1, ("Ann", None, None, after)))


@pytest.mark.parametrize(
    "value", [{"a": 1, "b": [True, None, Decimal("1.0")]}, [[], {}], "1", 1, True, Decimal("1.10"), None]
)
def test_an_equal_value_is_not_a_change(value: Value) -> None:
    people = given(CREATED, RecordCreated(1, ("Ann", None, None, value)))
    same = dict(reversed(value.items())) if isinstance(value, dict) else value
    people.when(UpdateRecord(1, {"a/b~c": same})).nothing()


def test_the_order_of_names_is_not_a_change() -> None:
    people = given(CREATED, RecordCreated(1, ("Ann", None, None, [{"a": 1, "b": {"c": 2, "d": 3}}])))
    people.when(UpdateRecord(1, {"a/b~c": [{"b": {"d": 3, "c": 2}, "a": 1}]})).nothing()


def test_a_number_in_another_notation_is_a_change() -> None:
    PEOPLE_WITH_ANN.when(UpdateRecord(1, {"price": Decimal("1.1")})).then(
        RecordUpdated(1, ("Ann", 30, Decimal("1.1"), None))
    )


def test_columns_that_were_added_later_are_null() -> None:
    people = given(CREATED, RecordCreated(1, ("Ann",)))
    people.when(UpdateRecord(1, {"age": None})).nothing()
    people.when(UpdateRecord(1, {"age": 5})).then(RecordUpdated(1, ("Ann", 5, None, None)))


@pytest.mark.parametrize("command", [UpdateRecord(2, {}), ReplaceRecord(2, {}, 1), DeleteRecord(2)])
def test_only_an_existing_record_can_be_changed(command: Command) -> None:
    PEOPLE_WITH_ANN.when(command).refused(NotFound, "record-not-found", "There is no record 2 at version 2")


@pytest.mark.parametrize("command", [UpdateRecord(1, {}, 1), ReplaceRecord(1, {"name": "x"}, 1), DeleteRecord(1, 1)])
def test_a_stale_version_of_a_record_is_refused(command: Command) -> None:
    detail = "Record 1 was last written by version 2, not 1"
    refusal = PEOPLE_WITH_ANN.when(command).refused(PreconditionFailed, "version-conflict", detail)
    values = {"name": "Ann", "age": 30, "price": Decimal("1.10"), "a/b~c": None}
    assert refusal.extra == {"current": {"id": 1, "version": 2, "values": values}}


def test_the_current_version_of_a_record_is_accepted() -> None:
    PEOPLE_WITH_ANN.when(DeleteRecord(1, 2)).then(RecordDeleted(1))
    later = given(CREATED, ANN, RecordCreated(2, ("Bob",)))
    later.when(DeleteRecord(1, 2)).then(RecordDeleted(1))


def test_invalid_values_are_refused() -> None:
    command = CreateRecord({"nam": "Ann", "age": "x", "a/b~c": "\x00"})
    refusal = PEOPLE_WITH_ANN.when(command).refused(
        Invalid,
        "invalid-values",
        "4 values were refused: there is no column 'nam': did you mean 'name'?",
        "/values/nam",
        "/values/age",
        "/values/a~1b~0c",
        "/values/name",
    )
    assert [(fault.code, fault.detail) for fault in refusal.faults] == [
        ("unknown-column", "there is no column 'nam': did you mean 'name'?"),
        ("type-error", "column 'age': expected an integer, got 'x'"),
        ("type-error", "column 'a/b~c': a string must not contain the character U+0000"),
        ("required", "column 'name' needs a value"),
    ]


@pytest.mark.parametrize("command", [CreateRecord({}), ReplaceRecord(1, {}), UpdateRecord(1, {"name": None})])
def test_a_required_value_cannot_be_null(command: Command) -> None:
    detail = "one value was refused: column 'name' needs a value"
    PEOPLE_WITH_ANN.when(command).refused(Invalid, "invalid-values", detail, "/values/name")


def test_a_value_of_a_wrong_type_is_not_also_missing() -> None:
    detail = "one value was refused: column 'name': expected a string, got 5"
    PEOPLE_WITH_ANN.when(CreateRecord({"name": 5})).refused(Invalid, "invalid-values", detail, "/values/name")
