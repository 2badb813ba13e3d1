"""Commands that address a record by the dataset's key."""

from dataclasses import replace
from decimal import Decimal

import pytest

from domain.columns import Column, ColumnType, Value
from domain.dataset.commands import (
    ChangeRecords,
    Command,
    CreateRecord,
    DeleteByKey,
    KeyCommand,
    PatchByKey,
    PutByKey,
    UpdateRecord,
    UpsertByKey,
)
from domain.dataset.events import DatasetCreated, RecordCreated, RecordDeleted, RecordUpdated
from domain.dataset.key_commands import collect_keys
from domain.dataset.keys import Key, parse_key
from domain.dataset.state import Record
from domain.errors import Invalid, NotFound, PreconditionFailed
from domain.schema import Definition
from tests.domain.dataset.scenario import CREATED, PEOPLE, SHOP, SHOP_CREATED, given

SHIRT = RecordCreated(1, ("shirt", Decimal("1.5"), 10, 7))
WITH_SHIRT = given(SHOP_CREATED, SHIRT)
KEY = ("shirt", "1.50")
OTHER = ("shirt", "2")
MISSING = "There is no record with sku = 'shirt', size = 2 at version 2"


def test_a_record_is_replaced_by_its_key() -> None:
    command = PutByKey(KEY, {"stock": 3}, 2)
    decision = WITH_SHIRT.when(command).then(RecordUpdated(1, ("shirt", Decimal("1.5"), 3, None)))
    assert decision.targets == (1,)
    WITH_SHIRT.when(PutByKey(KEY, {"stock": 10, "code": 7})).nothing()
    WITH_SHIRT.when(PutByKey(KEY, {"stock": 3, "code": 7}, must_exist=True)).then(
        RecordUpdated(1, ("shirt", Decimal("1.5"), 3, 7))
    )


def test_a_record_is_created_under_its_key() -> None:
    for command in (
        PutByKey(OTHER, {"stock": 3}),
        PutByKey(OTHER, {"stock": 3}, must_not_exist=True),
        UpsertByKey(OTHER, {"stock": 3}),
        UpsertByKey(None, {"stock": 3, "sku": "shirt", "size": 2}),
    ):
        decision = WITH_SHIRT.when(command).then(RecordCreated(2, ("shirt", 2, 3, None)))
        assert decision.targets == (2,)


def test_a_record_is_patched_by_its_key() -> None:
    for command in (PatchByKey(KEY, {"stock": 3}), UpsertByKey(KEY, {"stock": 3}, 2)):
        WITH_SHIRT.when(command).then(RecordUpdated(1, ("shirt", Decimal("1.5"), 3, 7)))
        assert WITH_SHIRT.when(replace(command, values={})).nothing().targets == (1,)


def test_a_key_can_be_written_in_another_notation() -> None:
    command = UpsertByKey(None, {"sku": "shirt", "size": Decimal("1.500"), "stock": 3})
    WITH_SHIRT.when(command).then(RecordUpdated(1, ("shirt", Decimal("1.500"), 3, 7)))


def test_a_record_is_deleted_by_its_key() -> None:
    assert WITH_SHIRT.when(DeleteByKey(KEY)).then(RecordDeleted(1)).targets == (1,)
    WITH_SHIRT.when(DeleteByKey({"size": Decimal("1.5"), "sku": "shirt"}, 2)).then(RecordDeleted(1))


@pytest.mark.parametrize("command", [DeleteByKey(OTHER, 1), PatchByKey(OTHER, {"stock": 1}, 1)])
def test_only_an_existing_key_can_be_changed(command: Command) -> None:
    WITH_SHIRT.when(command).refused(NotFound, "record-not-found", MISSING)


@pytest.mark.parametrize(
    "command",
    [PutByKey(OTHER, {}, must_exist=True), PutByKey(OTHER, {}, if_version=1), UpsertByKey(OTHER, {}, if_version=1)],
)
def test_a_condition_on_a_missing_record_is_refused(command: Command) -> None:
    refusal = WITH_SHIRT.when(command).refused(PreconditionFailed, "version-conflict", MISSING)
    assert refusal.extra == {"current": None}


def test_an_existing_key_is_refused_if_it_must_not_exist() -> None:
    command = PutByKey(KEY, {"stock": 3}, must_not_exist=True)
    detail = "There is a record with sku = 'shirt', size = 1.50 already: record 1"
    refusal = WITH_SHIRT.when(command).refused(PreconditionFailed, "record-exists", detail)
    values = {"sku": "shirt", "size": Decimal("1.5"), "stock": 10, "code": 7}
    assert refusal.extra == {"current": {"id": 1, "version": 2, "values": values}}


