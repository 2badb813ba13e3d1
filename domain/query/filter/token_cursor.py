"""The position of the parser in its tokens, and the limits of filters."""

from collections.abc import Iterator
from dataclasses import dataclass

from domain.errors import BadRequest
from domain.query.filter.operators import CLOSING
from domain.query.filter.tokens import Token, TokenKind
from domain.query.filter.tree import filter_error


@dataclass(frozen=True, slots=True)
class FilterLimits:
    """The most characters, levels of nesting, terms combined by `and` and `or`, and choices in lists of `in`."""

    length: int
    depth: int
    terms: int
    choices: int


MAX_CONCATS = 20
"""The most calls of `concat` in a filter: each can produce a text as long as two cells."""


@dataclass(slots=True)
class TokenCursor:
    """The `next` token and the `rest` after it.

    `depth` is the number of open levels around the next token, `height` the number of levels in the last term.
    `closing` are the tokens that end an expression.
    """

    rest: Iterator[Token]
    limits: FilterLimits
    next: Token
    closing: frozenset[str] = CLOSING
    depth: int = 0
    height: int = 0
    terms: int = 1
    choices: int = 0
    concats: int = 0

    def take(self) -> Token:
        """The next token; moves on to the one after it, but never past the end."""
        token = self.next
        if token.kind is not TokenKind.END:
            self.next = next(self.rest)
        return token

    def expect(self, mark: str, why: str) -> None:
        """Move past `mark`. Raises BadRequest if the next token is another one."""
        if self.next.text != mark:
            raise self.error("filter-syntax", why)
        self.take()

    def open(self) -> None:
        """Begin a level of nesting. Raises BadRequest beyond the limit."""
        self.depth += 1
        self._require_depth(self.depth)

    def close(self) -> None:
        """End a level of nesting."""
        self.depth -= 1

    def grow(self, height: int) -> None:
        """Set the height of the last term, one above terms of `height`. Raises BadRequest beyond the limit."""
        self.height = height + 1
        self._require_depth(self.height)

    def count_term(self) -> None:
        """Count a term of `and` or `or`. Raises BadRequest beyond the limit."""
        self.terms += 1
        if self.terms > self.limits.terms:
            why = f"the filter combines more than {self.limits.terms} terms by 'and' and 'or'"
            raise self.error("filter-limit", why)

    def count_choice(self) -> None:
        """Count a choice of `in`. Raises BadRequest beyond the limit."""
        self.choices += 1
        if self.choices > self.limits.choices:
            raise self.error("filter-limit", f"the lists of 'in' contain more than {self.limits.choices} values")

    def count_concat(self) -> None:
        """Count a call of `concat`. Raises BadRequest beyond the limit."""
        self.concats += 1
        if self.concats > MAX_CONCATS:
            raise self.error("filter-limit", f"the filter calls concat more than {MAX_CONCATS} times")

    def error(self, code: str, why: str) -> BadRequest:
        """The error about the next token."""
        return filter_error(code, self.next.text, self.next.at, why)

    def _require_depth(self, levels: int) -> None:
        if levels > self.limits.depth:
            raise self.error("filter-limit", f"nested more than {self.limits.depth} levels deep")
