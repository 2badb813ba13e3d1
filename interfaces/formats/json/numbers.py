"""Writes JSON numbers the way PostgreSQL's `numeric` prints them, so that a stored number reads back unchanged.

No number passes through a float: `1.5e3` is 1500, `-0` is 0, `1.10` keeps its zero.
"""

from decimal import Decimal

from domain.columns import MAX_DIGITS

MAX_EXPONENT = 308


def normalize_number(token: bytes) -> bytes | None:
    """The JSON number without an exponent; None if its exponent exceeds MAX_EXPONENT or it has too many digits."""
    if len(token) > MAX_DIGITS + 8:
        return None
    mantissa, _, exponent = token.replace(b"E", b"e").partition(b"e")
    if exponent and abs(int(exponent)) > MAX_EXPONENT:
        return None
    number = Decimal(token.decode())
    if number.is_zero():
        number = number.copy_abs()
    text = format(number, "f") if exponent or number.is_zero() else mantissa.decode()
    return None if sum(map(str.isdigit, text)) > MAX_DIGITS else text.encode()
