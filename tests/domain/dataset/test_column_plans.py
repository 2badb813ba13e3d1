"""Plans of column changes: which columns follow, what must be converted and checked, what is refused."""

from dataclasses import replace

import pytest

from domain.columns import Column, ColumnType
from domain.dataset.columns.column_changes import ColumnChange, ColumnChanges, NewColumn, OnFailure
from domain.dataset.columns.column_plan import ColumnPlan, Retype, plan_column_changes
from domain.errors import Invalid
from domain.schema import Definition
from tests.domain.dataset.scenario import AGE, NAME, NOTE, PEOPLE, PRICE, SHOP

INTEGER, STRING, DECIMAL = ColumnType.INTEGER, ColumnType.STRING, ColumnType.DECIMAL


def plan(definition: Definition, changes: ColumnChanges) -> ColumnPlan:
    return plan_column_changes(definition, changes)


def test_a_dropped_column_leaves_its_position_unused() -> None:
    planned = plan(PEOPLE, ColumnChanges({"a/b~c": None}, added=(NewColumn("size", INTEGER, 7),)))
    size = Column("size", INTEGER, 4)
    assert planned == ColumnPlan(replace(PEOPLE, columns=(NAME, AGE, PRICE, size), dropped=(3,)), (), {4: 7})
    again = plan(planned.definition, ColumnChanges({"size": None}, added=(NewColumn("size", STRING),)))
    assert again.definition.columns[-1] == Column("size", STRING, 5)
    assert (again.definition.dropped, again.definition.width) == ((3, 4), 6)


def test_everything_can_be_changed_at_once() -> None:
    changes = ColumnChanges(
        {"age": ColumnChange("years", STRING), "price": ColumnChange(required=True), "a/b~c": None},
        (NewColumn("age", DECIMAL, "1.50", unique=True),),
        ("age", "name"),
        "Folk",
        "",
    )
    planned = plan(PEOPLE, changes)
    years, price, age = (
        Column("years", STRING, 1),
        replace(PRICE, required=True),
        Column("age", DECIMAL, 4, unique=True),
    )
    assert planned.definition == Definition("Folk", "", (NAME, years, price, age), (4, 0), (3,))
    assert planned.retyped == (Retype(AGE, years),)
    assert {at: str(value) for at, value in planned.defaults.items()} == {4: "1.50"}
    assert planned.needs_value == (price, age)
    assert planned.needs_unique == ((4, 0), (4,))


def test_names_can_be_exchanged_with_new_and_dropped_columns() -> None:
    changes = ColumnChanges({"age": ColumnChange("name"), "name": ColumnChange("age"), "price": None})
    columns = plan(PEOPLE, replace(changes, added=(NewColumn("price", STRING),))).definition.columns
    assert [column.name for column in columns] == ["age", "name", "a/b~c", "price"]
    assert [column.position for column in columns] == [0, 1, 3, 4]


def test_only_what_might_be_violated_is_checked() -> None:
    assert plan(SHOP, ColumnChanges({"stock": ColumnChange(required=False)})) == ColumnPlan(SHOP)
    assert plan(SHOP, ColumnChanges(key=("size", "sku"))).needs_unique == ((1, 0),)
    assert plan(SHOP, ColumnChanges(key=("size", "sku"))).needs_value == ()
    assert plan(SHOP, ColumnChanges({"code": ColumnChange(unique=False)}, key=())).needs_unique == ()
    size = Column("size", INTEGER, 1)
    retyped = plan(SHOP, ColumnChanges({"size": ColumnChange(type=INTEGER, on_failure=OnFailure.NULL)}))
    assert (retyped.needs_value, retyped.needs_unique) == ((size,), ((0, 1),))
    assert retyped.retyped == (Retype(SHOP.columns[1], size, OnFailure.NULL),)


def test_another_type_ends_the_remembered_format() -> None:
    dates = Definition("Days", "", (Column("day", ColumnType.DATE, 0, format="DD.MM.YYYY"),))
    assert plan(dates, ColumnChanges({"day": ColumnChange(type=ColumnType.DATE)})) == ColumnPlan(dates)
    assert plan(dates, ColumnChanges({"day": ColumnChange(type=STRING)})).definition.columns[0].format is None
    other = plan(dates, ColumnChanges({"day": ColumnChange(format="D/M/YYYY")}))
    assert (other.definition.columns[0].format, other.retyped) == ("D/M/YYYY", ())


@pytest.mark.parametrize(
    ("changes", "pointer", "code", "detail"),
    [
        (ColumnChanges({"agee": None}), "/columns/agee", "unknown-column", "did you mean 'age'?"),
        (ColumnChanges({"agee": ColumnChange(type=STRING)}), "/columns/agee", "unknown-column", "'age'"),
        (ColumnChanges({"a/b~c": ColumnChange(" x")}), "/columns/a~1b~0c", "invalid-name", "white space"),
        (ColumnChanges({"age": ColumnChange("name")}), "/columns", "duplicate-column", "'name'"),
        (ColumnChanges(added=(NewColumn("age", STRING),)), "/columns", "duplicate-column", "'age'"),
        (ColumnChanges(added=(NewColumn("", STRING),)), "/add/0/name", "invalid-name", "blank"),
        (ColumnChanges(added=(NewColumn("x", INTEGER, "ten"),)), "/add/0/default", "type-error", "'ten'"),
        (ColumnChanges({"name": ColumnChange(format="x")}), "/columns/name/format", "unknown-format", "string"),
        (ColumnChanges(key=("nam",)), "/key", "unknown-column", "did you mean 'name'?"),
        (ColumnChanges({"age": ColumnChange("years")}, key=("age",)), "/key", "unknown-column", "'age'"),
        (ColumnChanges(dict.fromkeys(PEOPLE.names)), "/columns", "required", "needs a column"),
        (ColumnChanges(title="\x00"), "/name", "type-error", "U+0000"),
    ],
)
def test_what_fits_no_records_is_refused(changes: ColumnChanges, pointer: str, code: str, detail: str) -> None:
    with pytest.raises(Invalid) as refused:
        plan(PEOPLE, changes)
    assert refused.value.code == "invalid-columns"
    (fault,) = refused.value.faults
    assert (fault.pointer, fault.code) == (pointer, code)
    assert detail in fault.detail == refused.value.detail


def test_a_column_of_the_key_cannot_be_dropped_alone() -> None:
    with pytest.raises(Invalid, match="column 'size' belongs to the key"):
        plan(SHOP, ColumnChanges({"size": None}))
    planned = plan(SHOP, ColumnChanges({"size": None}, key=("sku",)))
    assert (planned.definition.key, planned.definition.dropped, planned.needs_unique) == ((0,), (1,), ((0,),))


def test_all_mistakes_are_named() -> None:
    with pytest.raises(Invalid) as refused:
        plan(PEOPLE, ColumnChanges({"x": None, "age": ColumnChange("")}, (NewColumn("y", INTEGER, True),), ("z",)))
    assert [fault.pointer for fault in refused.value.faults] == [
        "/columns/x",
        "/columns/age",
        "/add/0/default",
        "/key",
    ]
    assert NOTE in PEOPLE.columns
