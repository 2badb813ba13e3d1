"""How sorts are parsed, and the errors for mistakes."""

import pytest

from domain.columns import Column, ColumnType
from domain.errors import BadRequest
from domain.query.filter.tree import Builtin
from domain.query.sort import SortKey, parse_sort
from domain.schema import Definition

NAME = Column("name", ColumnType.STRING, 0)
PRICE = Column("Unit, price", ColumnType.DECIMAL, 1)
QUOTED = Column('a "b"', ColumnType.STRING, 2)
DASHED = Column("-x", ColumnType.STRING, 3)
DEFINITION = Definition("things", "", (NAME, PRICE, QUOTED, DASHED))


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("", ()),
        ("  ", ()),
        ("name", (SortKey(NAME),)),
        (' - name , "Unit, price"', (SortKey(NAME, True), SortKey(PRICE))),
        ('-"a ""b"""', (SortKey(QUOTED, True),)),
        ('-"-x"', (SortKey(DASHED, True),)),
        ("$version,-$id", (SortKey(Builtin.VERSION), SortKey(Builtin.ID, True))),
    ],
)
def test_a_sort_is_parsed(text: str, keys: tuple[SortKey, ...]) -> None:
    assert parse_sort(text, DEFINITION) == keys


@pytest.mark.parametrize(
    ("text", "code", "detail"),
    [
        ("nam", "unknown-column", "'nam' at character 1: there is no such column: did you mean 'name'?"),
        ("$ide", "unknown-column", "did you mean '$id'?"),
        ('"$id"', "unknown-column", "'$id'"),
        ("name,-name", "sort-syntax", "'name' at character 6 is repeated"),
        ("name,", "sort-syntax", "a column is missing at character 6"),
        ("-", "sort-syntax", "a column is missing at character 1"),
        ('"name', "sort-syntax", "the sort cannot be read from character 1 on"),
        ('"name" x', "sort-syntax", "the sort cannot be read from character 1 on"),
        ("name desc", "sort-syntax", "write '-name'"),
        ("name asc", "sort-syntax", "write 'name'"),
    ],
)
def test_an_error_names_the_position(text: str, code: str, detail: str) -> None:
    with pytest.raises(BadRequest) as caught:
        parse_sort(text, DEFINITION)
    assert caught.value.code == code
    assert detail in caught.value.detail
    assert [fault.pointer for fault in caught.value.faults] == ["sort"]


def test_the_number_of_keys_is_limited() -> None:
    with pytest.raises(BadRequest, match="at most 1 columns"):
        parse_sort("name,$id", DEFINITION, max_keys=1)
