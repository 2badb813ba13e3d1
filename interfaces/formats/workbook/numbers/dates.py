"""Decodes dates in workbooks, which are numbers with a date format (ECMA-376 part 1, 18.8.30 and 18.17.4).

Days are counted from 1 January 1900, including a 29 February 1900 that did not exist, or from 1 January 1904.
"""

import re
from datetime import date, timedelta
from enum import Enum

from interfaces.formats.workbook.cells import DATE, DATETIME, MIDNIGHT, TEXT, TIME, number_cell
from interfaces.formats.workbook.numbers.padded_numbers import PaddedStyle, parse_padded_style

DAY_MS = 86_400_000
_MAX_DAY = 2_958_465
"""31 December 9999, counted from 1900."""
_LEAP_BUG_DAY = 60
_LEAP_BUG_DATE = b"1900-02-29"
_FRACTION = re.compile(rb"([0-9]{1,7})(\.[0-9]{1,30})")
_DAYS_TO_1904 = 1_462
_MINUTES = [b"%02d:%02d" % divmod(minute, 60) for minute in range(24 * 60)]
_SECONDS = [b":%02d" % second for second in range(60)]


class NumberStyle(Enum):
    """What a number format displays."""

    NUMBER = "number"
    DATE = "date"
    DATETIME = "datetime"
    TIME = "time"
    DURATION = "duration"


CellStyle = NumberStyle | PaddedStyle

_BUILT_IN = {
    **dict.fromkeys((*range(14, 18), *range(27, 32), 36, *range(50, 55), 57, 58), NumberStyle.DATE),
    **dict.fromkeys((*range(18, 22), *range(32, 36), 45, 47, 55, 56), NumberStyle.TIME),
    22: NumberStyle.DATETIME,
    46: NumberStyle.DURATION,
}
_NOT_LETTERS = re.compile(r'"[^"]*"?|[\\_*].|\[(?!(?:h+|m+|s+)\])[^\]]*\]|general|e[+-]|[ap]m?/pm?', re.IGNORECASE)
_DURATION = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)


def style_of(number: int, code: str | None) -> CellStyle:
    """What the number format with this id displays. `code` is its text, or None for a built-in format."""
    if code is None:
        return _BUILT_IN.get(number, NumberStyle.NUMBER)
    first = _first_section(code)
    shown = re.sub(r"[^a-z]", "", _NOT_LETTERS.sub("", first).lower()) if not _DURATION.search(first) else "[]"
    if shown == "[]":
        return NumberStyle.DURATION
    has_time = "h" in shown or "s" in shown or bool(re.search(r"am/pm|a/p", first, re.IGNORECASE))
    has_day = "y" in shown or "d" in shown or ("m" in shown and not has_time)
    if has_day:
        return NumberStyle.DATETIME if has_time else NumberStyle.DATE
    if has_time:
        return NumberStyle.TIME
    if set(shown) & set("eg") and not re.search("[0#?]", first):
        return NumberStyle.DATE
    return parse_padded_style(first) or NumberStyle.NUMBER


def temporal_cell(raw: bytes, style: NumberStyle, epoch_1904: bool) -> tuple[int, bytes]:
    """Kind and JSON of a number displayed as a date or time, rounded to milliseconds because it is a binary float.

    A number below the first day is a time of day. A number beyond the calendar stays a number. The 29 February 1900
    becomes text, with its time.
    """
    try:
        serial = float(raw)
        total = _count_milliseconds(raw, serial)
    except (ValueError, OverflowError):
        return number_cell(raw)
    if style is NumberStyle.DURATION:
        return (TIME, _format_duration(total)) if abs(serial) <= _MAX_DAY else number_cell(raw)
    days, milliseconds = divmod(total, DAY_MS)
    if days < 1 and not (epoch_1904 and style is not NumberStyle.TIME):
        return (TIME, _format_duration(total)) if serial >= 0 else number_cell(raw)
    if epoch_1904:
        days += _DAYS_TO_1904
    if not 1 <= days <= _MAX_DAY:
        return number_cell(raw)
    if days == _LEAP_BUG_DAY:
        time = b"T" + format_time(milliseconds) if milliseconds else b""
        return TEXT, b'"%b%b"' % (_LEAP_BUG_DATE, time)
    day = date(1899, 12, 31 if days < _LEAP_BUG_DAY else 30) + timedelta(days=days)
    if milliseconds == 0 and style is NumberStyle.DATE:
        return DATE, b'"%b"' % day.isoformat().encode()
    kind = DATETIME if milliseconds else MIDNIGHT
    return kind, b'"%bT%b"' % (day.isoformat().encode(), format_time(milliseconds))


def _count_milliseconds(raw: bytes, serial: float) -> int:
    """The time of day is converted apart from the days, as where the days are cached, so that it rounds the same."""
    if match := _FRACTION.fullmatch(raw):
        return int(match[1]) * DAY_MS + round(float(match[2]) * DAY_MS)
    return round(serial * DAY_MS)


def format_time(milliseconds: int) -> bytes:
    """A time of day as `hh:mm:ss`, with milliseconds `.sss` if it has a fraction of a second."""
    seconds, rest = divmod(milliseconds, 1000)
    text = _MINUTES[seconds // 60] + _SECONDS[seconds % 60]
    return text + b".%03d" % rest if rest else text


def _format_duration(milliseconds: int) -> bytes:
    sign = b"-" if milliseconds < 0 else b""
    days, rest = divmod(abs(milliseconds), DAY_MS)
    return b'"%b%02d%b"' % (sign, days * 24 + rest // 3_600_000, format_time(rest)[2:])


def _first_section(code: str) -> str:
    """A format's section for positive numbers: up to the first semicolon that is not quoted."""
    match = re.match(r'(?:"[^"]*"?|[\\_*].|[^;])*', code, re.DOTALL)
    return match[0] if match else code
