"""What the standard's own test cases say is a filter, an order or a search is one, and what they say is none is
refused at that place."""

import re

import pytest

from domain.errors import BadRequest
from domain.query.filter.checker import check_filter
from domain.query.filter.parser import parse_filter
from domain.query.filter.tree import Filter
from domain.query.orderby import parse_orderby
from domain.query.search_expression import parse_search_expression
from projections.sql.filter_sql import filter_sql
from tests.limits import QUERY_LIMITS
from tests.odata_abnf.cases import (
    ORDER_READ,
    READ,
    REFUSED,
    SAME,
    SCHEMA,
    SEARCH_READ,
    SEARCH_REFUSED,
    SEARCH_SAME,
    Read,
    Refused,
    Same,
)

NOW = "2024-03-01T12:00:00Z"


def read(text: str) -> Filter:
    return check_filter(parse_filter(text, QUERY_LIMITS.filter), SCHEMA, NOW)


@pytest.mark.parametrize("case", READ, ids=str)
def test_it_is_read(case: Read) -> None:
    assert filter_sql(read(case.text)).text.as_string(None)


@pytest.mark.parametrize("case", SAME, ids=str)
def test_it_is_read_as_the_same(case: Same) -> None:
    assert read(case.text) == read(case.other)


@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_it_is_refused_at_the_place(case: Refused) -> None:
    with pytest.raises(BadRequest) as caught:
        read(case.text)
    check_place(case, caught.value.detail)


@pytest.mark.parametrize("case", ORDER_READ, ids=str)
def test_it_is_an_order(case: Read) -> None:
    keys = parse_orderby(case.text, SCHEMA, QUERY_LIMITS.filter, QUERY_LIMITS.sort_columns)
    assert len(keys) == 1 + case.text.count(",")


@pytest.mark.parametrize("case", SEARCH_READ, ids=str)
def test_it_is_a_search(case: Read) -> None:
    assert parse_search_expression(case.text, QUERY_LIMITS.search)


@pytest.mark.parametrize("case", SEARCH_SAME, ids=str)
def test_it_is_the_same_search(case: Same) -> None:
    found, other = (parse_search_expression(text, QUERY_LIMITS.search) for text in (case.text, case.other))
    assert found == other


@pytest.mark.parametrize("case", SEARCH_REFUSED, ids=str)
def test_it_is_refused_as_a_search(case: Refused) -> None:
    with pytest.raises(BadRequest) as caught:
        parse_search_expression(case.text, QUERY_LIMITS.search)
    check_place(case, caught.value.detail)


def check_place(case: Refused, detail: str) -> None:
    place = re.search(r"at character (\d+):? \w", detail)
    assert place and int(place[1]) == case.at, detail
    if case.fail_at is not None:
        theirs = case.before + case.fail_at + 1
        word = re.match(r"[\w:.'+-]*", case.text[case.at - 1 :])
        assert word and case.at <= theirs <= case.at + len(word[0])


def test_there_are_enough_cases_and_none_twice() -> None:
    searches = (*SEARCH_READ, *SEARCH_SAME, *SEARCH_REFUSED)
    cases = [(case.rule, case.text) for case in (*READ, *SAME, *REFUSED, *ORDER_READ, *searches)]
    assert len(cases) == len(set(cases)) >= 190
