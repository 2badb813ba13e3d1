"""Batches: many operations as one event, or a refusal that names each failed operation."""

from decimal import Decimal

import pytest

from domain.dataset.batch_failures import MAX_FAULTS, BatchFailures
from domain.dataset.commands import (
    ChangeRecords,
    CreateRecord,
    DeleteByKey,
    DeleteRecord,
    Operation,
    PatchByKey,
    PutByKey,
    ReplaceRecord,
    UpdateRecord,
    UpsertByKey,
)
from domain.dataset.events import Event, RecordChange, RecordCreated, RecordsChanged, RecordUpdated
from domain.dataset.unique_claims import UniqueClaim
from domain.errors import Conflict, Fault, Invalid, PreconditionFailed
from tests.domain.dataset.scenario import CREATED, SHOP_CREATED, Given, When, given

ANN, BOB = RecordCreated(1, ("Ann", 30)), RecordCreated(2, ("Bob", 40))
PEOPLE = given(CREATED, ANN, BOB)
SHIRT, HAT = RecordCreated(1, ("shirt", 1, 10, 7)), RecordCreated(2, ("hat", 1, 20, 8))
SHOP = given(SHOP_CREATED, SHIRT, HAT)


def when(state: Given, *operations: Operation) -> When:
    return state.when(ChangeRecords(operations))


def test_operations_become_one_event() -> None:
    decision = when(
        PEOPLE,
        UpdateRecord(2, {"age": 41}),
        CreateRecord({"name": "Cy"}),
        DeleteRecord(1),
        CreateRecord({"name": "D"}),
    ).then(
        RecordsChanged(
            added=2,
            changed=1,
            removed=1,
            next_id=5,
            changes=(
                RecordChange(1, None),
                RecordChange(2, ("Bob", 41, None, None)),
                RecordChange(3, ("Cy", None, None, None)),
                RecordChange(4, ("D", None, None, None)),
            ),
        )
    )
    assert (decision.targets, decision.claims) == ((2, 3, 1, 4), ())


def test_later_operations_see_earlier_ones() -> None:
    decision = when(
        PEOPLE, CreateRecord({"name": "Cy"}), UpdateRecord(3, {"age": 1}), ReplaceRecord(3, {"name": "Di"})
    ).then(RecordsChanged(added=1, next_id=4, changes=(RecordChange(3, ("Di", None, None, None)),)))
    assert decision.targets == (3, 3, 3)


def test_a_record_that_is_created_and_deleted_uses_its_id() -> None:
    assert when(PEOPLE, CreateRecord({"name": "Cy"}), DeleteRecord(3)).nothing().targets == (3, 3)
    decision = when(PEOPLE, CreateRecord({"name": "C"}), DeleteRecord(3), UpdateRecord(1, {"age": 1}))
    decision.then(RecordsChanged(changed=1, next_id=4, changes=(RecordChange(1, ("Ann", 1, None, None)),)))


def test_only_what_differs_at_the_end_is_changed() -> None:
    people = given(CREATED, RecordCreated(1, ("Ann", 30, None, None)), BOB)
    when(people).nothing()
    assert when(people, UpdateRecord(1, {"age": 30})).nothing().targets == (1,)
    assert when(people, UpdateRecord(1, {"age": 31}), UpdateRecord(1, {"age": 30})).nothing().targets == (1, 1)
    when(people, DeleteRecord(1), UpdateRecord(2, {"age": 40})).then(
        RecordsChanged(removed=1, changes=(RecordChange(1, None),))
    )


def test_a_value_of_another_type_is_a_change() -> None:
    people = given(CREATED, RecordCreated(1, ("Ann", None, None, 1)))
    when(people, UpdateRecord(1, {"a/b~c": "1"})).then(
        RecordsChanged(changed=1, changes=(RecordChange(1, ("Ann", None, None, "1")),))
    )


def test_operations_can_name_the_version_before_the_batch() -> None:
    when(PEOPLE, UpdateRecord(1, {"age": 1}, 2), UpdateRecord(1, {"age": 2}, 2)).then(
        RecordsChanged(changed=1, changes=(RecordChange(1, ("Ann", 2, None, None)),))
    )
    created = when(PEOPLE, CreateRecord({"name": "Cy"}), UpdateRecord(3, {"age": 1}, 4)).decision
    assert created.event == RecordsChanged(added=1, next_id=4, changes=(RecordChange(3, ("Cy", 1, None, None)),))


def test_the_version_of_the_dataset_can_be_named() -> None:
    given(CREATED).when(ChangeRecords((CreateRecord({"name": "A"}),), 1)).then(
        RecordsChanged(added=1, next_id=2, changes=(RecordChange(1, ("A", None, None, None)),))
    )