@pytest.mark.parametrize(
    "command", [PutByKey(KEY, {}, 1), PatchByKey(KEY, {}, 1), UpsertByKey(KEY, {}, 1), DeleteByKey(KEY, 1)]
)
def test_a_stale_version_is_refused(command: Command) -> None:
    detail = "Record 1 was last written by version 2, not 1"
    WITH_SHIRT.when(command).refused(PreconditionFailed, "version-conflict", detail)


@pytest.mark.parametrize("key", [KEY, OTHER])
def test_values_that_contradict_the_key_are_refused(key: Key) -> None:
    size = quoted_size(key)
    for command in (
        PutByKey(key, {"sku": "hat", "size": 3}),
        UpsertByKey(key, {"sku": "hat", "size": 3}),
    ):
        refusal = WITH_SHIRT.when(command).refused(
            Invalid,
            "key-mismatch",
            "column 'sku': the record is addressed by 'shirt', the values say 'hat'",
            "/values/sku",
            "/values/size",
        )
        assert [fault.code for fault in refusal.faults] == ["key-mismatch", "key-mismatch"]
        addressed = f"column 'size': the record is addressed by {size}, the values say 3"
        assert refusal.faults[1].detail == addressed


def quoted_size(key: Key) -> str:
    return str(parse_key(SHOP, key)[1])


def test_a_key_value_of_a_wrong_type_is_a_type_error() -> None:
    detail = "one value was refused: column 'sku': expected a string, got 5"
    WITH_SHIRT.when(PutByKey(KEY, {"sku": 5})).refused(Invalid, "invalid-values", detail, "/values/sku")


def test_a_key_value_equal_by_value_is_accepted() -> None:
    WITH_SHIRT.when(PatchByKey(KEY, {"size": Decimal("1.50")})).then(
        RecordUpdated(1, ("shirt", Decimal("1.50"), 10, 7))
    )


@pytest.mark.parametrize(
    ("key", "detail", "faults"),
    [
        (
            ("shirt",),
            "the key is sku,size: 2 value(s) between commas, not 1; a comma within a value is written %2C",
            [],
        ),
        (
            ("a", "b", "c"),
            "the key is sku,size: 2 value(s) between commas, not 3; a comma within a value is written %2C",
            [],
        ),
        (
            ("shirt", "big"),
            "The key is refused: the key's column 'size': expected a number, got 'big'",
            [("/size", "type-error", "the key's column 'size': expected a number, got 'big'")],
        ),
        (
            {"sku": "shirt"},
            "The key is refused: the key's column 'size' needs a value",
            [("/size", "required", "the key's column 'size' needs a value")],
        ),
        (
            {"sku": None, "size": "x"},
            "The key is refused: the key's column 'sku' needs a value",
            [
                ("/sku", "required", "the key's column 'sku' needs a value"),
                ("/size", "type-error", "the key's column 'size': expected a number, got 'x'"),
            ],
        ),
        (
            {"sku": "shirt", "siz/e": 2, "size": 2},
            "The key is refused: 'siz/e' is not a column of the key: did you mean 'size'?",
            [("/siz~1e", "unknown-column", "'siz/e' is not a column of the key: did you mean 'size'?")],
        ),
    ],
)
def test_an_invalid_key_is_refused(key: Key, detail: str, faults: list[tuple[str, str, str]]) -> None:
    pointers = [pointer for pointer, _, _ in faults]
    for command in (DeleteByKey(key), PatchByKey(key, {}), PutByKey(key, {}), UpsertByKey(key, {})):
        refusal = WITH_SHIRT.when(command).refused(Invalid, "invalid-key", detail, *pointers)
        assert [(fault.pointer, fault.code, fault.detail) for fault in refusal.faults] == faults
        assert collect_keys(SHOP, command) == []


def test_values_without_the_key_are_refused() -> None:
    detail = "The key is refused: the key's column 'size' needs a value"
    WITH_SHIRT.when(UpsertByKey(None, {"sku": "shirt", "stock": 3})).refused(Invalid, "invalid-key", detail, "/size")


def test_a_dataset_without_a_key_has_no_keys() -> None:
    detail = "The dataset 'People' has no key; address its records by their ids"
    for command in (DeleteByKey(("a",)), UpsertByKey(None, {"name": "a"})):
        given(CREATED).when(command).refused(Invalid, "no-key", detail)
        assert collect_keys(PEOPLE, command) == []


