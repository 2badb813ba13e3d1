"""A filter may be any text: it is read or refused, kindly and fast."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.columns import Column, ColumnType
from domain.errors import BadRequest
from domain.query.filter.checker import check_filter
from domain.query.filter.functions import ARITHMETIC, FUNCTIONS
from domain.query.filter.parser import parse_filter
from domain.schema import Definition
from projections.sql.filter_sql import filter_sql
from tests.limits import QUERY_LIMITS

DEFINITION = Definition("all", "", tuple(Column(kind.value, kind, place) for place, kind in enumerate(ColumnType)))
NOW = "2024-03-01T12:00:00Z"

HOSTILE = (
    "'" * 8191,
    '"' * 8191,
    "string eq '" + "a" * 8000,
    "string eq '" + "\ud800" * 100 + "'",
    "string eq '\x00'",
    "\x00",
    "\ud800",
    "\ufeffstring eq 'a'",
    "integer eq 1e999999999",
    "integer eq 1e-999999999",
    "integer eq " + "9" * 8000,
    "integer eq 0." + "9" * 8000,
    "integer add 1e1001 eq 1",
    "1" + " add 1" * 1300,
    "1" + " eq 1" * 1300,
    "-" * 8000 + "1",
    "(" * 8192,
    "not " * 2000 + "boolean",
    "boolean or " * 700 + "boolean",
    "integer in (" + ",".join(["1"] * 4000) + ")",
    "integer in (" + "(" * 4000,
    "concat(" * 1000,
    "a" * 8192,
    "é" * 8192,
    "a." * 4000,
    "datetime gt 9999-12-31T23:59:59." + "9" * 1000 + "Z",
    "datetime gt now() add duration'P9999999999999999999D'",
    "datetime gt now() add duration'PT999999999H' add duration'P9999999D'",
    "date eq 2024-99-99",
    "date eq 99999-01-01",
    "string eq N'a'",
    "string eq 'a'; drop table records",
    "string eq 'a' -- comment",
    "json eq '{}'",
    "$it eq 1",
    "$idd eq 1",
    "string/length eq 1",
    "integer eq 0x10",
    "integer eq 1_000",
    "integer eq ١",
    "integer eq ²",
    "integer eq INF",
    "now",
    "now()",
    "",
    "   ",
)


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:20].encode("unicode_escape").decode())
def test_a_hostile_filter_is_refused_fast_and_says_what_is_wrong(text: str) -> None:
    fastest = min(measure_refusal(text) for _ in range(3))
    assert fastest < 0.05


def measure_refusal(text: str) -> float:
    """Seconds of work until the text is refused."""
    started = time.process_time()
    with pytest.raises(BadRequest) as caught:
        check_filter(parse_filter(text, QUERY_LIMITS.filter), DEFINITION, NOW)
    spent = time.process_time() - started
    (fault,) = caught.value.faults
    assert fault.pointer == "filter" and 10 < len(fault.detail) < 1000
    return spent


CODES = ("filter-syntax", "filter-type", "filter-limit", "unknown-column", "unknown-function", "function-not-offered")
OPERATORS = ("eq", "LE", "in", "not", "and", "or", "has", "/", "(", ")", ",")
VALUES = ("null", "$id", "true", "1", "-2.5", "'a'", '"string"', "2024-01-31", "duration'P1D'", "'")
words = st.sampled_from([*FUNCTIONS, *ARITHMETIC, *(kind.value for kind in ColumnType), *OPERATORS, *VALUES])
texts = st.lists(words, max_size=12).map(" ".join) | st.text(max_size=20)


@settings(max_examples=1000, deadline=None)
@given(texts)
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        read = check_filter(parse_filter(text, QUERY_LIMITS.filter), DEFINITION, NOW)
    except BadRequest as refused:
        assert refused.code in CODES
    else:
        assert filter_sql(read).text.as_string(None)
