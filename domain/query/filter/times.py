"""Constant times in a filter: `now()`, the minimum and maximum time, and a time plus or minus a duration."""

import datetime
import re
from collections.abc import Mapping

from domain.columns import ColumnType
from domain.query.filter.functions import EARLIEST, LATEST
from domain.query.filter.tokens import Token
from domain.query.filter.tree import (
    Call,
    Comparison,
    Duration,
    Filter,
    Junction,
    Literal,
    Membership,
    Negation,
    ParsedFilter,
    filter_error,
)

_DURATION = re.compile(
    r"(?P<sign>-?)P(?=\d|T\d)(?:(?P<days>\d{1,7})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,9})H)?(?:(?P<minutes>\d{1,9})M)?(?:(?P<seconds>\d{1,9}(?:\.\d{1,6})?)S)?)?",
    re.ASCII,
)
_PARTS = ("days", "hours", "minutes", "seconds")
_CONSTANT_TIMES: Mapping[str, str] = {"mindatetime": EARLIEST, "maxdatetime": LATEST}


def parse_duration(token: Token) -> Duration:
    """The length of `duration'P1DT2H30M'`. Raises BadRequest if it is not a duration."""
    match = _DURATION.fullmatch(token.content())
    if match is None:
        why = "expected a duration of days, hours, minutes and seconds like duration'P7D' or duration'-PT1H30M'"
        raise filter_error("filter-syntax", token.text, token.at, why)
    length = sum((datetime.timedelta(**{part: float(match[part] or 0)}) for part in _PARTS), datetime.timedelta())
    return Duration(-length if match["sign"] else length, token.text, token.at)


def depends_on_now(term: ParsedFilter) -> bool:
    """Whether the result depends on the current time."""
    match term:
        case Call():
            return term.function == "now" or any(depends_on_now(argument) for argument in term.arguments)
        case Comparison():
            return depends_on_now(term.left) or depends_on_now(term.right)
        case Junction():
            return any(depends_on_now(part) for part in term.terms)
        case Membership() | Negation():
            return depends_on_now(term.term)
        case _:
            return False


def get_constant_time(function: str, now: str, at: int) -> Literal | None:
    """The value of a function without arguments; None for other functions."""
    text = now if function == "now" else _CONSTANT_TIMES.get(function)
    return None if text is None else Literal(text, ColumnType.DATETIME, f"{function}()", at)


def shift_time(operator: str, time: Filter, length: Duration, at: int) -> Literal:
    """A constant date or time plus or minus a duration; null stays null. Raises BadRequest for everything else.

    A date counts as midnight at its beginning, so a date minus an hour is the day before.
    """
    if operator not in ("add", "sub"):
        raise filter_error("filter-type", operator, at, "a duration can only follow 'add' or 'sub'")
    if not isinstance(time, Literal) or time.type not in (ColumnType.DATE, ColumnType.DATETIME, None):
        why = "a duration needs a constant time before it, like seen gt now() sub duration'P7D'"
        raise filter_error("filter-type", length.written, length.at, why)
    if time.value is None:
        return Literal(None, None, "null", at)
    is_date = time.type is ColumnType.DATE
    begin = datetime.datetime.fromisoformat(str(time.value))
    try:
        end = begin + length.length if operator == "add" else begin - length.length
    except OverflowError:
        raise filter_error(
            "filter-limit", length.written, length.at, "the time is outside the years 1 to 9999"
        ) from None
    text = end.date().isoformat() if is_date else end.isoformat().replace("+00:00", "Z")
    return Literal(text, time.type, text, at)