def test_records_are_addressed_by_their_keys() -> None:
    decision = when(
        SHOP,
        PatchByKey(("shirt", "1"), {"stock": 11}),
        DeleteByKey(("hat", "1.0")),
        UpsertByKey(None, {"sku": "hat", "size": 1, "stock": 5}),
        PutByKey(("cap", "1"), {"stock": 6}),
        UpsertByKey(("cap", "1"), {"stock": 7}),
    ).then(
        RecordsChanged(
            added=2,
            changed=1,
            removed=1,
            next_id=5,
            changes=(
                RecordChange(1, ("shirt", 1, 11, 7)),
                RecordChange(2, None),
                RecordChange(3, ("hat", 1, 5, None)),
                RecordChange(4, ("cap", 1, 7, None)),
            ),
        )
    )
    assert decision.targets == (1, 2, 3, 4, 4)


def test_a_changed_key_is_found_under_its_new_value() -> None:
    decision = when(
        SHOP, UpdateRecord(1, {"sku": "polo"}), PatchByKey(("polo", "1"), {"stock": 1}), PutByKey(("shirt", "1"), {})
    ).decision
    assert decision.targets == (1, 1, 3)
    missing = "operation 1: There is no record with sku = 'shirt', size = 1 at version 3"
    when(SHOP, UpdateRecord(1, {"sku": "polo"}), DeleteByKey(("shirt", "1"))).refused(
        Invalid,
        "record-not-found",
        f"1 of 2 operations failed, so nothing was changed; {missing}",
        "/operations/1/id",
    )


def test_a_key_that_moved_on_stays_with_its_new_record() -> None:
    """While two records swap keys, both have the same key in between; then the index names the last one."""
    decision = when(
        SHOP,
        UpdateRecord(1, {"sku": "hat"}),
        UpdateRecord(2, {"sku": "shirt"}),
        PatchByKey(("hat", "1"), {"stock": 1}),
    ).decision
    assert decision.targets == (1, 2, 1)


def test_two_records_can_swap_their_unique_values() -> None:
    decision = when(SHOP, UpdateRecord(1, {"code": 8}), UpdateRecord(2, {"code": 7})).then(
        RecordsChanged(changed=2, changes=(RecordChange(1, ("shirt", 1, 10, 8)), RecordChange(2, ("hat", 1, 20, 7))))
    )
    assert decision.claims == (UniqueClaim(1, (3,), (8,), 0), UniqueClaim(2, (3,), (7,), 1))


def test_a_claim_names_the_last_operation_that_wrote_the_record() -> None:
    decision = when(
        SHOP, CreateRecord({"sku": "a", "size": 1}), UpdateRecord(1, {"stock": 1}), UpdateRecord(3, {"code": 9})
    ).decision
    assert decision.claims == (UniqueClaim(3, (0, 1), ("a", 1), 2), UniqueClaim(3, (3,), (9,), 2))


def test_unchanged_unique_values_are_not_claimed() -> None:
    assert when(SHOP, UpdateRecord(1, {"size": Decimal("1.0"), "stock": 1})).decision.claims == ()
    assert when(SHOP, UpdateRecord(1, {"code": None})).decision.claims == ()
    assert when(SHOP, DeleteRecord(1)).decision.claims == ()


def test_two_new_records_cannot_have_the_same_unique_value() -> None:
    new = (CreateRecord({"sku": "a", "size": 1, "code": 5}), CreateRecord({"sku": "b", "size": 1, "code": 5}))
    detail = "The unique column code = 5 is taken by record 3"
    refusal = when(SHOP, *new).refused(
        Conflict,
        "duplicate-key",
        f"1 of 2 operations failed, so nothing was changed; operation 1: {detail}",
        "/operations/1/values/code",
    )
    assert (refusal.extra, refusal.faults[0].code, refusal.faults[0].detail) == ({"failed": 1}, "duplicate", detail)


def test_a_new_value_cannot_be_that_of_another_record_in_the_batch() -> None:
    when(SHOP, UpdateRecord(1, {"stock": 1}), UpdateRecord(2, {"code": 7})).refused(
        Conflict,
        "duplicate-key",
        "1 of 2 operations failed, so nothing was changed; "
        "operation 1: The unique column code = 7 is taken by record 1",
        "/operations/1/values/code",
    )


def test_a_value_is_free_again_if_its_record_is_deleted() -> None:
    decision = when(SHOP, UpdateRecord(2, {"code": 7}), DeleteRecord(1)).decision
    assert decision.claims == (UniqueClaim(2, (3,), (7,), 0),)


def test_all_failed_operations_are_named() -> None:
    refusal = when(
        PEOPLE,
        CreateRecord({"name": "Cy"}),
        CreateRecord({"age": "x"}),
        UpdateRecord(9, {}),
        DeleteRecord(1, 7),
        DeleteByKey(("a",)),
    ).refused(
        Invalid,
        "operations-refused",
        "4 of 5 operations failed, so nothing was changed; "
        "operation 1: 2 values were refused: column 'age': expected an integer, got 'x'",
        "/operations/1/values/age",
        "/operations/1/values/name",
        "/operations/2/id",
        "/operations/3/if_version",
        "/operations/4",
    )
    assert refusal.extra == {"failed": 4}
    assert [(fault.code, fault.detail) for fault in refusal.faults[2:]] == [
        ("record-not-found", "There is no record 9 at version 3"),
        ("version-conflict", "Record 1 was last written by version 2, not 7"),
        ("no-key", "The dataset 'People' has no key; address its records by their ids"),
    ]


