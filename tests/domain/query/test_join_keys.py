"""The columns that join two datasets, and the errors for mistakes."""

import pytest

from domain.columns import Column, ColumnType
from domain.errors import BadRequest, Fault
from domain.query.filter.tree import Builtin
from domain.query.join_keys import MAX_JOIN_PAIRS, JoinPair, parse_join_pairs
from domain.schema import Definition
from tests.domain.query.things import CITY, DAY, PRICE, QUOTED, SALES

ID = Column("id", ColumnType.INTEGER, 0)
TOWN = Column("city", ColumnType.STRING, 1)
NOTE = Column("note", ColumnType.JSON, 2)
COLON = Column("a:b", ColumnType.DATE, 3)
TOWNS = Definition("Towns", "", (ID, TOWN, NOTE, COLON))
EXPECTED = "expected pairs like user_id:id, with quotes around a name that has a comma, a colon or a quote"
NO_JOIN = "column has JSON values, which cannot be joined"


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("city", (JoinPair(CITY, TOWN),)),
        ("price:id", (JoinPair(PRICE, ID),)),
        (" city : city , price:id", (JoinPair(CITY, TOWN), JoinPair(PRICE, ID))),
        ("$id:id", (JoinPair(Builtin.ID, ID),)),
        ("$id", (JoinPair(Builtin.ID, Builtin.ID),)),
        ('"day":"a:b"', (JoinPair(DAY, COLON),)),
        ('"a,""b""(c)":city', (JoinPair(QUOTED, TOWN),)),
    ],
)
def test_pairs_are_parsed(text: str, pairs: tuple[JoinPair, ...]) -> None:
    assert parse_join_pairs(text, SALES, TOWNS) == pairs


@pytest.mark.parametrize(
    ("text", "code", "detail"),
    [
        ("", "on-syntax", "on names the columns to join by, like user_id:id, or user_id if both have this name"),
        (" ", "on-syntax", "on names the columns to join by, like user_id:id, or user_id if both have this name"),
        ("price:", "on-syntax", "The end at character 7 of on: the name of the right column is missing"),
        ("price:,", "on-syntax", "',' at character 7 of on: the name of the right column is missing"),
        ('price:""', "on-syntax", "The end at character 8 of on: the name of the right column is missing"),
        ("city,", "on-syntax", "The end at character 6 of on: the name of the left column is missing"),
        (",city", "on-syntax", "',' at character 1 of on: the name of the left column is missing"),
        ('""', "on-syntax", "The end at character 2 of on: the name of the left column is missing"),
        ('"city', "on-syntax", f"'\"city' at character 1 of on: {EXPECTED}"),
        ('city "x"', "on-syntax", f"The end at character 9 of on: {EXPECTED}"),
        ('"city" x', "on-syntax", f"The end at character 9 of on: {EXPECTED}"),
        ("city:city:x", "on-syntax", f"':x' at character 10 of on: {EXPECTED}"),
        ("city:city:" + "x" * 30, "on-syntax", f"':{'x' * 19}' at character 10 of on: {EXPECTED}"),
        ("note", "on-type", f"'note' at character 1 of on: the left {NO_JOIN}"),
        ("city:note", "on-type", f"'note' at character 6 of on: the right {NO_JOIN}"),
        (
            "city:id",
            "on-type",
            "'id' at character 6 of on: the left column 'city' has string values, the right column 'id' has integer"
            " values; a string never equals a number",
        ),
        (
            'at:"a:b"',
            "on-type",
            "'a:b' at character 5 of on: the left column 'at' has datetime values, the right column 'a:b' has date"
            " values; a time never equals a date",
        ),
        (
            "cit:city",
            "unknown-column",
            "'cit' at character 1 of on: there is no such column in the left dataset: did you mean 'city'?",
        ),
        (
            "city:cit",
            "unknown-column",
            "'cit' at character 6 of on: there is no such column in the right dataset: did you mean 'city'?",
        ),
        (
            "price",
            "unknown-column",
            "'price' at character 1 of on: there is no such column in the right dataset: known are 'id', 'city',"
            " 'note', 'a:b'",
        ),
    ],
)  # fmt: skip
def test_an_error_names_the_position(text: str, code: str, detail: str) -> None:
    with pytest.raises(BadRequest) as caught:
        parse_join_pairs(text, SALES, TOWNS)
    assert caught.value == BadRequest(code, detail, (Fault("on", code, detail),))


def test_the_number_of_pairs_is_limited() -> None:
    detail = f"'city{' ' * 16}' at character 6 of on: at most 1 pairs are allowed"
    with pytest.raises(BadRequest) as caught:
        parse_join_pairs("city,city" + " " * 30, SALES, TOWNS, max_pairs=1)
    assert caught.value == BadRequest("on-limit", detail, (Fault("on", "on-limit", detail),))
    assert len(parse_join_pairs(",".join(["city"] * MAX_JOIN_PAIRS), SALES, TOWNS)) == MAX_JOIN_PAIRS == 10
    with pytest.raises(BadRequest, match="at most 10 pairs are allowed"):
        parse_join_pairs(",".join(["city"] * 11), SALES, TOWNS)
