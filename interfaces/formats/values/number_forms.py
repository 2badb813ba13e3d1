"""The formats of numbers: with a decimal point or comma, with or without thousands separators.

The name of a format is an example: `1,234` (integers), `1.234,56`, `1,5`; the canonical `1234.5` has no name.
Groups have exactly three digits, and every number from 1000 on has separators: else it could not be written back.
"""

import re
from collections.abc import Mapping
from functools import cache

from domain.columns import ColumnType
from interfaces.formats.values.form import ValueFormat

_THOUSANDS_SEPARATORS = (",", ".", " ", "\u00a0", "\u202f", "'", "’")
_FORMAT_PATTERN = re.compile(r"1(?:(?P<thousands>[^0-9])234)?(?:(?P<point>[,.])56?5?)?")

INTEGER = ValueFormat("an integer", ColumnType.INTEGER, ("-?[1-9][0-9]*|0",), "{c}")
DECIMAL = ValueFormat(
    "a number",
    ColumnType.DECIMAL,
    (r"-?[1-9][0-9]*(?:\.[0-9]+)?|0(?:\.[0-9]+)?|-0\.[0-9]*[1-9][0-9]*",),
    "{c}",
)


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
    *(_integer_format(mark) for mark in _THOUSANDS_SEPARATORS),
    _decimal_format("", ","),
    *(_decimal_format(mark, point) for point in ".," for mark in _THOUSANDS_SEPARATORS if mark != point),
)
"""The narrower before the wider. A point is read as the decimal point unless the column's values contradict."""

NUMBER_FORMATS_BY_NAME: Mapping[str, ValueFormat] = {form.format: form for form in NUMBER_FORMATS if form.format}


def find_number_format(column_type: ColumnType, example: str) -> ValueFormat | None:
    """The format that has this name, or of which this is an example: `1.234,50`. None if it is none, or unclear."""
    named = NUMBER_FORMATS_BY_NAME.get(example)
    if named is not None:
        return named
    fitting = [form for form in NUMBER_FORMATS if form.type is column_type and form.accepts(example)]
    exact = [form for form in fitting if all(sign in example for sign in number_separators(form) if sign)]
    return exact[0] if len(exact) == 1 else None


@cache
def number_separators(form: ValueFormat) -> tuple[str, str]:
    """The thousands separator and the decimal sign of a format; each is empty if there is none."""
    if form.format is None:
        return "", "." if form.type is ColumnType.DECIMAL else ""
    match = _FORMAT_PATTERN.fullmatch(form.format)
    assert match is not None
    return match["thousands"] or "", match["point"] or ""


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
