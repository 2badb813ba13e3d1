"""Where the parser of a filter stands in its tokens, and the limits it keeps."""

from collections.abc import Iterator
from dataclasses import dataclass

from domain.errors import BadRequest
from domain.query.filter.tokens import Token, TokenKind
from domain.query.filter.tree import filter_error


@dataclass(frozen=True, slots=True)
class FilterLimits:
    """Characters of the text, levels of nesting, terms joined by `and` and `or`, and choices in lists of `in`."""

    length: int = 8192
    depth: int = 50
    terms: int = 500
    choices: int = 1000


MAX_CONCATS = 20
"""Calls of `concat` in a filter: each may make a text as long as two cells."""


@dataclass(slots=True)
class TokenCursor:
    """`next` comes before the `rest`; `depth` is how many levels lie open around it, `height` how many the last
    term has."""

    rest: Iterator[Token]
    limits: FilterLimits
    next: Token
    depth: int = 0
    height: int = 0
    terms: int = 1
    choices: int = 0
    concats: int = 0

    def take(self) -> Token:
        """The next token, passing it; the end is never passed."""
        token = self.next
        if token.kind is not TokenKind.END:
            self.next = next(self.rest)
        return token

    def expect(self, mark: str, why: str) -> None:
        if self.next.text != mark:
            raise self.refused("filter-syntax", why)
        self.take()

    def open(self) -> None:
        """One level deeper, until `close`."""
        self.depth += 1
        self._must_not_nest_deeper(self.depth)

    def close(self) -> None:
        self.depth -= 1

    def grow(self, height: int) -> None:
        """The last term stands one level above terms of `height`."""
        self.height = height + 1
        self._must_not_nest_deeper(self.height)

    def count_term(self) -> None:
        self.terms += 1
        if self.terms > self.limits.terms:
            why = f"the filter joins more than {self.limits.terms} terms by 'and' and 'or'"
            raise self.refused("filter-limit", why)

    def count_choice(self) -> None:
        self.choices += 1
        if self.choices > self.limits.choices:
            raise self.refused("filter-limit", f"the lists of 'in' hold more than {self.limits.choices} values")

    def count_concat(self) -> None:
        self.concats += 1
        if self.concats > MAX_CONCATS:
            raise self.refused("filter-limit", f"the filter calls concat more than {MAX_CONCATS} times")

    def refused(self, code: str, why: str) -> BadRequest:
        """A refusal at the next token."""
        return filter_error(code, self.next.text, self.next.at, why)

    def _must_not_nest_deeper(self, levels: int) -> None:
        if levels > self.limits.depth:
            raise self.refused("filter-limit", f"nested more than {self.limits.depth} levels deep")
