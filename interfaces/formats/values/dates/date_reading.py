"""Converts a single date from a file's notation to canonical text, as `canonical_json_sql` does for whole columns."""

import re
from functools import lru_cache

from interfaces.formats.values.dates.date_notation import MONTHS, SHORT_YEARS, parse_notation, token_kind
from interfaces.formats.values.dates.date_sql import loose_token_pattern

_MONTH_NUMBERS = {name[:3].lower(): number for number, name in enumerate(MONTHS, 1)}


def canonical_date(text: str, notation: str) -> str:
    """The canonical text of a date or time that has the format of `notation`."""
    match = _parts_pattern(notation).fullmatch(text)
    assert match is not None, (text, notation)
    parts = match.groupdict()
    date = f"{_year(parts['year'])}-{_month(parts['month'])}-{parts['day']:0>2}"
    if "hour" not in parts:
        return date
    second = parts.get("second", "00").replace(",", ".")
    return (
        f"{date}T{_hour(parts['hour'], parts.get('half'))}:{parts['minute']}:{second}{_offset(parts.get('offset'))}"
    )


@lru_cache(1024)
def _parts_pattern(notation: str) -> re.Pattern[str]:
    """A pattern with a group for each part; the values are checked elsewhere."""
    parts = ((token_kind(token), loose_token_pattern(token)) for token in parse_notation(notation))
    return re.compile("".join(f"(?P<{kind}>{pattern})" if kind else pattern for kind, pattern in parts))


def _year(text: str) -> str:
    if len(text) == 4:
        return text
    return ("19" if int(text) >= SHORT_YEARS[0] % 100 else "20") + text


def _month(text: str) -> str:
    return f"{_MONTH_NUMBERS.get(text[:3].lower()) or int(text):02}"


def _hour(text: str, half: str | None) -> str:
    if half is None:
        return f"{text:0>2}"
    return f"{int(text) % 12 + (12 if half.lower() == 'pm' else 0):02}"


def _offset(text: str | None) -> str:
    if text is None or text == "Z":
        return text or ""
    digits = text.replace(":", "")
    return f"{digits[:3]}:{digits[3:] or '00'}"
