"""The constants in a filter, exact: a number keeps every digit, a date must be a real day."""

import re
from collections.abc import Mapping
from decimal import Decimal

from domain.columns import MAX_DIGITS, ColumnType, is_date, is_datetime, why_refused
from domain.query.filter.tokens import Kind, Token
from domain.query.filter.tree import Literal, refusal

CONSTANTS: Mapping[str, bool | None] = {"null": None, "true": True, "false": False}

_WITHOUT_SECONDS = re.compile(r"(.{10}T\d\d:\d\d)(?=Z|[+-]|\Z)", re.ASCII)


def literal(token: Token) -> Literal:
    """The value that `token` writes. Raises BadRequest where it writes none."""
    match token.kind:
        case Kind.NUMBER:
            whole = token.text.lstrip("+-").isdigit()
            kind = ColumnType.INTEGER if whole else ColumnType.DECIMAL
            return Literal(_number(token), kind, token.text, token.at)
        case Kind.TEXT:
            text = token.content()
            _accept(token, why_refused(ColumnType.STRING, text))
            return Literal(text, ColumnType.STRING, token.text, token.at)
        case Kind.DATE:
            _accept(token, None if is_date(token.text) else "there is no such day")
            return Literal(token.text, ColumnType.DATE, token.text, token.at)
        case Kind.DATETIME:
            time = _WITHOUT_SECONDS.sub(r"\1:00", token.text)
            _accept(token, None if is_datetime(time) else _why_no_datetime(token.text))
            return Literal(time, ColumnType.DATETIME, token.text, token.at)
        case Kind.TYPED:
            raise refusal("filter-syntax", token.text, token.at, _why_no_type(token))
    if token.keyword not in CONSTANTS:
        example = "expected a value like 5, 'text', 2024-01-31, true or null"
        raise refusal("filter-syntax", token.text, token.at, example)
    value = CONSTANTS[token.keyword]
    return Literal(value, None if value is None else ColumnType.BOOLEAN, token.text, token.at)


def _number(token: Token) -> Decimal:
    mantissa, _, exponent = token.text.lower().partition("e")
    digits, power = mantissa.lstrip("+-").replace(".", ""), exponent.lstrip("+-0")
    if len(digits) > MAX_DIGITS or len(power) > 4 or int(power or 0) > MAX_DIGITS:
        why = f"a number may have {MAX_DIGITS} digits and an exponent up to {MAX_DIGITS}"
        raise refusal("filter-limit", token.text, token.at, why)
    return Decimal(token.text)


def _why_no_datetime(text: str) -> str:
    if " " in text:
        return "expected a time like 2024-01-31T10:00:00+02:00; in an address the '+' is written %2B"
    return "expected a time like 2024-01-31T10:00:00Z"


def _why_no_type(token: Token) -> str:
    kind = token.prefix
    if kind in ("date", "datetime", "datetimeoffset"):
        return "dates and times stand without a type and quotes: 2024-01-31, 2024-01-31T10:00:00Z"
    return f"no column holds values of a type {kind!r}"


def _accept(token: Token, why: str | None) -> None:
    if why:
        raise refusal("filter-syntax", token.text, token.at, why)
