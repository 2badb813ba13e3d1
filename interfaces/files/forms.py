"""The ways a file may write a value, and which type each way deserves.

A column gets a form only if each of its values matches the form's pattern to the letter; that keeps typing
lossless: `007`, `+1` and `1e5` match nothing but text. Patterns are regular expressions both Python's `re`
and RE2 (DuckDB) understand; none but text may match a `|`. A new date format is one more line in `FORMS`.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.columns import MAX_DIGITS, ColumnType

IDENTIFIER_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Form:
    """A way of writing. `json` is the SQL that turns a matching value `{c}` into JSON text.

    `pattern` None accepts everything. `format` names the way where it is not canonical.
    """

    title: str
    type: ColumnType
    pattern: str | None
    json: str
    format: str | None = None

    def accepts(self, text: str) -> bool:
        """Whether `text`, which is not empty, is written this way."""
        if self.is_number and len(text) > MAX_DIGITS:
            return False
        return self.pattern is None or re.fullmatch(self.pattern, text, re.ASCII) is not None

    @property
    def is_number(self) -> bool:
        return self.type in (ColumnType.INTEGER, ColumnType.DECIMAL)


_YEAR = "(?:000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})"
_LEAP = "(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)"
_MONTH_DAY = (
    "(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    "|02-(?:0[1-9]|1[0-9]|2[0-8]))"
)
_DATE = f"(?:{_YEAR}-{_MONTH_DAY}|{_LEAP}-02-29)"
_MINUTES = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_SECONDS = r":[0-5][0-9](?:\.[0-9]{1,9})?"
_OFFSET = "(?:Z|[+-](?:0[0-9]|1[0-5]):[0-5][0-9])"
_TEXT = "to_json({c})::varchar"


def _datetime(separator: str, seconds: bool, offset: bool) -> Form:
    pattern = _DATE + separator + _MINUTES + (_SECONDS if seconds else "") + (_OFFSET if offset else "")
    canonical = separator == "T" and seconds
    written = f"YYYY-MM-DD{separator}hh:mm{':ss' if seconds else ''}{'±hh:mm' if offset else ''}"
    if canonical:
        json = "'\"' || {c} || '\"'"
    elif seconds:
        json = "'\"' || replace({c}, ' ', 'T') || '\"'"
    else:
        json = "'\"' || substr({c}, 1, 10) || 'T' || substr({c}, 12, 5) || ':00' || substr({c}, 17) || '\"'"
    return Form("a time", ColumnType.DATETIME, pattern, json, None if canonical else written)


def _boolean(true: str, false: str) -> Form:
    json, format = ("{c}", None) if true == "true" else ("lower({c})", f"{true}/{false}")
    return Form("true or false", ColumnType.BOOLEAN, f"{true}|{false}", json, format)


INTEGER = Form("an integer", ColumnType.INTEGER, "-?[1-9][0-9]*|0", "{c}")
DECIMAL = Form(
    "a number",
    ColumnType.DECIMAL,
    r"-?[1-9][0-9]*(?:\.[0-9]+)?|0(?:\.[0-9]+)?|-0\.[0-9]*[1-9][0-9]*",
    "{c}",
)
DATE = Form("a date", ColumnType.DATE, _DATE, "'\"' || {c} || '\"'")
TEXT = Form("text", ColumnType.STRING, None, _TEXT)
NOTHING = Form("nothing", ColumnType.STRING, "", _TEXT)
"""A column without any value yet: the first value shows what it is."""

FORMS = (
    _boolean("true", "false"),
    _boolean("True", "False"),
    _boolean("TRUE", "FALSE"),
    INTEGER,
    DECIMAL,
    DATE,
    *(_datetime(at, seconds, offset) for at in "T " for seconds in (True, False) for offset in (False, True)),
)
"""Every way but text, the narrower before the wider."""


def identifier(digits: int) -> Form:
    """Numbers all of one length, too long to be counted with: card, account and tweet numbers. Text."""
    return Form("an identifier", ColumnType.STRING, f"[1-9][0-9]{{{digits - 1}}}", _TEXT)


def matching(values: Iterable[str]) -> tuple[Form, ...]:
    """The forms that accept every one of `values` (none of them empty), narrower ones first."""
    left = FORMS
    for value in set(values):
        left = tuple(form for form in left if form.accepts(value))
        if not left:
            break
    return left


def settled(form: Form, values: Sequence[str]) -> Form:
    """`form` for `values` it accepts, unless they are identifiers."""
    if form is not INTEGER:
        return form
    return narrowed(form, min(map(len, values)), max(map(len, values)), any(v[0] == "-" for v in values))


def narrowed(form: Form, shortest: int, longest: int, negative: bool) -> Form:
    """`form` for integers of `shortest` to `longest` characters: identifiers if all are equally long."""
    if form is INTEGER and shortest == longest >= IDENTIFIER_DIGITS and not negative:
        return identifier(shortest)
    return form
