"""Parses the constants in a filter exactly: a number keeps every digit, a date must exist."""

import re
from collections.abc import Mapping
from decimal import Decimal

from domain.columns import MAX_DIGITS, ColumnType, describe_type_error, is_date, is_datetime
from domain.query.filter.tokens import Token, TokenKind
from domain.query.filter.tree import Literal, filter_error

CONSTANTS: Mapping[str, bool | None] = {"null": None, "true": True, "false": False}

_WITHOUT_SECONDS = re.compile(r"(.{10}T\d\d:\d\d)(?=Z|[+-]|\Z)", re.ASCII)


def parse_literal(token: Token) -> Literal:
    """The value of `token`. Raises BadRequest if it is not a value."""
    match token.kind:
        case TokenKind.NUMBER:
            is_integer = token.text.lstrip("+-").isdigit()
            column_type = ColumnType.INTEGER if is_integer else ColumnType.DECIMAL
            return Literal(_parse_number(token), column_type, token.text, token.at)
        case TokenKind.TEXT:
            text = token.content()
            _require_valid(token, describe_type_error(ColumnType.STRING, text))
            return Literal(text, ColumnType.STRING, token.text, token.at)
        case TokenKind.DATE:
            _require_valid(token, None if is_date(token.text) else "this day does not exist")
            return Literal(token.text, ColumnType.DATE, token.text, token.at)
        case TokenKind.DATETIME:
            time = _WITHOUT_SECONDS.sub(r"\1:00", token.text)
            _require_valid(token, None if is_datetime(time) else _describe_datetime_error(token.text))
            return Literal(time, ColumnType.DATETIME, token.text, token.at)
        case TokenKind.TYPED:
            raise filter_error("filter-syntax", token.text, token.at, _describe_typed_error(token))
    if token.keyword not in CONSTANTS:
        example = "expected a value like 5, 'text', 2024-01-31, true or null"
        raise filter_error("filter-syntax", token.text, token.at, example)
    value = CONSTANTS[token.keyword]
    return Literal(value, None if value is None else ColumnType.BOOLEAN, token.text, token.at)


def _parse_number(token: Token) -> Decimal:
    mantissa, _, exponent = token.text.lower().partition("e")
    digits, power = mantissa.lstrip("+-").replace(".", ""), exponent.lstrip("+-0")
    if len(digits) > MAX_DIGITS or len(power) > 4 or int(power or 0) > MAX_DIGITS:
        why = f"a number can have {MAX_DIGITS} digits and an exponent up to {MAX_DIGITS}"
        raise filter_error("filter-limit", token.text, token.at, why)
    return Decimal(token.text)


def _describe_datetime_error(text: str) -> str:
    if " " in text:
        return "expected a time like 2024-01-31T10:00:00+02:00; in a URL the '+' is written %2B"
    return "expected a time like 2024-01-31T10:00:00Z"


def _describe_typed_error(token: Token) -> str:
    type_name = token.prefix
    if type_name in ("date", "datetime", "datetimeoffset"):
        return "write dates and times without a type and quotes: 2024-01-31, 2024-01-31T10:00:00Z"
    return f"no column has values of type {type_name!r}"


def _require_valid(token: Token, why: str | None) -> None:
    if why:
        raise filter_error("filter-syntax", token.text, token.at, why)
