"""Splits the text of a filter into tokens with their positions. It knows the spelling of tokens, not the grammar."""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from domain.query.filter.functions import describe_unsupported
from domain.query.filter.tree import filter_error


class TokenKind(StrEnum):
    """The kinds of tokens; the values are the names of the groups in the pattern."""

    TEXT = "text"
    QUOTED = "quoted"
    TYPED = "typed"
    DATETIME = "datetime"
    DATE = "date"
    NUMBER = "number"
    WORD = "word"
    MARK = "mark"
    END = "end"


class Token(NamedTuple):
    """`text` is as written, including quotes, and empty at the end of the filter. `at` is the position, from 1."""

    kind: TokenKind
    text: str
    at: int

    @property
    def keyword(self) -> str:
        """The text in lower case if it can be an operator, a function or a constant."""
        return self.text.lower() if self.kind is TokenKind.WORD else self.text

    def content(self) -> str:
        """The text between the quotes."""
        quote = self.text[-1]
        return self.text[self.text.index(quote) + 1 : -1].replace(quote * 2, quote)

    @property
    def prefix(self) -> str:
        """The type before the quotes of a typed value, in lower case: `duration`."""
        return self.text.partition("'")[0].lower()


# In a URL "+" means a space, so an offset can arrive as " 02:00": read it as an offset, for a helpful error.
_TOKEN = re.compile(
    r"""
    \s*+
    (?:
      (?P<text>'(?:[^']|'')*+')
    | (?P<quoted>"(?:[^"]|"")*+")
    | (?P<typed>[A-Za-z][A-Za-z.]*+'(?:[^']|'')*+')
    | (?P<datetime>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]*(?:Z|[+\-\ ][0-9]{2}:[0-9]{2})?)
    | (?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})
    | (?P<number>[+-]?+[0-9]++(?:\.[0-9]++)?+(?:[eE][+-]?+[0-9]++)?+(?!\w))
    | (?P<word>[Gg][Ee][Oo]\.[A-Za-z]+(?=\s*\() | \$?[^\W\d](?:\w|[^\x00-\x7f\s])*)
    | (?P<mark>[(),\-])
    | (?P<end>\Z)
    )
    """,
    re.VERBOSE,
)
_TOKEN_KINDS = {kind.value: kind for kind in TokenKind}
_SYMBOL = re.compile(r"[=!<>&|]+|.", re.DOTALL)
_LAMBDA = re.compile(r"/\s*(any|all)\s*\(", re.IGNORECASE)

_SUGGESTIONS = {
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
    "+": "add",
    "*": "mul",
    "/": "divby",
    "%": "mod",
}


def tokenize(text: str) -> Iterator[Token]:
    """The tokens of `text`, the last of kind END. Raises BadRequest `filter-syntax` at characters of no token."""
    at, kind = 0, TokenKind.MARK
    while kind is not TokenKind.END:
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise _unexpected_text_error(text, len(text) - len(text[at:].lstrip()))
        kind = _TOKEN_KINDS[match.lastgroup]
        yield Token(kind, match[match.lastgroup], match.start(match.lastgroup) + 1)
        at = match.end()


def _unexpected_text_error(text: str, at: int) -> Exception:
    if (of_collection := _LAMBDA.match(text, at)) is not None:
        name, place = of_collection[1], of_collection.start(1) + 1
        return filter_error("function-not-offered", name, place, describe_unsupported(name))
    match = _SYMBOL.match(text, at)
    piece = match.group() if match else text[at]
    if piece in ("'", '"'):
        why = f"the closing {piece} is missing; one inside is written twice"
        return filter_error("filter-syntax", text[at:], at + 1, why)
    if piece in ("[", "{"):
        why = "arrays and objects are not supported; write a list like ('a', 'b')"
        return filter_error("filter-syntax", piece, at + 1, why)
    if piece.isdigit():
        why = "write a name that begins with a digit in double quotes; a number has no letters"
        return filter_error("filter-syntax", piece, at + 1, why)
    hint = (
        f"did you mean '{_SUGGESTIONS[piece]}'?"
        if piece in _SUGGESTIONS
        else "a filter cannot have this character here"
    )
    return filter_error("filter-syntax", piece, at + 1, hint)
