"""A date of `as_of` is the end of its day in UTC; what has not come is refused."""

import datetime

import pytest

from domain.errors import BadRequest
from projections.query.moments import parse_moment

END_OF_JANUARY = datetime.datetime(2024, 1, 31, 23, 59, 59, 999999, datetime.UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-01-31", END_OF_JANUARY),
        ("2024-W05-3", END_OF_JANUARY),
        ("0001-01-01", datetime.datetime(1, 1, 1, 23, 59, 59, 999999, datetime.UTC)),
        ("2024-01-31T12:30:00Z", datetime.datetime(2024, 1, 31, 12, 30, tzinfo=datetime.UTC)),
        ("2024-01-31T12:30", datetime.datetime(2024, 1, 31, 12, 30, tzinfo=datetime.UTC)),
        ("2024-01-31T00:00:00+02:00", datetime.datetime(2024, 1, 30, 22, tzinfo=datetime.UTC)),
        ("2024-01-31T00:00:00 02:00", datetime.datetime(2024, 1, 30, 22, tzinfo=datetime.UTC)),
    ],
)
def test_a_date_is_the_end_of_its_day_and_a_time_is_itself(text: str, moment: datetime.datetime) -> None:
    assert parse_moment(text) == moment


def test_today_has_begun() -> None:
    today = datetime.datetime.now(datetime.UTC).date()
    assert parse_moment(str(today)).date() in (today, today + datetime.timedelta(days=1))


@pytest.mark.parametrize("after", [{"days": 2}, {"days": 400}, {"minutes": 1}])
def test_what_has_not_come_is_refused(after: dict[str, int]) -> None:
    moment = datetime.datetime.now(datetime.UTC) + datetime.timedelta(**after)
    for text in {moment.isoformat(), str(moment.date()) if "days" in after else moment.isoformat()}:
        with pytest.raises(BadRequest, match=r"has not come yet: it is now 20\d\d-") as refused:
            parse_moment(text)
        assert (refused.value.code, refused.value.faults[0].pointer) == ("invalid-as-of", "as_of")


@pytest.mark.parametrize("text", ["", "soon", "2024-02-30", "2024-01-31T25:00", "-1", "1.5", "9999-12-31T23:59:60Z"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(BadRequest, match="is neither a version number nor a time"):
        parse_moment(text)


@pytest.mark.parametrize("text", ["9999-12-31", "9999-12-31T23:59:59-14:00"])
def test_the_last_day_is_far_away(text: str) -> None:
    with pytest.raises(BadRequest, match="has not come yet"):
        parse_moment(text)