def test_a_single_operation_is_not_counted() -> None:
    when(PEOPLE, DeleteRecord(9)).refused(
        Invalid,
        "record-not-found",
        "The operation failed, so nothing was changed; operation 0: There is no record 9 at version 3",
        "/operations/0/id",
    )


def test_failures_of_one_kind_keep_it() -> None:
    refusal = when(PEOPLE, DeleteRecord(1, 7), DeleteRecord(2, 7)).refused(
        PreconditionFailed,
        "version-conflict",
        "2 of 2 operations failed, so nothing was changed; "
        "operation 0: Record 1 was last written by version 2, not 7",
        "/operations/0/if_version",
        "/operations/1/if_version",
    )
    assert refusal.extra == {"failed": 2}


def test_failures_of_one_kind_with_different_codes() -> None:
    when(SHOP, DeleteRecord(1, 7), PutByKey(("hat", "1"), {}, must_not_exist=True)).refused(
        PreconditionFailed,
        "operations-refused",
        "2 of 2 operations failed, so nothing was changed; "
        "operation 0: Record 1 was last written by version 2, not 7",
        "/operations/0/if_version",
        "/operations/1/if_version",
    )


def test_failures_of_different_kinds_are_invalid() -> None:
    when(PEOPLE, DeleteRecord(1, 7), DeleteRecord(9)).refused(
        Invalid,
        "operations-refused",
        "2 of 2 operations failed, so nothing was changed; "
        "operation 0: Record 1 was last written by version 2, not 7",
        "/operations/0/if_version",
        "/operations/1/id",
    )


@pytest.mark.parametrize(
    ("key", "pointer"), [({"sku": "a"}, "/operations/0/key/size"), (("a", "x"), "/operations/0/key/size")]
)
def test_an_invalid_key_is_named_in_its_operation(key: dict[str, str], pointer: str) -> None:
    result = when(SHOP, DeleteByKey(key)).result
    assert isinstance(result, Invalid)
    assert (result.code, [fault.pointer for fault in result.faults]) == ("invalid-key", [pointer])


def test_an_operation_without_key_columns_is_named_itself() -> None:
    result = when(SHOP, DeleteByKey(("a",))).result
    assert isinstance(result, Invalid)
    assert [fault.pointer for fault in result.faults] == ["/operations/0"]


def test_failed_operations_change_nothing_for_later_ones() -> None:
    result = when(PEOPLE, UpdateRecord(1, {"age": 5, "name": 5}), UpdateRecord(1, {}, 2), CreateRecord({})).result
    assert isinstance(result, Invalid)
    assert result.extra == {"failed": 2}
    assert [fault.pointer for fault in result.faults] == ["/operations/0/values/name", "/operations/2/values/name"]


def test_unique_values_are_compared_only_if_all_operations_are_valid() -> None:
    same = [CreateRecord({"sku": sku, "size": 1, "code": 5}) for sku in ("a", "b")]
    result = when(SHOP, CreateRecord({}), *same).result
    assert isinstance(result, Invalid)
    assert (result.code, result.extra) == ("invalid-values", {"failed": 1})


def test_the_listed_faults_are_limited() -> None:
    operations = tuple(CreateRecord({"x": 1}) for _ in range(MAX_FAULTS))
    result = when(PEOPLE, CreateRecord({"name": 5}), *operations).result
    assert isinstance(result, Invalid)
    assert (len(result.faults), result.extra) == (MAX_FAULTS, {"failed": MAX_FAULTS + 1})
    assert MAX_FAULTS == 100
    assert result.faults[-1].pointer == f"/operations/{MAX_FAULTS // 2}/values/x"


def test_a_refusal_without_faults_has_a_pointer() -> None:
    failures = BatchFailures(2)
    failures.raise_if_any()
    failures.add(1, Conflict("duplicate-key", "taken"))
    with pytest.raises(Conflict) as caught:
        failures.raise_if_any()
    assert caught.value.faults == (Fault("/operations/1/values", "duplicate-key", "taken"),)


def test_a_batch_replays_to_the_same_records() -> None:
    events: tuple[Event, ...] = (ANN, BOB, RecordUpdated(1, ("Ann", 31)))
    people = given(CREATED, *events)
    event = when(people, DeleteRecord(2), CreateRecord({"name": "Cy"})).decision.event
    assert event is not None
    after = given(CREATED, *events, event).state
    assert {id: record.values for id, record in after.records.items()} == {
        1: ("Ann", 31),
        3: ("Cy", None, None, None),
    }
    assert (after.next_id, after.version, after.records[3].version, after.records[1].version) == (4, 5, 5, 4)


def test_records_without_a_key_can_be_equal() -> None:
    decision = when(given(CREATED), CreateRecord({"name": "A"}), CreateRecord({"name": "A"})).decision
    assert (decision.targets, decision.claims) == ((1, 2), ())
