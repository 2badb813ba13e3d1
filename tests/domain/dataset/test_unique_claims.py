"""The unique values that an event claims, and the refusal if another record has them."""

from dataclasses import replace
from decimal import Decimal

import pytest

from domain.columns import Column, ColumnType, Value
from domain.dataset.commands import (
    ChangeDataset,
    CreateRecord,
    DeleteRecord,
    ImportRecords,
    ReplaceRecord,
    RevertDataset,
    UpdateRecord,
)
from domain.dataset.events import DatasetCreated, RecordChange, RecordCreated, Summary
from domain.dataset.unique_claims import UniqueClaim, duplicate_key_error, pick_values
from domain.errors import Conflict, Fault
from domain.schema import Definition
from tests.domain.dataset.scenario import CREATED, SHOP, SHOP_CREATED, given, imported

SHIRT = RecordCreated(1, ("shirt", Decimal("1.5"), 10, 7))
WITH_SHIRT = given(SHOP_CREATED, SHIRT)
KEY, CODE = (0, 1), (3,)


def test_a_new_record_claims_its_key_and_its_unique_values() -> None:
    decision = given(SHOP_CREATED).when(CreateRecord({"sku": "hat", "size": 2, "code": 5})).decision
    assert decision.claims == (UniqueClaim(1, KEY, ("hat", 2)), UniqueClaim(1, CODE, (5,)))


def test_a_null_is_not_unique() -> None:
    decision = given(SHOP_CREATED).when(CreateRecord({"sku": "hat", "size": 2})).decision
    assert decision.claims == (UniqueClaim(1, KEY, ("hat", 2)),)


def test_an_update_claims_only_what_it_changes() -> None:
    assert WITH_SHIRT.when(UpdateRecord(1, {"stock": 3})).decision.claims == ()
    assert WITH_SHIRT.when(UpdateRecord(1, {"code": 8})).decision.claims == (UniqueClaim(1, CODE, (8,)),)
    assert WITH_SHIRT.when(UpdateRecord(1, {"code": None})).decision.claims == ()
    replaced = WITH_SHIRT.when(ReplaceRecord(1, {"sku": "shirt", "size": 2, "code": 7})).decision
    assert replaced.claims == (UniqueClaim(1, KEY, ("shirt", 2)),)


def test_the_same_number_in_another_notation_is_not_a_claim() -> None:
    assert WITH_SHIRT.when(UpdateRecord(1, {"size": Decimal("1.50")})).decision.claims == ()


def test_a_record_from_before_a_column_claims_its_new_value() -> None:
    shop = given(SHOP_CREATED, RecordCreated(1, ("shirt", 1)))
    assert shop.when(UpdateRecord(1, {"code": 8})).decision.claims == (UniqueClaim(1, CODE, (8,)),)


def test_other_events_claim_nothing() -> None:
    assert WITH_SHIRT.when(DeleteRecord(1)).decision.claims == ()
    assert WITH_SHIRT.when(ChangeDataset(name="x")).decision.claims == ()
    assert WITH_SHIRT.when(ImportRecords(imported(3))).decision.claims == ()
    revert = RevertDataset(1, SHOP, Summary(1), (RecordChange(2, ("hat", 1, 1, 1)),))
    assert WITH_SHIRT.when(revert).decision.claims == ()
    assert given(CREATED).when(CreateRecord({"name": "Ann"})).decision.claims == ()


def test_a_unique_key_column_is_claimed_once() -> None:
    columns = (Column("sku", ColumnType.STRING, 0, unique=True),)
    dataset = given(DatasetCreated("default", "s", "ann", Definition("S", "", columns, (0,))))
    assert dataset.when(CreateRecord({"sku": "a"})).decision.claims == (UniqueClaim(1, (0,), ("a",)),)


def test_a_duplicate_key_names_the_values_and_the_record() -> None:
    error = duplicate_key_error(SHOP, UniqueClaim(2, KEY, ("shirt", Decimal("1.50"))), 1)
    detail = "The key sku, size = 'shirt', 1.50 is taken by record 1"
    faults = (Fault("/values/sku", "duplicate", detail), Fault("/values/size", "duplicate", detail))
    assert error == Conflict("duplicate-key", detail, faults, {"record": 1})


def test_a_duplicate_value_names_its_column() -> None:
    columns = (*SHOP.columns[:3], replace(SHOP.columns[3], name="a/b"))
    error = duplicate_key_error(replace(SHOP, columns=columns), UniqueClaim(2, CODE, (7,)), 1)
    detail = "The unique column a/b = 7 is taken by record 1"
    assert error == Conflict("duplicate-key", detail, (Fault("/values/a~1b", "duplicate", detail),), {"record": 1})


def test_missing_values_are_null() -> None:
    assert pick_values(("a", 1), (1, 0, 2)) == (1, "a", None)
    assert pick_values((), (0,)) == (None,)


@pytest.mark.parametrize(
    ("before", "after", "is_claimed"),
    [
        (1, True, True),
        (True, 1, True),
        (0, False, True),
        ([1], [True], True),
        ({"a": 1}, {"a": True}, True),
        (1, "1", True),
        (1, Decimal("1.0"), False),
        (Decimal("1.10"), Decimal("1.1"), False),
    ],
)
def test_an_update_claims_a_value_that_the_database_tells_from_the_old_one(
    before: Value, after: Value, is_claimed: bool
) -> None:
    columns = (Column("tag", ColumnType.JSON, 0, unique=True),)
    dataset = given(DatasetCreated("default", "s", "ann", Definition("S", "", columns)), RecordCreated(1, (before,)))
    claims = dataset.when(UpdateRecord(1, {"tag": after})).decision.claims
    assert claims == ((UniqueClaim(1, (0,), (after,)),) if is_claimed else ())
