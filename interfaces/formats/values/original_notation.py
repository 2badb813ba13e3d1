"""Format values as their source file wrote them: `31.01.2024` instead of 2024-01-31."""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import assert_never

from domain.columns import ColumnType
from interfaces.formats.values.dates.date_notation import SHORT_YEARS, format_month, parse_notation, token_kind
from interfaces.formats.values.numbers.number_notation import parse_number_notation, write_number


def format_original(column_type: ColumnType, format: str, canonical: str) -> str:
    """Write a canonical value in a column's `format`: in the decimal format `1.234,56`, 1234.50 is `1.234,50`.

    A value that the format cannot express, such as seconds in a format without seconds, stays canonical.
    """
    return _formatter(column_type, format)(canonical)


@lru_cache(256)
def _formatter(column_type: ColumnType, format: str) -> Callable[[str], str]:
    match column_type:
        case ColumnType.BOOLEAN:
            true, _, false = format.partition("/")
            return lambda canonical: {"true": true, "false": false}.get(canonical, canonical)
        case ColumnType.INTEGER | ColumnType.DECIMAL:
            notation = parse_number_notation(format)
            return _unchanged if notation is None else partial(write_number, notation)
        case ColumnType.DATE | ColumnType.DATETIME:
            return partial(_format_date, parse_notation(format))
        case ColumnType.STRING | ColumnType.JSON:
            return _unchanged
        case unexpected:
            assert_never(unexpected)


def _unchanged(canonical: str) -> str:
    return canonical


def _format_date(found: tuple[str, ...], canonical: str) -> str:
    kinds = {token_kind(token) for token in found}
    parts = _split_canonical(canonical)
    fits = (
        ("hour" in kinds) == ("hour" in parts)
        and ("offset" in kinds) == ("offset" in parts)
        and ("second" in kinds or parts.get("second", "00") == "00")
        and ("YY" not in found or SHORT_YEARS[0] <= int(parts["year"]) <= SHORT_YEARS[1])
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
