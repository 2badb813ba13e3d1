"""Names of datasets and columns as OData identifiers: allowed, unique and stable."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.columns import Column, ColumnType
from domain.schema import Definition
from interfaces.odata.identifiers import entity_set_names, property_names


def of_columns(*names: str) -> list[str]:
    columns = tuple(Column(name, ColumnType.STRING, position) for position, name in enumerate(names))
    return list(property_names(Definition("d", "", columns)).values())


@pytest.mark.parametrize(
    ("name", "identifier"),
    [
        ("price", "price"),
        ("Unit price (€)", "Unit_price"),
        ("Größe", "Gro_e"),
        ("crème brûlée", "creme_brulee"),
        ("2024", "_2024"),
        ("a--b", "a_b"),
        ("in", "_in"),
        ("Null", "_Null"),
        ("价格", "column_1"),
        ("", "column_1"),
        ("x" * 300, "x" * 120),
    ],
)
def test_a_name_keeps_its_letters_and_digits(name: str, identifier: str) -> None:
    assert of_columns(name) == [identifier]


def test_names_that_are_equal_ignoring_case_are_numbered() -> None:
    assert of_columns("a b", "a-b", "A_B", "a_b_2") == ["a_b", "a_b_2", "A_B_3", "a_b_2_2"]
    assert of_columns("_id", "_Version", "id") == ["_id_2", "_Version_2", "id"]


def test_a_sets_name_does_not_change_when_others_come() -> None:
    assert entity_set_names(["a-b", "a_b"]) == {"a-b": "a_b", "a_b": "a_b_2"}
    assert entity_set_names(["a-b", "a_b", "a_b_2", "äb"])["a_b"] == "a_b_2"


@given(st.lists(st.text(max_size=200), unique=True, max_size=30))
def test_every_name_becomes_an_identifier_of_its_own(names: list[str]) -> None:
    found = of_columns(*names)
    assert all(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,127}", name) for name in found)
    assert len({name.lower() for name in found}) == len(names)
    assert of_columns(*names[: len(names) // 2]) == found[: len(names) // 2]
