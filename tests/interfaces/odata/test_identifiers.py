"""Names of datasets and columns as OData identifiers: allowed, unique and stable."""

from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.columns import Column, ColumnType
from domain.schema import Definition
from interfaces.odata.identifiers import entity_set_names, property_names

LEADING = ("Lu", "Ll", "Lt", "Lm", "Lo", "Nl")
FOLLOWING = (*LEADING, "Nd", "Mn", "Mc", "Pc", "Cf")
"""The categories of characters that OData 4.01 allows in an identifier."""


def of_columns(*names: str) -> list[str]:
    columns = tuple(Column(name, ColumnType.STRING, position) for position, name in enumerate(names))
    return list(property_names(Definition("d", "", columns)).values())


@pytest.mark.parametrize(
    ("name", "identifier"),
    [
        ("price", "price"),
        ("Unit price (€)", "Unit_price"),
        ("Größe", "Größe"),
        ("cre\u0300me brûlée", "crème_brûlée"),
        ("продажи 2024", "продажи_2024"),
        ("价格", "价格"),
        ("単価（税込）", "単価_税込"),
        ("ｶﾅ ＡＢ", "カナ_AB"),
        ("नाम और पता", "नाम_और_पता"),
        ("نام‌خانوادگی", "نام‌خانوادگی"),
        ("السعر بالدولار", "السعر_بالدولار"),
        ("شماره ٢", "شماره_٢"),
        ("٢٠٢٤", "_٢٠٢٤"),
        ("\u0e31x", "_\u0e31x"),
        ("Ⅷ", "VIII"),
        ("m² ﬁn", "m2_fin"),
        ("Preis\u00adliste\u200b", "Preisliste"),
        ("\u202eabc", "abc"),
        ("x\u200d", "x"),
        ("\u200d", "column_1"),
        ("𠮷野家 𝒜", "_野家_A"),
        ("😀", "column_1"),
        ("2024", "_2024"),
        ("a--b", "a_b"),
        ("in", "_in"),
        ("Null", "_Null"),
        ("", "column_1"),
        ("x" * 300, "x" * 120),
    ],
)
def test_a_name_keeps_its_letters_and_digits(name: str, identifier: str) -> None:
    assert of_columns(name) == [identifier]


def test_names_that_are_equal_ignoring_case_are_numbered() -> None:
    assert of_columns("a b", "a-b", "A_B", "a_b_2") == ["a_b", "a_b_2", "A_B_3", "a_b_2_2"]
    assert of_columns("_id", "_Version", "id") == ["_id_2", "_Version_2", "id"]
    assert of_columns("ЦЕНА", "цена") == ["ЦЕНА", "цена_2"]
    assert of_columns("Straße", "STRASSE", "straẞe") == ["Straße", "STRASSE_2", "straẞe_3"]
    assert of_columns("می‌خواهم", "میخواهم") == ["می‌خواهم", "میخواهم_2"]


def test_a_sets_name_does_not_change_when_others_come() -> None:
    assert entity_set_names(["a-b", "a_b"]) == {"a-b": "a_b", "a_b": "a_b_2"}
    assert entity_set_names(["a-b", "a_b", "a_b_2", "äb"])["a_b"] == "a_b_2"
    assert entity_set_names(["продажи", "ab", "продажи-2"])["продажи-2"] == "продажи_2"


@given(st.lists(st.text(max_size=200), unique=True, max_size=30))
def test_every_name_becomes_an_identifier_of_its_own(names: list[str]) -> None:
    found = of_columns(*names)
    assert all(0 < len(name) <= 128 for name in found)
    assert all(category(name[0]) in LEADING or name[0] == "_" for name in found)
    assert all(category(character) in FOLLOWING for name in found for character in name)
    assert len({name.casefold() for name in found}) == len(names)
    assert of_columns(*names[: len(names) // 2]) == found[: len(names) // 2]
