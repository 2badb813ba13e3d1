"""The formats of numbers: with a decimal point or comma, with or without thousands separators.

The name of a format is an example: `1,234` (integers), `1.234,56`, `1,5`; the canonical `1234.5` has no name.
Groups have exactly three digits, and every number from 1000 on has separators: else it could not be written back.
"""

import re
from collections.abc import Mapping
from functools import cache

from domain.columns import ColumnType
from interfaces.formats.values.form import ValueFormat
from interfaces.formats.values.numbers.number_notation import OTHER_SIGN, THOUSANDS_SEPARATORS, parse_number_notation
from interfaces.formats.values.numbers.number_sql import canonical_number_sql

EXPONENT_PATTERN = (
    "(?:(?:[1-9][0-9]{0,39}|0)(?:[.][0-9]{0,40})?|[.][0-9]{1,40})[eE][+-]?0*(?:[0-9]{1,2}|[12][0-9]{2}|30[0-8])"
)
"""Numbers with an exponent. The greatest has as many digits as the greatest double."""

INTEGER = ValueFormat("an integer", ColumnType.INTEGER, ("-?[1-9][0-9]*|0",), "{c}")
DECIMAL = ValueFormat(
    "a number",
    ColumnType.DECIMAL,
    (r"-?[1-9][0-9]*(?:\.[0-9]+)?|0(?:\.[0-9]+)?|-0\.[0-9]*[1-9][0-9]*",),
    "{c}",
)

SCIENTIFIC = ValueFormat(
    "a number",
    ColumnType.DECIMAL,
    (f"{DECIMAL.patterns[0]}|-?{EXPONENT_PATTERN}",),
    "if(regexp_matches({c}, '[eE]'), " + canonical_number_sql(".", ()) + ", {c})",
)
"""Plain numbers and numbers with an exponent. Exports write them without the exponent."""

EXPONENT_CODES = ValueFormat("a code", ColumnType.STRING, ("-?[0-9]+|[0-9]+[eE][0-9]+",), "{c}")
"""What could be codes: a column of nothing but these has no numbers with an exponent."""


def _integer_format(thousands: str) -> ValueFormat:
    mark, format = re.escape(thousands), f"1{thousands}234"
    pattern = f"-?[1-9][0-9]{{0,2}}(?:{mark}[0-9]{{3}})*|0"
    return ValueFormat(
        f"an integer like {format}", ColumnType.INTEGER, (pattern,), _remove_separator_sql(thousands), format
    )


def _decimal_format(thousands: str, point: str) -> ValueFormat:
    mark = re.escape(point)
    whole = f"[1-9][0-9]{{0,2}}(?:{re.escape(thousands)}[0-9]{{3}})*" if thousands else "[1-9][0-9]*"
    pattern = f"-?{whole}(?:{mark}[0-9]+)?|0(?:{mark}[0-9]+)?|-0{mark}[0-9]*[1-9][0-9]*"
    json = _remove_separator_sql(thousands) if thousands else "{c}"
    json = json if point == "." else f"replace({json}, ',', '.')"
    format = f"1{thousands}234{point}56" if thousands else f"1{point}5"
    return ValueFormat(f"a number like {format}", ColumnType.DECIMAL, (pattern,), json, format)


def _remove_separator_sql(thousands: str) -> str:
    return "replace({c}, '" + thousands.replace("'", "''") + "', '')"


NUMBER_FORMATS = (
    INTEGER,
    DECIMAL,
    SCIENTIFIC,
    *(_integer_format(mark) for mark in THOUSANDS_SEPARATORS),
    _decimal_format("", ","),
    *(_decimal_format(mark, point) for point in ".," for mark in THOUSANDS_SEPARATORS if mark != point),
)
"""The narrower before the wider. A point is read as the decimal point unless the column's values contradict."""

NUMBER_FORMATS_BY_NAME: Mapping[str, ValueFormat] = {form.format: form for form in NUMBER_FORMATS if form.format}


@cache
def number_separators(form: ValueFormat) -> tuple[str, str]:
    """The thousands separator and the decimal sign of a format; each is empty if there is none."""
    if form.format is None:
        return "", "." if form.type is ColumnType.DECIMAL else ""
    notation = parse_number_notation(form.format)
    assert notation is not None
    return notation.thousands, notation.point


@cache
def decimal_sign(form: ValueFormat) -> str:
    """The decimal sign of a format: its own, or the one that its thousands separator leaves; empty if it has none."""
    thousands, point = number_separators(form)
    return point or OTHER_SIGN.get(thousands, "")


def has_no_other_groups(form: ValueFormat, other: ValueFormat) -> bool:
    """Whether a format has no thousands separator, or that of the other."""
    return number_separators(form)[0] in ("", number_separators(other)[0])


def formats_with_decimal_sign(point: str) -> tuple[ValueFormat, ...]:
    """The number formats in which `point` is the decimal sign, or which have none and no separator `point`."""
    return tuple(
        form
        for form in NUMBER_FORMATS
        if number_separators(form)[1] in ("", point) and number_separators(form)[0] != point
    )


def separators_clash(one: ValueFormat, other: ValueFormat) -> bool:
    """Whether the thousands separator of one format is the decimal sign of the other."""
    (thousands, point), (others, other_point) = number_separators(one), number_separators(other)
    return (thousands != "" and thousands == other_point) or (point != "" and point == others)
