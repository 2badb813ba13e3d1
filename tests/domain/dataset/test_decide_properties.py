"""For any values: what the decided event leaves behind is what the command says."""

from collections.abc import Mapping
from decimal import Decimal

from hypothesis import given as forall
from hypothesis import strategies as st

from domain.columns import Column, ColumnType, Value
from domain.dataset.commands import (
    ChangeRecords,
    Command,
    CreateRecord,
    DeleteRecord,
    RecordCommand,
    ReplaceRecord,
    UpdateRecord,
)
from domain.dataset.decision import decide
from domain.dataset.events import DatasetCreated, RecordCreated
from domain.dataset.same_values import have_same_values
from domain.dataset.state import DatasetState, evolve
from domain.equality import to_comparable
from domain.schema import Definition, map_values_by_name
from tests.domain.dataset.scenario import given

COLUMNS = (
    Column("text", ColumnType.STRING, 0),
    Column("number", ColumnType.DECIMAL, 1),
    Column("flag", ColumnType.BOOLEAN, 2),
    Column("json", ColumnType.JSON, 3),
)
CREATED = DatasetCreated("default", "d", "ann", Definition("D", "", COLUMNS))

TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=5)
NUMBERS = st.integers(-9, 9) | st.sampled_from([Decimal("1.0"), Decimal("1.10"), Decimal("1.1"), Decimal("-0.5")])
SCALARS = st.none() | st.booleans() | NUMBERS | TEXTS | st.sampled_from(["1", "true", "null"])
JSON: st.SearchStrategy[Value] = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=6
)
VALUES = {
    "text": st.none() | TEXTS,
    "number": st.none() | NUMBERS,
    "flag": st.none() | st.booleans(),
    "json": JSON,
}
RECORDS = st.fixed_dictionaries(VALUES)
PATCHES = st.fixed_dictionaries({}, optional=VALUES)


def values_after(state: DatasetState, command: Command, id: int) -> dict[str, Value]:
    event = decide(state, command).event
    after = state if event is None else evolve(state, event)
    return map_values_by_name(after.definition, after.records[id].values)


def spelled(values: Mapping[str, Value]) -> str:
    """Values as text, so that 1, 1.0, "1" and true are different; the order of names is ignored."""
    return repr(_sorted(values))


def _sorted(value: object) -> object:
    match value:
        case Mapping():
            return "object", sorted((name, _sorted(item)) for name, item in value.items())
        case list():
            return [_sorted(item) for item in value]
        case _:
            return value


def state_with(values: Mapping[str, Value]) -> DatasetState:
    state = given(CREATED).state
    event = decide(state, CreateRecord(values)).event
    assert event is not None
    return evolve(state, event)


@forall(RECORDS)
def test_a_created_record_has_the_values_of_the_command(values: dict[str, Value]) -> None:
    assert spelled(values_after(given(CREATED).state, CreateRecord(values), 1)) == spelled(values)


@forall(RECORDS, RECORDS)
def test_a_replaced_record_has_the_values_of_the_command(before: dict[str, Value], after: dict[str, Value]) -> None:
    assert spelled(values_after(state_with(before), ReplaceRecord(1, after), 1)) == spelled(after)


@forall(RECORDS, PATCHES)
def test_an_updated_record_has_the_new_values_over_the_old(before: dict[str, Value], patch: dict[str, Value]) -> None:
    after = values_after(state_with(before), UpdateRecord(1, patch), 1)
    assert spelled(after) == spelled({**before, **patch})


@forall(RECORDS, RECORDS)
def test_an_update_is_an_event_exactly_if_it_changes_something(
    before: dict[str, Value], after: dict[str, Value]
) -> None:
    event = decide(state_with(before), UpdateRecord(1, after)).event
    assert (event is None) == (spelled(before) == spelled(after))
    assert decide(state_with(after), UpdateRecord(1, after)).event is None


@forall(JSON, JSON)
def test_the_same_values_are_equal_for_unique_columns(one: Value, other: Value) -> None:
    if have_same_values((one,), (other,)):
        assert to_comparable((one,)) == to_comparable((other,))
    assert have_same_values((one,), (one,))
    assert have_same_values((one,), (other,)) == have_same_values((other,), (one,))


def all_values(state: DatasetState) -> dict[int, str]:
    return {id: repr(_sorted(list(record.values))) for id, record in state.records.items()}


OPERATIONS = st.lists(
    st.builds(CreateRecord, RECORDS)
    | st.builds(UpdateRecord, st.integers(1, 4), PATCHES)
    | st.builds(ReplaceRecord, st.integers(1, 4), RECORDS)
    | st.builds(DeleteRecord, st.integers(1, 4)),
    max_size=6,
)


@forall(OPERATIONS)
def test_a_batch_has_the_effect_of_its_operations_one_after_the_other(operations: list[RecordCommand]) -> None:
    start = given(CREATED, *(RecordCreated(id, ("x", id, None, None)) for id in (1, 2, 3))).state
    single, accepted = start, list[RecordCommand]()
    for operation in operations:
        if isinstance(operation, CreateRecord) or operation.id in single.records:
            accepted.append(operation)
            event = decide(single, operation).event
            single = single if event is None else evolve(single, event)
    event = decide(start, ChangeRecords(tuple(accepted))).event
    together = start if event is None else evolve(start, event)
    assert all_values(together) == all_values(single)
    assert event is None or together.next_id == single.next_id
