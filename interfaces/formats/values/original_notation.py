"""Values as their file wrote them: what an export needs to give back `31.01.2024` for 2024-01-31."""

from collections.abc import Callable
from functools import lru_cache

from interfaces.formats.values import number_forms
from interfaces.formats.values.boolean_forms import SPELLINGS
from interfaces.formats.values.date_notation import kind, month_text, tokens

_PIVOT = (1969, 2068)
"""The years that two digits can stand for."""


def written(format: str, canonical: str) -> str:
    """The text that a column's `format` gives a value: `written("1.234,56", "1234.50")` is `1.234,50`.

    A value that the format cannot express, such as seconds where it has none, stays canonical.
    """
    return _writer(format)(canonical)


@lru_cache(256)
def _writer(format: str) -> Callable[[str], str]:
    if format in SPELLINGS:
        true, false = format.split("/")
        return lambda canonical: {"true": true, "false": false}.get(canonical, canonical)
    if format in number_forms.FORMATS:
        thousands, point = number_forms.marks(number_forms.FORMATS[format])
        return lambda canonical: _number(canonical, thousands, point)
    found = tokens(format)
    return lambda canonical: _date(found, canonical)


def _number(canonical: str, thousands: str, point: str) -> str:
    whole, dot, decimals = canonical.partition(".")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    if not digits.isdigit() or (dot and not (point and decimals.isdigit())):
        return canonical
    if thousands:
        first = len(digits) % 3
        groups = [digits[:first]] if first else []
        digits = thousands.join(groups + [digits[at : at + 3] for at in range(first, len(digits), 3)])
    return sign + digits + (point + decimals if dot else "")


def _date(found: tuple[str, ...], canonical: str) -> str:
    kinds = {kind(token) for token in found}
    parts = _parts(canonical)
    fits = (
        ("hour" in kinds) == ("hour" in parts)
        and ("offset" in kinds) == ("offset" in parts)
        and ("second" in kinds or parts.get("second", "00") == "00")
        and ("YY" not in found or _PIVOT[0] <= int(parts["year"]) <= _PIVOT[1])
        and ("±hh" not in found or parts["offset"] == "Z" or parts["offset"].endswith(":00"))
    )
    if not fits:
        return canonical
    if "half" in kinds:
        hour = int(parts["hour"])
        parts |= {"hour": str((hour + 11) % 12 + 1), "half": "PM" if hour >= 12 else "AM"}
    return "".join(_text(token, parts) for token in found)


def _parts(canonical: str) -> dict[str, str]:
    date, _, time = canonical.partition("T")
    parts = dict(zip(("year", "month", "day"), date.split("-"), strict=True))
    if time:
        at = next((at for at, mark in enumerate(time) if mark in "Z+-"), len(time))
        parts |= zip(("hour", "minute", "second"), time[:at].split(":"), strict=True)
        if time[at:]:
            parts["offset"] = time[at:]
    return parts


def _text(token: str, parts: dict[str, str]) -> str:
    """One token, written."""
    match kind(token):
        case None:
            return token
        case "year":
            return parts["year"][-len(token) :]
        case "month":
            return month_text(token, int(parts["month"]))
        case "day" | "hour" as part:
            return f"{int(parts[part]):0{len(token)}}"
        case "half":
            return parts["half"] if token == "AM" else parts["half"].lower()
        case "second":
            return parts["second"].replace(".", "," if token == "ss,f" else ".")
        case "offset":
            return _offset(token, parts["offset"])
        case other:
            return parts[other]


def _offset(token: str, offset: str) -> str:
    if offset == "Z" or token == "±hh:mm":
        return offset
    return offset[:3] + (offset[4:] if token == "±hhmm" else "")
