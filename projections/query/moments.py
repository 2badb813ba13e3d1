"""Parses the times of `as_of`, which have one meaning everywhere."""

import datetime

from domain.errors import BadRequest, Fault


def parse_moment(text: str) -> datetime.datetime:
    """An RFC 3339 time, in UTC without an offset; a date means the end of that day in UTC.

    Raises BadRequest, also for a time or a day that has not come: what is read then would not stay the same.
    """
    now = datetime.datetime.now(datetime.UTC)
    try:
        begin, moment = _parse_period(text)
    except ValueError:
        why = "is neither a version number nor a time like 2024-01-31T12:30:00Z or a date like 2024-01-31"
        raise _refusal(text, why) from None
    if begin > now:
        raise _refusal(text, f"has not come yet: it is now {now:%Y-%m-%dT%H:%M:%SZ}")
    return moment


def _parse_period(text: str) -> tuple[datetime.datetime, datetime.datetime]:
    """The begin and the end of a day, or a time twice. A plus sign may have become a space, as in a form."""
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        given = datetime.datetime.fromisoformat(text.replace(" ", "+"))
        moment = given if given.tzinfo else given.replace(tzinfo=datetime.UTC)
        return moment, moment
    begin, end = (datetime.datetime.combine(day, at, datetime.UTC) for at in (datetime.time.min, datetime.time.max))
    return begin, end


def _refusal(text: str, why: str) -> BadRequest:
    detail = f"as_of='{text[:60]}' {why}"
    return BadRequest("invalid-as-of", detail, (Fault("as_of", "invalid-as-of", detail),))
