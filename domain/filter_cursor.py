"""Where the parser of a filter stands in its tokens, and the limits it keeps."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from domain.errors import BadRequest
from domain.filter_tokens import Kind, Token
from domain.filter_tree import refusal


@dataclass(frozen=True, slots=True)
class FilterLimits:
    """Characters of the text, levels of nesting, and terms joined by `and` and `or`."""

    length: int = 8192
    depth: int = 50
    terms: int = 500


@dataclass
class Cursor:
    tokens: tuple[Token, ...]
    limits: FilterLimits
    place: int = 0
    depth: int = 0
    terms: int = 1

    @property
    def next(self) -> Token:
        return self.tokens[self.place]

    def take(self) -> Token:
        """The next token, passing it; the end is never passed."""
        token = self.next
        if token.kind is not Kind.END:
            self.place += 1
        return token

    def expect(self, mark: str, why: str) -> None:
        if self.next.text != mark:
            raise self.refused("filter-syntax", why)
        self.take()

    @contextmanager
    def deeper(self) -> Iterator[None]:
        self.depth += 1
        if self.depth > self.limits.depth:
            raise self.refused("filter-limit", f"nested more than {self.limits.depth} levels deep")
        yield
        self.depth -= 1

    def count_term(self) -> None:
        self.terms += 1
        if self.terms > self.limits.terms:
            why = f"the filter joins more than {self.limits.terms} terms by 'and' and 'or'"
            raise self.refused("filter-limit", why)

    def refused(self, code: str, why: str) -> BadRequest:
        """A refusal at the next token."""
        return refusal(code, self.next.text, self.next.at, why)
