"""The words of a filter: text to tokens, each with its place. Knows spelling, knows no grammar."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from domain.filter_tree import refusal


class Kind(StrEnum):
    TEXT = "text"
    QUOTED = "quoted"
    DATETIME = "datetime"
    DATE = "date"
    NUMBER = "number"
    WORD = "word"
    MARK = "mark"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """`text` as it was written, quotes included; empty at the end. `at` counts from 1."""

    kind: Kind
    text: str
    at: int

    def content(self) -> str:
        """What stands between the quotes."""
        quote = self.text[0]
        return self.text[1:-1].replace(quote * 2, quote)


# In an address "+" means a space, so that an offset may come as " 02:00": read as one, to be refused kindly.
_TOKEN = re.compile(
    r"""
      (?P<text>'(?:[^']|'')*+')
    | (?P<quoted>"(?:[^"]|"")*+")
    | (?P<datetime>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]*(?:Z|[+\-\ ][0-9]{2}:[0-9]{2})?)
    | (?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})
    | (?P<number>[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)
    | (?P<word>\$?[^\W\d](?:\w|[^\x00-\x7f\s])*)
    | (?P<mark>[(),])
    """,
    re.VERBOSE,
)
_SPACE = re.compile(r"\s*")
_SYMBOL = re.compile(r"[=!<>&|]+|.", re.DOTALL)

_MEANT = {
    "=": "eq",
    "==": "eq",
    "!=": "ne",
    "<>": "ne",
    ">": "gt",
    ">=": "ge",
    "<": "lt",
    "<=": "le",
    "&&": "and",
    "||": "or",
    "!": "not",
}


def tokens(text: str) -> Iterator[Token]:
    """The tokens of `text`, the last of kind END. Raises BadRequest `filter-syntax` at what is none."""
    at = _after_space(text, 0)
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise _stray(text, at)
        yield Token(Kind(match.lastgroup), match.group(), at + 1)
        at = _after_space(text, match.end())
    yield Token(Kind.END, "", len(text) + 1)


def _after_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _stray(text: str, at: int) -> Exception:
    match = _SYMBOL.match(text, at)
    piece = match.group() if match else text[at]
    if piece in ("'", '"'):
        why = f"the closing {piece} is missing; one inside is written twice"
        return refusal("filter-syntax", text[at:], at + 1, why)
    hint = f"did you mean '{_MEANT[piece]}'?" if piece in _MEANT else "no filter has this character here"
    return refusal("filter-syntax", piece, at + 1, hint)
