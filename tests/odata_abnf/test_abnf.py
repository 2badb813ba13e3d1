"""What the standard's own test cases say is a filter is one, and what they say is none is refused at that place."""

import re

import pytest

from domain.errors import BadRequest
from domain.query.filter.checker import check_filter
from domain.query.filter.parser import parse_filter
from domain.query.filter.tree import Filter
from projections.sql.filter_sql import filter_sql
from tests.limits import QUERY_LIMITS
from tests.odata_abnf.cases import READ, REFUSED, SAME, SCHEMA, Read, Refused, Same

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
    place = re.search(r"at character (\d+): \w", caught.value.detail)
    assert place and int(place[1]) == case.at, caught.value.detail
    if case.fail_at is not None:
        theirs = case.before + case.fail_at + 1
        word = re.match(r"[\w:.'+-]*", case.text[case.at - 1 :])
        assert word and case.at <= theirs <= case.at + len(word[0])


def test_there_are_enough_cases_and_none_twice() -> None:
    cases = [(case.rule, case.text) for case in (*READ, *SAME, *REFUSED)]
    assert len(cases) == len(set(cases)) >= 190
