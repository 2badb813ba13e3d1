"""Definitions of datasets, column names from headers, and the validation of values."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.columns import Column, ColumnType, Value
from domain.errors import BadRequest, Fault, Invalid
from domain.json_pointer import escape_pointer_token
from domain.schema import (
    Definition,
    map_values_by_name,
    unique_names,
    validate_patch,
    validate_values,
)

NAME = Column("name", ColumnType.STRING, 0, required=True)
CITY = Column("city", ColumnType.STRING, 3, unique=True)
SKU = Column("sku", ColumnType.INTEGER, 2)
DEFINITION = Definition("D", "", (NAME, CITY, SKU), key=(2,))


@pytest.mark.parametrize(
    ("headers", "names"),
    [
        ((), ()),
        (("a", " b ", "c\t"), ("a", "b", "c")),
        (("", "a", " "), ("column_1", "a", "column_3")),
        (("name", "name"), ("name", "name_2")),
        (("name", "name", "name"), ("name", "name_2", "name_3")),
        (("name", "name_2", "name"), ("name", "name_2", "name_3")),
        (("name", "name", "name_2"), ("name", "name_3", "name_2")),
        (("name", "name", "name_2", "name_2"), ("name", "name_3", "name_2", "name_2_2")),
        (("name_2", "name", "name", "name_3"), ("name_2", "name", "name_4", "name_3")),
        (("a ", "a"), ("a", "a_2")),
        (("column_2", ""), ("column_2", "column_2_2")),
        (("", "column_1"), ("column_1", "column_1_2")),
        (("a", "A"), ("a", "A")),
        (("1990", "1991", "1990"), ("1990", "1991", "1990_2")),
    ],
)
def test_names_are_unique(headers: tuple[str, ...], names: tuple[str, ...]) -> None:
    assert unique_names(headers) == names


@given(st.lists(st.sampled_from(["", " ", "a", "a_2", "a_3", "a_2_2", "column_1", "column_2"])))
def test_names_of_any_header_are_unique(headers: list[str]) -> None:
    names = unique_names(headers)
    assert len(set(names)) == len(headers)
    first = {header.strip(): at for at, header in reversed(list(enumerate(headers))) if header.strip()}
    blank_names = {f"column_{at}" for at, header in enumerate(headers, 1) if not header.strip()}
    for header, at in first.items():
        assert names[at] == header or header in blank_names
    assert unique_names(names) == names


def test_the_width_is_one_more_than_the_greatest_position() -> None:
    assert (DEFINITION.width, Definition("", "", ()).width) == (4, 0)
    assert DEFINITION.names == ("name", "city", "sku")


def test_a_column_is_found_by_its_name() -> None:
    assert DEFINITION.find("city") is CITY
    assert DEFINITION.find("City") is None
    assert DEFINITION.column("sku", "filter") is SKU
    with pytest.raises(BadRequest) as caught:
        DEFINITION.column("nam", "fields")
    hint = "here is no column 'nam': did you mean 'name'?"
    assert caught.value == BadRequest("unknown-column", "T" + hint, (Fault("fields", "unknown-column", "t" + hint),))


def test_unique_sets_begin_with_the_key() -> None:
    assert DEFINITION.unique_sets() == ((2,), (3,))
    assert Definition("", "", (NAME,)).unique_sets() == ()
    both = Definition("", "", (CITY, Column("z", ColumnType.DATE, 1, unique=True)), key=(1,))
    assert both.unique_sets() == ((1,), (3,))


def test_values_are_ordered_by_position() -> None:
    assert validate_values(DEFINITION, {"sku": 1, "name": "a"}, None) == ("a", None, 1, None)
    assert validate_values(DEFINITION, {"city": "x"}, ("a", None, 1)) == ("a", None, 1, "x")
    assert validate_values(DEFINITION, {"city": None}, ("a", None, 1, "x")) == ("a", None, 1, None)


@pytest.mark.parametrize(
    ("values", "detail", "faults"),
    [
        (
            {"name": "a"},
            "one value was refused: column 'sku' needs a value",
            [("/values/sku", "required", "column 'sku' needs a value")],
        ),
        (
            {},
            "2 values were refused: column 'name' needs a value",
            [
                ("/values/name", "required", "column 'name' needs a value"),
                ("/values/sku", "required", "column 'sku' needs a value"),
            ],
        ),
        (
            {"name": 5, "sku": "x"},
            "2 values were refused: column 'name': expected a string, got 5",
            [
                ("/values/name", "type-error", "column 'name': expected a string, got 5"),
                ("/values/sku", "type-error", "column 'sku': expected an integer, got 'x'"),
            ],
        ),
        (
            {"name": "a", "sku": 1, "ci/ty": "x"},
            "one value was refused: there is no column 'ci/ty': did you mean 'city'?",
            [("/values/ci~1ty", "unknown-column", "there is no column 'ci/ty': did you mean 'city'?")],
        ),
    ],
)
def test_invalid_values_are_refused(
    values: dict[str, Value], detail: str, faults: list[tuple[str, str, str]]
) -> None:
    with pytest.raises(Invalid) as caught:
        validate_values(DEFINITION, values, None)
    assert caught.value == Invalid("invalid-values", detail, tuple(Fault(*fault) for fault in faults))


@pytest.mark.parametrize(
    ("sent", "value"),
    [
        ("5", 5),
        ("-0", 0),
        ("9007199254740993", 9007199254740993),
        ("1.10", Decimal("1.10")),
        ("1e2", 100),
        ("0.1000000000000000055511151231257827", Decimal("0.1000000000000000055511151231257827")),
    ],
)
def test_a_numeric_column_takes_the_text_of_a_number(sent: str, value: Value) -> None:
    price = Column("price", ColumnType.DECIMAL, 0)
    assert repr(validate_values(Definition("d", "", (price,)), {"price": sent}, None)) == repr((value,))


@pytest.mark.parametrize(
    "sent", ["", " 5", "5 ", "+5", "05", ".5", "5.", "1,5", "٥", "NaN", "0x1", "1e99999", "1" * 5_000]
)
@pytest.mark.parametrize("type", [ColumnType.INTEGER, ColumnType.DECIMAL])
def test_any_other_text_is_refused_in_a_numeric_column(sent: str, type: ColumnType) -> None:
    with pytest.raises(Invalid):
        validate_values(Definition("d", "", (Column("n", type, 0),)), {"n": sent}, None)


def test_text_of_a_number_stays_text_in_other_columns() -> None:
    columns = (Column("s", ColumnType.STRING, 0), Column("j", ColumnType.JSON, 1))
    assert validate_values(Definition("d", "", columns), {"s": "5", "j": "5"}, None) == ("5", "5")


def test_a_patch_needs_only_the_named_columns() -> None:
    assert validate_patch(DEFINITION, {"city": "x"}) == {3: "x"}
    assert validate_patch(DEFINITION, {"city": None, "name": "a"}) == {0: "a", 3: None}
    assert validate_patch(DEFINITION, {}) == {}
    for values in ({"name": None}, {"sku": None}, {"city": 5}, {"x": 1}):
        with pytest.raises(Invalid) as caught:
            validate_patch(DEFINITION, values)
        (name,) = values
        assert [fault.pointer for fault in caught.value.faults] == [f"/values/{name}"]


def test_values_are_named_even_if_columns_were_added_later() -> None:
    assert map_values_by_name(DEFINITION, ("a", "gone", 1)) == {"name": "a", "city": None, "sku": 1}
    assert map_values_by_name(DEFINITION, ("a", "gone", 1, "x")) == {"name": "a", "city": "x", "sku": 1}


def test_a_pointer_token_is_escaped() -> None:
    assert escape_pointer_token("a/b~1") == "a~1b~01"
