"""The constants in a filter, exact: a number keeps every digit, a date must be a real day."""

import re
from collections.abc import Mapping
from decimal import Decimal

from domain.columns import MAX_DIGITS, ColumnType, is_date, is_datetime, why_refused
from domain.filter_tokens import Kind, Token
from domain.filter_tree import Literal, refusal

CONSTANTS: Mapping[str, bool | None] = {"null": None, "true": True, "false": False}


def literal(token: Token) -> Literal:
    """The value that `token` writes. Raises BadRequest where it writes none."""
    match token.kind:
        case Kind.TEXT:
            text = token.content()
            _accept(token, why_refused(ColumnType.STRING, text))
            return Literal(text, ColumnType.STRING, token.text, token.at)
        case Kind.NUMBER:
            return Literal(_number(token), ColumnType.DECIMAL, token.text, token.at)
        case Kind.DATE:
            _accept(token, None if is_date(token.text) else "there is no such day")
            return Literal(token.text, ColumnType.DATE, token.text, token.at)
        case Kind.DATETIME:
            _accept(token, None if is_datetime(token.text) else _why_no_datetime(token.text))
            return Literal(token.text, ColumnType.DATETIME, token.text, token.at)
    if token.text not in CONSTANTS:
        example = "expected a value like 5, 'text', 2024-01-31, true or null"
        raise refusal("filter-syntax", token.text, token.at, example)
    value = CONSTANTS[token.text]
    return Literal(value, None if value is None else ColumnType.BOOLEAN, token.text, token.at)


def _number(token: Token) -> Decimal:
    mantissa, _, exponent = token.text.lower().partition("e")
    digits, power = re.sub(r"\D", "", mantissa), exponent.lstrip("+-0")
    if len(digits) > MAX_DIGITS or len(power) > 4 or int(power or 0) > MAX_DIGITS:
        why = f"a number may have {MAX_DIGITS} digits and an exponent up to {MAX_DIGITS}"
        raise refusal("filter-limit", token.text, token.at, why)
    return Decimal(token.text)


def _why_no_datetime(text: str) -> str:
    if " " in text:
        return "expected a time like 2024-01-31T10:00:00+02:00; in an address the '+' is written %2B"
    return "expected a time like 2024-01-31T10:00:00Z"


def _accept(token: Token, why: str | None) -> None:
    if why:
        raise refusal("filter-syntax", token.text, token.at, why)
