"""How sorts are parsed, and the errors for mistakes."""

import pytest

from domain.columns import Column, ColumnType
from domain.errors import BadRequest, Fault
from domain.query.filter.tree import Builtin
from domain.query.sort import SortKey, SortRule, parse_sort
from domain.schema import Definition
from tests.limits import QUERY_LIMITS

NAME = Column("name", ColumnType.STRING, 0)
PRICE = Column("Unit, price", ColumnType.DECIMAL, 1)
QUOTED = Column('a "b"', ColumnType.STRING, 2)
DASHED = Column("-x", ColumnType.STRING, 3)
NOTE = Column("note", ColumnType.JSON, 4)
COLON = Column("size:ci", ColumnType.STRING, 5)
DEFINITION = Definition("things", "", (NAME, PRICE, QUOTED, DASHED, NOTE, COLON))


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("", ()),
        ("  ", ()),
        ("name", (SortKey(NAME),)),
        (' - name , "Unit, price"', (SortKey(NAME, True), SortKey(PRICE))),
        ('-"a ""b"""', (SortKey(QUOTED, True),)),
        ('-"-x"', (SortKey(DASHED, True),)),
        ("name:ci", (SortKey(NAME, rule=SortRule.CASE_INSENSITIVE),)),
        ("-name : natural , $id", (SortKey(NAME, True, rule=SortRule.NATURAL), SortKey(Builtin.ID))),
        (
            '"-x":ci,-"name" : natural',
            (SortKey(DASHED, rule=SortRule.CASE_INSENSITIVE), SortKey(NAME, True, rule=SortRule.NATURAL)),
        ),
        ("size:ci", (SortKey(COLON),)),
        ("size:ci:ci", (SortKey(COLON, rule=SortRule.CASE_INSENSITIVE),)),
        ('"size:ci"', (SortKey(COLON),)),
        ("name:ci,name", (SortKey(NAME, rule=SortRule.CASE_INSENSITIVE), SortKey(NAME))),
        ("$version,-$id", (SortKey(Builtin.VERSION), SortKey(Builtin.ID, True))),
    ],
)
def test_a_sort_is_parsed(text: str, keys: tuple[SortKey, ...]) -> None:
    assert parse_sort(text, DEFINITION, QUERY_LIMITS.sort_columns) == keys


KNOWN = "known are 'name', 'Unit, price', 'a \"b\"', '-x', 'note', 'size:ci'"
EXPECTED = 'expected columns like -price,name:ci,"Unit price"'
NO_TEXT = "is not text: only text can be sorted by"
NO_COLUMN = "there is no such column"


@pytest.mark.parametrize(
    ("text", "code", "detail"),
    [
        ("nam", "unknown-column", f"'nam' at character 1: {NO_COLUMN}: did you mean 'name'?"),
        ("name,$id,note x", "unknown-column", f"'note x' at character 10: {NO_COLUMN}: did you mean 'note'?"),
        ("name,Unit, price", "unknown-column", f"'Unit' at character 6: {NO_COLUMN}: did you mean 'Unit, price'?"),
        ("$ide", "unknown-column", f"'$ide' at character 1: {NO_COLUMN}: did you mean '$id'?"),
        ('"$id"', "unknown-column", f"'$id' at character 1: {NO_COLUMN}: did you mean '$id'?"),
        ("desc", "unknown-column", f"'desc' at character 1: {NO_COLUMN}: {KNOWN}"),
        ('" asc"', "unknown-column", f"' asc' at character 1: {NO_COLUMN}: {KNOWN}"),
        ("name,-name", "sort-syntax", "'name' at character 6 is repeated"),
        ('"name",$id,$id', "sort-syntax", "'$id' at character 12 is repeated"),
        ("name,", "sort-syntax", f"a column is missing at character 6: {EXPECTED}"),
        (",name", "sort-syntax", f"a column is missing at character 1: {EXPECTED}"),
        ("name, -", "sort-syntax", f"a column is missing at character 6: {EXPECTED}"),
        ('""', "sort-syntax", f"a column is missing at character 1: {EXPECTED}"),
        ('"name', "sort-syntax", f"the sort cannot be read from character 1 on: {EXPECTED}"),
        ('$id,"name" x', "sort-syntax", f"the sort cannot be read from character 5 on: {EXPECTED}"),
        ("name desc", "sort-syntax", "'name desc' at character 1: write '-name'"),
        ("$id,name ASC", "sort-syntax", "'name ASC' at character 5: write 'name'"),
        ("name x Desc", "sort-syntax", "'name x Desc' at character 1: write '-name x'"),
        ("name:CI", "sort-syntax", "'CI' at character 1: there is no such rule: known are 'ci', 'natural'"),
        ("$id,name:", "sort-syntax", "'' at character 5: there is no such rule: known are 'ci', 'natural'"),
        ('"name":x', "sort-syntax", "'x' at character 1: there is no such rule: known are 'ci', 'natural'"),
        ("nam:ci", "unknown-column", f"'nam' at character 1: {NO_COLUMN}: did you mean 'name'?"),
        ("name:ci,-name:ci", "sort-syntax", "'name' at character 9 is repeated"),
        (
            '"Unit, price":ci',
            "sort-type",
            f"'Unit, price' at character 1 {NO_TEXT} 'ci'",
        ),
        ("$id:natural", "sort-type", f"'$id' at character 1 {NO_TEXT} 'natural'"),
        ("name,-note", "sort-type", "'note' at character 6 has JSON values, which have no order"),
    ],
)
def test_an_error_names_the_position(text: str, code: str, detail: str) -> None:
    with pytest.raises(BadRequest) as caught:
        parse_sort(text, DEFINITION, QUERY_LIMITS.sort_columns)
    assert caught.value == BadRequest(code, detail, (Fault("sort", code, detail),))


def test_the_number_of_keys_is_limited() -> None:
    assert QUERY_LIMITS.sort_columns == 20
    assert len(parse_sort("name,$id", DEFINITION, max_keys=2)) == 2
    detail = "a sort can have at most 1 columns"
    with pytest.raises(BadRequest) as caught:
        parse_sort("name,$id", DEFINITION, max_keys=1)
    assert caught.value == BadRequest("sort-limit", detail, (Fault("sort", "sort-limit", detail),))


def test_nulls_are_last_by_default() -> None:
    assert SortKey(NAME) == SortKey(NAME, descending=False, nulls_first=False)
