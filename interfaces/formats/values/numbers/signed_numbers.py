"""The formats of numbers with a plus sign, parentheses, a currency, a per cent sign, an exponent and the like.

Only a column that is declared as a number has them: as text, such values can be codes. A named format is exact, so
that it can be written back. A tolerant format reads numbers written in several ways; exports write them plainly.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from domain.columns import ColumnType
from interfaces.formats.values.form import ValueFormat
from interfaces.formats.values.numbers.number_forms import (
    DECIMAL,
    EXPONENT_PATTERN,
    INTEGER,
    NUMBER_FORMATS_BY_NAME,
    number_separators,
)
from interfaces.formats.values.numbers.number_notation import (
    CURRENCY,
    OTHER_SIGN,
    SPACES,
    NumberNotation,
    parse_number_notation,
)
from interfaces.formats.values.numbers.number_sql import canonical_number, canonical_number_sql

_SIGN = "[+\u2212-]"
_TEXT = re.compile(
    rf"(?P<open>\()?(?P<sign>{_SIGN})?(?P<before>{CURRENCY}[{SPACES}]?)?(?P<inner>{_SIGN})?(?P<inner_open>\()?"
    rf"(?P<core>[.,]?[0-9](?:[0-9.,'’{SPACES}]*[0-9.,])?)(?P<exponent>[eE][+-]?[0-9]+)?"
    rf"(?P<inner_close>\))?(?P<trail>-)?(?P<after>[{SPACES}]?(?:%|{CURRENCY}))?(?P<last>-)?(?P<close>\))?"
)


@dataclass(frozen=True, slots=True)
class SignedNumberFormat(ValueFormat):
    """A format of numbers with signs. `words` are those around the digits; `percent`: one is the per cent sign.

    `tolerant`: numbers are written in several ways, which exports do not restore.
    """

    point: str = "."
    words: tuple[str, ...] = ()
    percent: bool = False
    tolerant: bool = False

    def canonical(self, text: str) -> str:
        """The plain number of a text that this format accepts."""
        return canonical_number(text, self.point, self.words, percent=self.percent)


def signed_formats(
    column_type: ColumnType, text: str, plain: Iterable[ValueFormat]
) -> tuple[SignedNumberFormat, ...]:
    """The formats of a signed number that `text` has, the named ones first, with the separators of a plain format."""
    found = _TEXT.fullmatch(text)
    if found is None or not column_type_has(column_type, found["after"] or ""):
        return ()
    bases = dict.fromkeys(number_separators(form) for form in plain if form.type is column_type)
    before, after = found["before"] or "", found["after"] or ""
    named = [] if found["exponent"] else [_notation_like(found, *base) for base in bases]
    forms = [named_format(column_type, notation) for notation in named if not notation.is_plain]
    word = (before or after).strip(SPACES)
    if not (before and after):
        forms += [tolerant_format(column_type, *base, word) for base in bases]
    return tuple(form for form in forms if form.accepts(text))


def find_number_format(column_type: ColumnType, name: str) -> ValueFormat | None:
    """The format with this name, which can be any number written in it; None if the type has no such format."""
    notation = parse_number_notation(name)
    if notation is None or not column_type_has(column_type, notation.after):
        return None
    if column_type is ColumnType.DECIMAL and not notation.point:
        if notation.thousands in (",", "."):
            return None
        notation = replace(notation, point=".")
    if (notation.point != "") != (column_type is ColumnType.DECIMAL):
        return None
    if not notation.is_plain:
        return named_format(column_type, notation)
    canonical = DECIMAL if column_type is ColumnType.DECIMAL else INTEGER
    return (
        canonical
        if number_separators(canonical) == ("", notation.point) and not notation.thousands
        else (NUMBER_FORMATS_BY_NAME.get(notation.name))
    )


def is_tolerant(form: ValueFormat) -> bool:
    """Whether a format reads numbers that are written in several ways."""
    return isinstance(form, SignedNumberFormat) and form.tolerant


def tolerant_variant(form: ValueFormat) -> SignedNumberFormat:
    """The tolerant format with the same separators, currency and per cent sign as a number format.

    If the form has signs but no thousands separator, it is the comma or point that is not the decimal sign.
    """
    thousands, point = number_separators(form)
    if not isinstance(form, SignedNumberFormat):
        return tolerant_format(form.type, thousands, point, "")
    thousands = thousands or OTHER_SIGN.get(point, "")
    return tolerant_format(form.type, thousands, point, next(iter(form.words), ""))


def column_type_has(column_type: ColumnType, after: str) -> bool:
    """Whether a number of this type can have such a sign behind it: per cent are fractions, not integers."""
    return column_type is ColumnType.DECIMAL or not after.endswith("%")


@lru_cache(512)
def named_format(column_type: ColumnType, notation: NumberNotation) -> SignedNumberFormat:
    """The exact format of numbers in a notation."""
    above, zero = _magnitudes(notation)
    before, after = re.escape(notation.before), re.escape(notation.after)
    negative = {
        "(1)": rf"\({before}(?:{above}){after}\)",
        "1-": f"{before}(?:{above})-{after}",
        "$-1": f"{before}-(?:{above}){after}",
        "-1": f"-{before}(?:{above}){after}",
    }[notation.negative]
    plus = r"\+" if notation.plus else ""
    pattern = f"{plus}{before}(?:{above}){after}|{before}(?:{zero}){after}|{negative}"
    words = tuple(filter(None, (notation.before.strip(SPACES), notation.after.strip(SPACES))))
    return _build_format(column_type, pattern, notation.point, words, notation.name)


@lru_cache(512)
def tolerant_format(column_type: ColumnType, thousands: str, point: str, word: str) -> SignedNumberFormat:
    """The format of numbers with these separators and any signs; `word` is a currency or the per cent sign."""
    groups = f"[1-9][0-9]{{0,2}}(?:{re.escape(thousands)}[0-9]{{3}})+|" if thousands else ""
    core = f"(?:{groups}[1-9][0-9]*|0)"
    if point:
        mark = re.escape(point)
        core = f"(?:{core}(?:{mark}[0-9]*)?|{mark}[0-9]+|{EXPONENT_PATTERN.replace('[.]', mark)})"
    before, after = (
        (rf"(?:{re.escape(word)}[{SPACES}]?)?", rf"(?:[{SPACES}]?{re.escape(word)})?") if word else ("", "")
    )
    if word == "%":
        before, after = "", f"[{SPACES}]?%"
    pattern = "|".join((
        f"{_SIGN}?{before}{core}{after}",
        f"{before}{_SIGN}{core}{after}",
        f"{before}{core}-{after}",
        f"{before}{core}{after}-",
        rf"\({before}{core}{after}\)",
        rf"{before}\({core}\){after}",
    ))  # fmt: skip
    plain = NumberNotation(thousands, point)
    format = plain.name if plain.name in NUMBER_FORMATS_BY_NAME else None
    form = _build_format(column_type, pattern, point, (word,) if word else (), format)
    return replace(form, tolerant=True)


def _notation_like(found: "re.Match[str]", thousands: str, point: str) -> NumberNotation:
    """The notation of a text that has these separators."""
    core = found["core"]
    bare = ".5" if core[0] in ".," else "5." if core[-1] in ".," else ""
    style = "(1)" if found["open"] else "1-" if found["trail"] else "$-1" if found["inner"] else "-1"
    notation = NumberNotation(thousands, point, found["before"] or "", found["after"] or "", style)
    return replace(notation, plus=found["sign"] == "+", bare=bare if not thousands else "")


def _magnitudes(notation: NumberNotation) -> tuple[str, str]:
    """The patterns of numbers above zero, and of zero, without signs."""
    whole = "[1-9][0-9]*"
    if notation.thousands:
        whole = f"[1-9][0-9]{{0,2}}(?:{re.escape(notation.thousands)}[0-9]{{3}})*"
    if not notation.point:
        return whole, "0"
    mark = re.escape(notation.point)
    match notation.bare:
        case ".5":
            return f"{whole}(?:{mark}[0-9]+)?|{mark}[0-9]*[1-9][0-9]*", f"0|{mark}0+"
        case "5.":
            return f"{whole}{mark}[0-9]*|0{mark}[0-9]*[1-9][0-9]*", f"0{mark}0*"
        case _:
            return f"{whole}(?:{mark}[0-9]+)?|0{mark}[0-9]*[1-9][0-9]*", f"0(?:{mark}0+)?"


def _build_format(
    column_type: ColumnType, pattern: str, point: str, words: tuple[str, ...], name: str | None
) -> SignedNumberFormat:
    kind = "a number" if column_type is ColumnType.DECIMAL else "an integer"
    percent = "%" in words
    json = canonical_number_sql(point, words, percent=percent)
    title = f"{kind} like {name}" if name else kind
    return SignedNumberFormat(title, column_type, (pattern,), json, name, point=point, words=words, percent=percent)
