"""The ways of writing numbers: with a decimal point or comma, with or without thousands signs.

A format is written as the example it looks like: `1,234` (whole numbers), `1.234,56`, `1,5`; none for `1234.5`.
Thousands are groups of exactly three, and each number from 1000 on has them: else it could not be written back.
"""

import re
from collections.abc import Mapping
from functools import cache

from domain.columns import ColumnType
from interfaces.formats.values.form import Form

_MARKS = (",", ".", " ", "\u00a0", "\u202f", "'", "’")
_FORMAT = re.compile(r"1(?:(?P<thousands>[^0-9])234)?(?:(?P<point>[,.])56?5?)?")

INTEGER = Form("an integer", ColumnType.INTEGER, ("-?[1-9][0-9]*|0",), "{c}")
DECIMAL = Form(
    "a number",
    ColumnType.DECIMAL,
    (r"-?[1-9][0-9]*(?:\.[0-9]+)?|0(?:\.[0-9]+)?|-0\.[0-9]*[1-9][0-9]*",),
    "{c}",
)


def _whole(thousands: str) -> Form:
    mark, format = re.escape(thousands), f"1{thousands}234"
    pattern = f"-?[1-9][0-9]{{0,2}}(?:{mark}[0-9]{{3}})*|0"
    return Form(f"an integer like {format}", ColumnType.INTEGER, (pattern,), _without(thousands), format)


def _decimal(thousands: str, point: str) -> Form:
    mark = re.escape(point)
    whole = f"[1-9][0-9]{{0,2}}(?:{re.escape(thousands)}[0-9]{{3}})*" if thousands else "[1-9][0-9]*"
    pattern = f"-?{whole}(?:{mark}[0-9]+)?|0(?:{mark}[0-9]+)?|-0{mark}[0-9]*[1-9][0-9]*"
    json = _without(thousands) if thousands else "{c}"
    json = json if point == "." else f"replace({json}, ',', '.')"
    format = f"1{thousands}234{point}56" if thousands else f"1{point}5"
    return Form(f"a number like {format}", ColumnType.DECIMAL, (pattern,), json, format)


def _without(thousands: str) -> str:
    return "replace({c}, '" + thousands.replace("'", "''") + "', '')"


NUMBERS = (
    INTEGER,
    DECIMAL,
    *(_whole(mark) for mark in _MARKS),
    _decimal("", ","),
    *(_decimal(mark, point) for point in ".," for mark in _MARKS if mark != point),
)
"""The narrower before the wider; a point is a decimal point unless the column shows otherwise."""

FORMATS: Mapping[str, Form] = {form.format: form for form in NUMBERS if form.format}


@cache
def marks(form: Form) -> tuple[str, str]:
    """What stands between thousands and what before decimals; empty where there is none."""
    if form.format is None:
        return "", "." if form.type is ColumnType.DECIMAL else ""
    match = _FORMAT.fullmatch(form.format)
    assert match is not None
    return match["thousands"] or "", match["point"] or ""


def with_point(point: str) -> tuple[Form, ...]:
    """The forms that are left once it was said what stands before decimals."""
    return tuple(form for form in NUMBERS if marks(form)[1] in ("", point) and marks(form)[0] != point)


def clash(one: Form, other: Form) -> bool:
    """Whether the mark that parts thousands in one form stands before decimals in the other."""
    (thousands, point), (others, other_point) = marks(one), marks(other)
    return (thousands != "" and thousands == other_point) or (point != "" and point == others)
