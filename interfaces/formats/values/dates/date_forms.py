"""The formats of dates and times. Values are checked completely, including the days of each month and leap years.

A format is built from its notation (see `date_notation`); `date_shapes` finds the notations that a value may have.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from domain.columns import ColumnType
from interfaces.formats.values.dates.date_notation import format_month, parse_notation, token_kind
from interfaces.formats.values.dates.date_shapes import candidate_notations
from interfaces.formats.values.dates.date_sql import canonical_json_sql
from interfaces.formats.values.form import ValueFormat

CANONICAL_DATE = "YYYY-MM-DD"
CANONICAL_TIMES = ("YYYY-MM-DDThh:mm:ss", "YYYY-MM-DDThh:mm:ss±hh:mm")

_YEARS = {
    "YYYY": "(?:000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})",
    "YY": "[0-9]{2}",
}
_LEAP_YEARS = {
    "YYYY": "(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)",
    "YY": "(?:[02468][048]|[13579][26])",
}
_DAYS = {
    "DD": {31: "(?:0[1-9]|[12][0-9]|3[01])", 30: "(?:0[1-9]|[12][0-9]|30)", 28: "(?:0[1-9]|1[0-9]|2[0-8])", 29: "29"},
    "D": {31: "(?:[1-9]|[12][0-9]|3[01])", 30: "(?:[1-9]|[12][0-9]|30)", 28: "(?:[1-9]|1[0-9]|2[0-8])", 29: "29"},
}
_MONTHS_BY_LENGTH = {31: (1, 3, 5, 7, 8, 10, 12), 30: (4, 6, 9, 11), 28: (2,), 29: (2,)}
_OFFSET = "(?:Z|[+-](?:0[0-9]|1[0-5]){})"
_TIMES = {
    "mm": "[0-5][0-9]",
    "ss": r"[0-5][0-9](?:\.[0-9]{1,9})?",
    "ss,f": "[0-5][0-9](?:,[0-9]{1,9})?",
    "AM": "[AP]M",
    "am": "[ap]m",
    "±hh:mm": _OFFSET.format(":[0-5][0-9]"),
    "±hhmm": _OFFSET.format("[0-5][0-9]"),
    "±hh": _OFFSET.format(""),
}
_HOURS = {
    ("hh", False): "(?:[01][0-9]|2[0-3])",
    ("h", False): "(?:1?[0-9]|2[0-3])",
    ("hh", True): "(?:0[1-9]|1[0-2])",
    ("h", True): "(?:[1-9]|1[0-2])",
}


def candidate_date_formats(text: str) -> Iterator[ValueFormat]:
    """The date and time formats that a value fits, the narrower before the wider."""
    return (form for form in map(build_date_format, candidate_notations(text)) if form.accepts(text))


@lru_cache(1024)
def build_date_format(notation: str) -> ValueFormat:
    """Build the format of a date or time with this notation. Raises Invalid `invalid-options` if it is invalid."""
    found = parse_notation(notation)
    timed = any(token_kind(token) == "hour" for token in found)
    canonical = notation == CANONICAL_DATE or notation in CANONICAL_TIMES
    return ValueFormat(
        f"a {'time' if timed else 'date'} like {notation}",
        ColumnType.DATETIME if timed else ColumnType.DATE,
        (_date_pattern(found),),
        "'\"' || {c} || '\"'" if canonical else canonical_json_sql(found),
        None if canonical else notation,
    )


def date_order(form: ValueFormat) -> tuple[str, bool] | None:
    """The separator of day and month, and whether the day comes first.

    None if the month is not in digits or the format is canonical.
    """
    if form.type not in (ColumnType.DATE, ColumnType.DATETIME) or form.format is None:
        return None
    found = parse_notation(form.format)
    places = [at for at, token in enumerate(found) if token in ("D", "DD", "M", "MM")]
    if len(places) < 2:
        return None
    first, second = places
    return "".join(found[first + 1 : second]), found[first][0] == "D"


def is_day_first(form: ValueFormat) -> bool | None:
    """Whether the day comes before the month; None if the month is not in digits or the format is canonical."""
    order = date_order(form)
    return None if order is None else order[1]


def day_month_clash(one: ValueFormat, other: ValueFormat) -> bool:
    """Whether one format reads a number as the day and the other reads it as the month."""
    first, second = is_day_first(one), is_day_first(other)
    return first is not None and second is not None and first != second


def _date_pattern(found: Sequence[str]) -> str:
    places = [at for at, token in enumerate(found) if token_kind(token) in ("year", "month", "day")]
    start, end = places[0], places[-1] + 1
    half = any(token_kind(token) == "half" for token in found)
    dates = "|".join(_tokens_pattern(found[start:end], half, days) for days in _MONTHS_BY_LENGTH)
    return f"{_tokens_pattern(found[:start], half)}(?:{dates}){_tokens_pattern(found[end:], half)}"


def _tokens_pattern(found: Sequence[str], half: bool, days: int = 31) -> str:
    return "".join(_token_pattern(token, half, days) for token in found)


def _token_pattern(token: str, half: bool, days: int) -> str:
    match token_kind(token):
        case "year":
            return (_LEAP_YEARS if days == 29 else _YEARS)[token]
        case "month":
            return _month_pattern(token, _MONTHS_BY_LENGTH[days])
        case "day":
            return _DAYS[token][days]
        case "hour":
            return _HOURS[token, half]
        case None:
            return re.escape(token)
        case _:
            return _TIMES[token]


def _month_pattern(token: str, months: Sequence[int]) -> str:
    return "(?:" + "|".join(format_month(token, month) for month in months) + ")"
