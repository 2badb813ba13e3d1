"""How a file writes numbers: separators, signs, and a currency or per cent sign around them.

The name of a notation is an example: `1,234` (integers), `1.234,56`, `1,5`, `+1.5`, `(1,234.56)`, `1,5-`, `€ 1,5`,
`1.5%`. Per cent are fractions: 5% is 0.05.
"""

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache

THOUSANDS_SEPARATORS = (",", ".", " ", "\u00a0", "\u202f", "'", "’")
SPACES = " \u00a0\u202f"
"""The spaces between groups of digits, and between a number and its currency."""

OTHER_SIGN = {",": ".", ".": ","}
"""Of comma and point, one is the decimal sign and the other may separate thousands."""

_SYMBOLS = "".join(sign for sign in map(chr, range(0x10000)) if unicodedata.category(sign) == "Sc")
_CODES = (
    *("AED", "ARS", "AUD", "BGN", "BRL", "CAD", "CHF", "CLP", "CNY", "COP", "CZK", "DKK", "EGP", "EUR", "GBP"),
    *("HKD", "HUF", "IDR", "ILS", "INR", "ISK", "JPY", "KES", "KRW", "KZT", "MAD", "MXN", "MYR", "NGN", "NOK"),
    *("NZD", "PEN", "PHP", "PKR", "PLN", "RON", "RSD", "RUB", "SAR", "SEK", "SGD", "THB", "TRY", "TWD", "UAH"),
    *("USD", "VND", "ZAR", "kr", "zł", "Kč", "Ft", "lei", "Fr", "RM", "Rp", "Rs"),
)
CURRENCY = f"(?:[A-Z]{{0,2}}[{re.escape(_SYMBOLS)}]|{'|'.join(_CODES)})"
"""A pattern of currency signs and codes: `$`, `R$`, `EUR`, `kr`."""

_NAME = re.compile(
    rf"(?P<open>\()?(?P<plus>\+)?(?P<before>{CURRENCY}[{SPACES}]?)?(?P<minus>-)?"
    rf"(?P<whole>[0-9]{{1,3}}(?:(?P<thousands>[{re.escape(''.join(THOUSANDS_SEPARATORS))}])[0-9]{{3}})+|[0-9]*)"
    rf"(?:(?P<point>[.,])(?P<fraction>[0-9]*))?"
    rf"(?P<after_minus>-)?(?P<after>[{SPACES}]?(?:%|{CURRENCY}))?(?P<close>\))?"
)


@dataclass(frozen=True, slots=True)
class NumberNotation:
    """A way of writing numbers. `point` is empty in a notation of integers.

    `before` and `after` are the currency or per cent sign with its blank. `negative` is an example of a negative
    number: `-1` (the sign is first), `$-1` (it is behind the currency), `1-` or `(1)`. `plus`: numbers above 0 have
    a plus sign. `bare` is `.5` where the zero before the point is left out, `5.` where integers have a point.
    """

    thousands: str = ""
    point: str = ""
    before: str = ""
    after: str = ""
    negative: str = "-1"
    plus: bool = False
    bare: str = ""

    @property
    def name(self) -> str:
        if self.bare:
            core = self.bare.replace("5", "1").replace(".", self.point) if self.bare == "5." else f"{self.point}5"
        else:
            core = f"1{self.thousands}234" if self.thousands else "1"
            core += self.point + ("56" if self.thousands else "5") if self.point else ""
        inner = self.before + ("-" if self.negative == "$-1" else "") + core
        inner += ("-" if self.negative == "1-" else "") + self.after
        return f"({inner})" if self.negative == "(1)" else ("+" if self.plus else "") + inner

    @property
    def is_plain(self) -> bool:
        """Whether numbers have nothing but separators and a leading minus sign."""
        return self == NumberNotation(self.thousands, self.point)

    @property
    def is_percent(self) -> bool:
        return self.after.endswith("%")


@lru_cache(256)
def parse_number_notation(name: str) -> NumberNotation | None:
    """The notation of an example number; None if it is not one. `1,234` and `1.234` are integers in groups."""
    found = _NAME.fullmatch(name)
    if found is None or bool(found["open"]) != bool(found["close"]) or not (found["whole"] or found["fraction"]):
        return None
    signs = [sign for sign in ("open", "plus", "minus", "after_minus") if found[sign]]
    thousands, point = found["thousands"] or "", found["point"] or ""
    is_contrary = (thousands and thousands == point) or (found["before"] and found["after"]) or len(signs) > 1
    bare = ".5" if not found["whole"] else "5." if point and not found["fraction"] else ""
    if is_contrary or (bare and thousands):
        return None
    negative = "(1)" if found["open"] else "1-" if found["after_minus"] else "-1"
    if found["minus"] and found["before"]:
        negative = "$-1"
    notation = NumberNotation(thousands, point, found["before"] or "", found["after"] or "", negative)
    return replace(notation, plus=bool(found["plus"]), bare=bare)


def write_number(notation: NumberNotation, canonical: str) -> str:
    """Write a canonical number in a notation; what the notation cannot express stays canonical."""
    sign, digits = ("-", canonical[1:]) if canonical.startswith("-") else ("", canonical)
    if notation.is_percent:
        digits = shift_point(digits, 2)
    whole, dot, fraction = digits.partition(".")
    if not whole.isdigit() or (dot and not (notation.point and fraction.isdigit())):
        return canonical
    if notation.thousands:
        first = len(whole) % 3
        groups = [whole[:first]] if first else []
        whole = notation.thousands.join(groups + [whole[at : at + 3] for at in range(first, len(whole), 3)])
    if notation.bare == ".5" and dot and whole == "0":
        whole = ""
    core = whole + (notation.point + fraction if dot or notation.bare == "5." else "")
    text = f"{notation.before}{core}{notation.after}"
    if not sign:
        return f"+{text}" if notation.plus and digits.strip("0.") else text
    match notation.negative:
        case "(1)":
            return f"({text})"
        case "1-":
            return f"{notation.before}{core}-{notation.after}"
        case "$-1":
            return f"{notation.before}-{core}{notation.after}"
        case _:
            return f"-{text}"


def shift_point(digits: str, places: int) -> str:
    """Multiply a number without a sign by a power of ten, as text: every digit stays."""
    whole, _, fraction = digits.partition(".")
    joined, point = whole + fraction, len(whole) + places
    if point <= 0:
        return "0." + "0" * -point + joined
    whole = (joined + "0" * (point - len(joined)))[:point].lstrip("0") or "0"
    return whole + ("." + joined[point:] if point < len(joined) else "")
