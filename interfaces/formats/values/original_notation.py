"""Format values as their source file wrote them: `31.01.2024` instead of 2024-01-31."""

from collections.abc import Callable
from functools import lru_cache

from interfaces.formats.values import number_forms
from interfaces.formats.values.boolean_forms import BOOLEAN_FORMATS_BY_NAME
from interfaces.formats.values.date_notation import format_month, parse_notation, token_kind

_TWO_DIGIT_YEARS = (1969, 2068)
"""The first and the last year that two digits can represent, as in POSIX strptime."""


def format_original(format: str, canonical: str) -> str:
    """Write a canonical value in a column's `format`: `format_original("1.234,56", "1234.50")` is `1.234,50`.

    A value that the format cannot express, such as seconds in a format without seconds, stays canonical.
    """
    return _formatter(format)(canonical)


@lru_cache(256)
def _formatter(format: str) -> Callable[[str], str]:
    if format in BOOLEAN_FORMATS_BY_NAME:
        true, false = format.split("/")
        return lambda canonical: {"true": true, "false": false}.get(canonical, canonical)
    if format in number_forms.NUMBER_FORMATS_BY_NAME:
        thousands, point = number_forms.number_separators(number_forms.NUMBER_FORMATS_BY_NAME[format])
        return lambda canonical: _format_number(canonical, thousands, point)
    found = parse_notation(format)
    return lambda canonical: _format_date(found, canonical)


def _format_number(canonical: str, thousands: str, point: str) -> str:
    whole, dot, decimals = canonical.partition(".")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    if not digits.isdigit() or (dot and not (point and decimals.isdigit())):
        return canonical
    if thousands:
        first = len(digits) % 3
        groups = [digits[:first]] if first else []
        digits = thousands.join(groups + [digits[at : at + 3] for at in range(first, len(digits), 3)])
    return sign + digits + (point + decimals if dot else "")


def _format_date(found: tuple[str, ...], canonical: str) -> str:
    kinds = {token_kind(token) for token in found}
    parts = _split_canonical(canonical)
    fits = (
        ("hour" in kinds) == ("hour" in parts)
        and ("offset" in kinds) == ("offset" in parts)
        and ("second" in kinds or parts.get("second", "00") == "00")
        and ("YY" not in found or _TWO_DIGIT_YEARS[0] <= int(parts["year"]) <= _TWO_DIGIT_YEARS[1])
        and ("±hh" not in found or parts["offset"] == "Z" or parts["offset"].endswith(":00"))
    )
    if not fits:
        return canonical
    if "half" in kinds:
        hour = int(parts["hour"])
        parts |= {"hour": str((hour + 11) % 12 + 1), "half": "PM" if hour >= 12 else "AM"}
    return "".join(_format_token(token, parts) for token in found)


def _split_canonical(canonical: str) -> dict[str, str]:
    date, _, time = canonical.partition("T")
    parts = dict(zip(("year", "month", "day"), date.split("-"), strict=True))
    if time:
        at = next((at for at, mark in enumerate(time) if mark in "Z+-"), len(time))
        parts |= zip(("hour", "minute", "second"), time[:at].split(":"), strict=True)
        if time[at:]:
            parts["offset"] = time[at:]
    return parts


def _format_token(token: str, parts: dict[str, str]) -> str:
    """Write the part of a value that one token represents."""
    match token_kind(token):
        case None:
            return token
        case "year":
            return parts["year"][-len(token) :]
        case "month":
            return format_month(token, int(parts["month"]))
        case "day" | "hour" as part:
            return f"{int(parts[part]):0{len(token)}}"
        case "half":
            return parts["half"] if token == "AM" else parts["half"].lower()
        case "second":
            return parts["second"].replace(".", "," if token == "ss,f" else ".")
        case "offset":
            return _format_offset(token, parts["offset"])
        case other:
            return parts[other]


def _format_offset(token: str, offset: str) -> str:
    if offset == "Z" or token == "±hh:mm":
        return offset
    return offset[:3] + (offset[4:] if token == "±hhmm" else "")
