"""Constant times in filters: now, the minimum and maximum, durations, and times in short notation."""

import datetime

import pytest

from domain.columns import ColumnType
from domain.errors import BadRequest
from domain.query.filter.checker import check_filter
from domain.query.filter.parser import parse_filter
from domain.query.filter.times import depends_on_now, parse_duration
from domain.query.filter.tokens import Token, TokenKind
from domain.query.filter.tree import Comparison, Duration, Literal
from tests.domain.query.things import SALES
from tests.limits import QUERY_LIMITS

NO_DURATION = "expected a duration of days, hours, minutes and seconds like duration'P7D' or duration'-PT1H30M'"


@pytest.mark.parametrize(
    ("text", "value", "written"),
    [
        ("at gt now()", "2024-03-01T12:00:00Z", "now()"),
        ("at gt mindatetime()", "0001-01-01T00:00:00+15:59", "mindatetime()"),
        ("at gt maxdatetime()", "9999-12-31T23:59:59.999999999-15:59", "maxdatetime()"),
        ("at gt now() sub duration'P1D'", "2024-02-29T12:00:00Z", "2024-02-29T12:00:00Z"),
        ("at gt now() add duration'P1DT2H3M4.5S'", "2024-03-02T14:03:04.500000Z", "2024-03-02T14:03:04.500000Z"),
        ("at gt now() add duration'-PT1H'", "2024-03-01T11:00:00Z", "2024-03-01T11:00:00Z"),
        ("at gt now() sub duration'-PT1M'", "2024-03-01T12:01:00Z", "2024-03-01T12:01:00Z"),
        (
            "at gt 2024-01-31T10:00:00+02:00 add duration'PT1S'",
            "2024-01-31T10:00:01+02:00",
            "2024-01-31T10:00:01+02:00",
        ),
        ("day gt 2024-03-01 sub duration'PT1H'", "2024-02-29", "2024-02-29"),
        ("day gt 2024-03-01 add duration'PT23H'", "2024-03-01", "2024-03-01"),
        ("day gt 2024-03-01 add duration'PT24H'", "2024-03-02", "2024-03-02"),
        ("day gt 0001-01-02 sub duration'P1D'", "0001-01-01", "0001-01-01"),
        ("at gt null add duration'P1D'", None, "null"),
        ("at gt 2024-01-31T10:00Z", "2024-01-31T10:00:00Z", "2024-01-31T10:00Z"),
        ("at gt 2024-01-31T10:00", "2024-01-31T10:00:00", "2024-01-31T10:00"),
        ("at gt 2024-01-31T10:00-02:00", "2024-01-31T10:00:00-02:00", "2024-01-31T10:00-02:00"),
    ],
)
def test_a_constant_time(text: str, value: str | None, written: str) -> None:
    comparison = check_filter(parse_filter(text, QUERY_LIMITS.filter), SALES, "2024-03-01T12:00:00Z")
    assert isinstance(comparison, Comparison)
    type = None if value is None else ColumnType.DATE if text.startswith("day") else ColumnType.DATETIME
    assert comparison.right == Literal(value, type)
    assert isinstance(comparison.right, Literal)
    assert comparison.right.written == written


@pytest.mark.parametrize(
    ("text", "code", "detail"),
    [
        (
            "at gt now() mul duration'P1D'",
            "filter-type",
            "'mul' at character 13: a duration can only follow 'add' or 'sub'",
        ),
        (
            "at gt at add duration'P1D'",
            "filter-type",
            "'duration'P1D'' at character 14: a duration needs a constant time before it, like seen gt now() sub"
            " duration'P7D'",
        ),
        (
            "city gt 'a' add duration'P1D'",
            "filter-type",
            "'duration'P1D'' at character 17: a duration needs a constant time before it, like seen gt now() sub"
            " duration'P7D'",
        ),
        (
            "at gt duration'P1D' add now()",
            "filter-type",
            "'duration'P1D'' at character 7: a duration can only follow a constant time, like now() sub"
            " duration'P7D'",
        ),
        ("at gt now() add duration'P'", "filter-syntax", f"'duration'P'' at character 17: {NO_DURATION}"),
        ("at gt now() add duration'PT'", "filter-syntax", f"'duration'PT'' at character 17: {NO_DURATION}"),
        ("at gt now() add duration'P1DT'", "filter-syntax", f"'duration'P1DT'' at character 17: {NO_DURATION}"),
        ("at gt now() add duration'P1M'", "filter-syntax", f"'duration'P1M'' at character 17: {NO_DURATION}"),
        ("at gt now() add duration'1D'", "filter-syntax", f"'duration'1D'' at character 17: {NO_DURATION}"),
        (
            "at gt maxdatetime() add duration'P1D'",
            "filter-limit",
            "'duration'P1D'' at character 25: the time is outside the years 1 to 9999",
        ),
        (
            "day gt 0001-01-01 sub duration'PT1S'",
            "filter-limit",
            "'duration'PT1S'' at character 23: the time is outside the years 1 to 9999",
        ),
        (
            "at gt 2024-01-31T10:00 02:00",
            "filter-syntax",
            "'2024-01-31T10:00 02:00' at character 7: expected a time like 2024-01-31T10:00:00+02:00; in a URL the"
            " '+' is written %2B",
        ),
        (
            "at gt 2024-01-31T1",
            "filter-syntax",
            "'2024-01-31T1' at character 7: expected a time like 2024-01-31T10:00:00Z",
        ),
        ("day eq 2024-02-30", "filter-syntax", "'2024-02-30' at character 8: this day does not exist"),
    ],
)  # fmt: skip
def test_an_error_names_the_position(text: str, code: str, detail: str) -> None:
    with pytest.raises(BadRequest) as caught:
        check_filter(parse_filter(text, QUERY_LIMITS.filter), SALES, "2024-03-01T12:00:00Z")
    assert (caught.value.code, caught.value.detail) == (code, detail)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("P7D", datetime.timedelta(days=7)),
        ("-P7D", datetime.timedelta(days=-7)),
        ("PT90M", datetime.timedelta(minutes=90)),
        ("P0D", datetime.timedelta()),
        ("P1DT2H3M4.000005S", datetime.timedelta(days=1, hours=2, minutes=3, seconds=4, microseconds=5)),
        ("P9999999D", datetime.timedelta(days=9_999_999)),
    ],
)
def test_a_duration(text: str, length: datetime.timedelta) -> None:
    written = f"duration'{text}'"
    duration = parse_duration(Token(TokenKind.TYPED, written, 3))
    assert (duration, duration.written, duration.at) == (Duration(length), written, 3)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("at gt now()", True),
        ("now() gt at", True),
        ("ok or at lt now()", True),
        ("not (at lt now())", True),
        ("year(now()) in (2024)", True),
        ("year(day) add year(now()) gt 1", True),
        ("at gt mindatetime()", False),
        ("at gt now", False),
        ("now in (1)", False),
        ("city eq 'now()'", False),
        ("length(city) eq 1 and not ok", False),
        ("at gt 2024-01-31T10:00:00Z add duration'P1D'", False),
    ],
)
def test_a_filter_depends_on_now(text: str, expected: bool) -> None:
    assert depends_on_now(parse_filter(text, QUERY_LIMITS.filter)) is expected