@pytest.mark.parametrize(
    ("type", "text", "value"),
    [
        (ColumnType.STRING, "7", "7"),
        (ColumnType.STRING, "", ""),
        (ColumnType.INTEGER, "7", 7),
        (ColumnType.INTEGER, "-7", -7),
        (ColumnType.INTEGER, "7.0", 7),
        (ColumnType.INTEGER, "7e2", 700),
        (ColumnType.INTEGER, "70e-1", 7),
        (ColumnType.DECIMAL, "7", 7),
        (ColumnType.DECIMAL, "7.0", Decimal("7.0")),
        (ColumnType.DECIMAL, "0.10", Decimal("0.10")),
        (ColumnType.DECIMAL, "1E+2", 100),
        (ColumnType.BOOLEAN, "true", True),
        (ColumnType.BOOLEAN, "false", False),
        (ColumnType.DATE, "2024-02-29", "2024-02-29"),
        (ColumnType.DATETIME, "2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"),
        (ColumnType.JSON, '"7"', "7"),
        (ColumnType.JSON, "7", 7),
        (ColumnType.JSON, '{"a":[1.10]}', {"a": [Decimal("1.10")]}),
    ],
)
def test_a_key_in_a_url_has_the_type_of_its_column(type: ColumnType, text: str, value: Value) -> None:
    (found,) = parse_key(single_key(type), (text,))
    assert repr(found) == repr(value)


@pytest.mark.parametrize(
    ("type", "text", "detail"),
    [
        (ColumnType.INTEGER, "7.5", "expected an integer, got 7.5"),
        (ColumnType.INTEGER, "07", "expected an integer, got '07'"),
        (ColumnType.INTEGER, "+7", "expected an integer, got '+7'"),
        (ColumnType.INTEGER, "٧", "expected an integer, got '٧'"),
        (ColumnType.INTEGER, "7 ", "expected an integer, got '7 '"),
        (ColumnType.DECIMAL, ".5", "expected a number, got '.5'"),
        (ColumnType.DECIMAL, "5.", "expected a number, got '5.'"),
        (ColumnType.DECIMAL, "1e99999", "expected a number, got '1e99999'"),
        (ColumnType.DECIMAL, "NaN", "expected a number, got 'NaN'"),
        (ColumnType.DECIMAL, "1" * 4001, "expected a number, got '" + "1" * 56 + "…"),
        (ColumnType.BOOLEAN, "True", "expected true or false, got 'True'"),
        (ColumnType.DATE, "2023-02-29", "expected a date like 2024-01-31, got '2023-02-29'"),
        (ColumnType.DATETIME, "2024-02-29", "expected a time like 2024-01-31T12:30:00Z, got '2024-02-29'"),
    ],
)
def test_a_key_of_a_wrong_type_is_refused(type: ColumnType, text: str, detail: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_key(single_key(type), (text,))
    assert caught.value.faults[0].detail == f"the key's column 'k': {detail}"


def test_a_json_key_must_be_json() -> None:
    with pytest.raises(Invalid, match="The key's value 'a' is not JSON: Expecting value") as caught:
        parse_key(single_key(ColumnType.JSON), ("a",))
    assert caught.value.code == "invalid-key"


def single_key(type: ColumnType) -> Definition:
    return Definition("One", "", (Column("k", type, 0),), (0,))


def test_a_key_has_its_own_order() -> None:
    reverse = replace(SHOP, key=(1, 0))
    assert parse_key(reverse, ("1.5", "shirt")) == (Decimal("1.5"), "shirt")
    given(replace(SHOP_CREATED, definition=reverse), SHIRT).when(DeleteByKey(("1.5", "shirt"))).then(RecordDeleted(1))


def test_the_keys_of_a_command_are_collected_once() -> None:
    operations: tuple[KeyCommand | CreateRecord | UpdateRecord, ...] = (
        PatchByKey(("a", "1"), {}),
        DeleteByKey(("a", "1.0")),
        CreateRecord({"sku": "b", "size": 1}),
        UpdateRecord(1, {}),
        UpsertByKey(None, {"sku": "c", "size": 3, "stock": 1}),
        PutByKey(("x", "y"), {}),
    )
    assert collect_keys(SHOP, ChangeRecords(operations)) == [("a", Decimal("1.0")), ("c", 3)]
    assert collect_keys(SHOP, DeleteByKey(("a", "1"))) == [("a", 1)]
    assert collect_keys(SHOP, CreateRecord({"sku": "a", "size": 1})) == []


def test_a_record_from_before_the_key_column_has_a_null_key() -> None:
    shop = given(SHOP_CREATED).with_records(r4=Record(1, ("shirt",)))
    shop.when(DeleteByKey(("shirt", "1"))).refused(
        NotFound, "record-not-found", "There is no record with sku = 'shirt', size = 1 at version 1"
    )


def test_json_keys_distinguish_types() -> None:
    one = single_key(ColumnType.JSON)
    dataset = given(DatasetCreated("default", "one", "ann", one), RecordCreated(1, (True,)), RecordCreated(2, (1,)))
    dataset.when(DeleteByKey(("1",))).then(RecordDeleted(2))
    dataset.when(DeleteByKey(("true",))).then(RecordDeleted(1))
    dataset.when(DeleteByKey(('"1"',))).refused(
        NotFound, "record-not-found", "There is no record with k = '1' at version 3"
    )
