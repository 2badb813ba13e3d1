"""Find the date notations that a text may have by its shape, without checking that the date exists."""

import re
from collections.abc import Iterator

_YEAR_FIRST = re.compile(r"[0-9]{4}([-/.])[0-9]{1,2}\1[0-9]{1,2}")
_YEAR_LAST = re.compile(r"[0-9]{1,2}([-/.])[0-9]{1,2}\1[0-9]{4}")
_NAME_SECOND = re.compile(r"[0-9]{1,2}([- /])([A-Za-z]{3,9})\1[0-9]{4}")
_NAME_FIRST = re.compile("([A-Za-z]{3,9}) [0-9]{1,2}(,?) [0-9]{4}")
_TIME = re.compile(
    r"(?P<parted>T|,? )(?P<hour>[0-9]{1,2}):[0-9]{2}(?P<seconds>:[0-9]{2}(?:(?P<mark>[.,])[0-9]{1,9})?)?"
    r"(?P<half>[ \u00a0\u202f]?(?:[AP]M|[ap]m))?(?P<offset> ?(?:Z|[+-][0-9]{2}(?P<minutes>:?[0-9]{2})?))?"
)


def candidate_notations(text: str) -> Iterator[str]:
    """Yield possible notations of `text`, the most likely first. Two-digit years and YYYYMMDD are not guessed."""
    if len(text) > 60:
        return
    for pattern, dates in (
        (_YEAR_FIRST, _year_first),
        (_YEAR_LAST, _year_last),
        (_NAME_SECOND, _name_second),
        (_NAME_FIRST, _name_first),
    ):
        if match := pattern.match(text):
            rest = text[match.end() :]
            times = list(_times(rest))
            for date in dates(match):
                yield from (date + time for time in times)


def _times(rest: str) -> Iterator[str]:
    if not rest:
        yield ""
        return
    if not (match := _TIME.fullmatch(rest)):
        return
    half = match["half"] or ""
    if half:
        half = half[:-2] + ("AM" if half[-1] == "M" else "am")
    for hour in ("hh", "h") if len(match["hour"]) == 2 else ("h",):
        for offset in _offsets(match["offset"], match["minutes"]):
            for seconds in _seconds(match["seconds"], match["mark"]):
                yield f"{match['parted']}{hour}:mm{seconds}{half}{offset}"


def _seconds(seconds: str | None, mark: str | None) -> tuple[str, ...]:
    if seconds is None:
        return ("",)
    return (":ss", ":ss,f") if mark is None else (":ss",) if mark == "." else (":ss,f",)


def _offsets(offset: str | None, minutes: str | None) -> tuple[str, ...]:
    if offset is None:
        return ("",)
    blank = " " if offset[0] == " " else ""
    if offset.strip() == "Z":
        return blank + "±hh:mm", blank + "±hhmm", blank + "±hh"
    if minutes is None:
        return (blank + "±hh",)
    return (blank + ("±hh:mm" if minutes[0] == ":" else "±hhmm"),)


def _year_first(match: re.Match[str]) -> Iterator[str]:
    yield match[1].join(("YYYY", "MM", "DD"))
    yield match[1].join(("YYYY", "M", "D"))


def _year_last(match: re.Match[str]) -> Iterator[str]:
    """With points the day comes first; with other separators either order is possible."""
    for day, month in (("DD", "MM"), ("D", "M")):
        yield match[1].join((day, month, "YYYY"))
        if match[1] != ".":
            yield match[1].join((month, day, "YYYY"))


def _name_second(match: re.Match[str]) -> Iterator[str]:
    for name in _names(match[2]):
        for day in ("DD", "D"):
            yield match[1].join((day, name, "YYYY"))


def _name_first(match: re.Match[str]) -> Iterator[str]:
    for name in _names(match[1]):
        for day in ("DD", "D"):
            yield f"{name} {day}{match[2]} YYYY"


def _names(name: str) -> tuple[str, ...]:
    tokens = ("Mon", "Month") if len(name) == 3 else ("Month",)
    if name.isupper():
        return tuple(token.upper() for token in tokens)
    return tuple(token.lower() for token in tokens) if name.islower() else tokens
