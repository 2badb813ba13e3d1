"""JSON that keeps every digit: numbers are `int` or `Decimal`, never a float, in both directions."""

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from json.encoder import encode_basestring
from typing import Any

from domain.columns import MAX_DIGITS

_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d{1,4})?", re.ASCII)


def loads(text: str | bytes) -> Any:
    """The JSON value in `text`. Raises ValueError for anything RFC 8259 does not allow, for repeated names
    in an object, and for nesting or numbers beyond the limits."""
    try:
        return json.loads(
            text,
            parse_float=_parse_number,
            parse_int=_parse_integer,
            parse_constant=_reject_constant,
            object_pairs_hook=_build_object,
        )
    except RecursionError:
        raise ValueError("nested too deeply") from None


def read_number(text: str) -> int | Decimal | None:
    """The number that `text` is in JSON, with all its digits; None if it is none, or beyond the limits."""
    if not _NUMBER.fullmatch(text):
        return None
    try:
        number: int | Decimal = loads(text)
    except ValueError:
        return None
    return number


def dumps(value: object) -> str:
    """JSON text of null, booleans, strings, exact numbers, sequences and mappings of them."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return encode_basestring(value)
        case int():
            return str(value)
        case Decimal():
            return format(value.copy_abs() if value.is_zero() else value, "f")
        case Mapping():
            return "{" + ",".join(f"{dumps(name)}:{dumps(item)}" for name, item in value.items()) + "}"
        case Sequence():
            return "[" + ",".join([dumps(item) for item in value]) + "]"
        case _:
            raise TypeError(f"not a JSON value: {type(value).__name__}")


def _parse_number(text: str) -> int | Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"the number {text[:30]} is out of range") from None
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and 0 <= exponent <= MAX_DIGITS:
        return int(number)
    return number.copy_abs() if number.is_zero() else number


def _parse_integer(text: str) -> int:
    if len(text) > 4 * MAX_DIGITS:
        raise ValueError(f"an integer of {len(text)} digits is out of range")
    return int(text)


def _reject_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


def _build_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(pairs)
    if len(named) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name {twice!r} is repeated in one object")
    return named
