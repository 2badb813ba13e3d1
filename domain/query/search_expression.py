"""Parses a search as OData 4.01 writes it: `blue (chair OR "arm chair") NOT broken`.

`NOT` binds tighter than `AND`, which binds tighter than `OR`; two expressions without an operator between them must
both match. The operators are in upper case, and are words where no operator can be: `AND OR NOT` searches for the
words AND or NOT. A whole text in single quotes is what somebody has typed so far: all of its words, no operators.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from domain.errors import BadRequest
from domain.query.filter.tree import Connective
from domain.query.search import (
    SearchLimits,
    SearchTerm,
    check_search_text,
    check_term_count,
    has_words,
    search_error,
    unclosed_phrase_error,
    word_term,
)


@dataclass(frozen=True, slots=True)
class SearchNegation:
    """Matches what `expression` does not match."""

    expression: "SearchExpression"


@dataclass(frozen=True, slots=True)
class SearchJunction:
    """Two or more expressions combined by `AND` or `OR`."""

    operator: Connective
    expressions: tuple["SearchExpression", ...]


SearchExpression = SearchTerm | SearchNegation | SearchJunction


def parse_search_expression(text: str, limits: SearchLimits) -> SearchExpression:
    """The expression of `text`. Raises BadRequest `search-syntax` or `search-limit`, naming the character or limit.

    A term without a letter or a digit has no effect beside others that must match; anywhere else it is refused.
    """
    check_search_text(text, limits)
    if (typed := _TYPED.fullmatch(text)) is not None:
        words = [word_term(word, 1) for word in typed[1].replace("''", "'").split()] or [SearchTerm("", at=1)]
        check_term_count(len(words), limits)
        return _require_words(_join_all(words))
    parser = _SearchParser(tuple(_tokenize(text)), limits)
    expression = parser.expression()
    if not parser.next.is_end:
        raise parser.error("closes nothing: leave it out, or write '(' before it")
    check_term_count(parser.terms, limits)
    return _require_words(expression)


class _SearchToken(NamedTuple):
    """A word, a parenthesis, or a phrase without its quotes. The text is empty at the end of the search.

    `at` is its position, from 1; `apart` tells whether it begins the text or follows a blank.
    """

    text: str
    at: int
    apart: bool
    is_phrase: bool = False

    @property
    def is_end(self) -> bool:
        return not (self.text or self.is_phrase)

    @property
    def begins_expression(self) -> bool:
        return self.is_phrase or self.text not in ("", ")")


_TYPED = re.compile(r"\s*'((?:[^']|'')*)'\s*")
_TOKEN = re.compile(r'(?P<blanks>\s*)(?:"(?P<phrase>[^"]*)(?P<closed>"?)|(?P<plain>[()]|[^\s()"]+|\Z))')


def _tokenize(text: str) -> Iterator[_SearchToken]:
    """The tokens of `text`, the last of them the end."""
    at, is_end = 0, False
    while not is_end:
        match = _TOKEN.match(text, at)
        assert match is not None  # whatever follows blanks is a phrase, a parenthesis, a word or the end
        apart = match.start() == 0 or bool(match["blanks"])
        if match["phrase"] is None:
            token = _SearchToken(match["plain"], match.start("plain") + 1, apart)
        elif not match["closed"]:
            raise unclosed_phrase_error(match.start("phrase"))
        elif not match["phrase"].strip():
            raise search_error("search-syntax", f"The phrase at character {match.start('phrase')} is empty")
        else:
            token = _SearchToken(match["phrase"], match.start("phrase"), apart, is_phrase=True)
        yield token
        at, is_end = match.end(), token.is_end


class _SearchParser:
    """A recursive descent parser; each method parses one kind of expression at the next token."""

    def __init__(self, tokens: tuple[_SearchToken, ...], limits: SearchLimits) -> None:
        self._tokens = tokens
        self._limits = limits
        self._place = 0
        self._depth = 0
        self.terms = 0

    @property
    def next(self) -> _SearchToken:
        return self._tokens[self._place]

    def expression(self) -> SearchExpression:
        """Expressions combined by `OR`."""
        expressions = [self.conjunction()]
        while self._is_operator("OR"):
            self._place += 1
            expressions.append(self.conjunction())
        if len(expressions) == 1:
            return expressions[0]
        return SearchJunction(Connective.OR, tuple([_require_words(each) for each in expressions]))

    def conjunction(self) -> SearchExpression:
        """Expressions combined by `AND`, or by nothing but a blank."""
        expressions = [self.negation()]
        while self.next.begins_expression and not self._is_operator("OR"):
            if self._is_operator("AND"):
                self._place += 1
            self._require_blank()
            expressions.append(self.negation())
        return _join_all(expressions)

    def negation(self) -> SearchExpression:
        """An expression, perhaps after `NOT`."""
        if not self._is_operator("NOT"):
            return self.primary()
        self._place += 1
        self._require_blank()
        self._open()
        negated = _require_words(self.negation())
        self._depth -= 1
        return SearchNegation(negated)

    def primary(self) -> SearchExpression:
        """A word, a phrase, or an expression in parentheses."""
        token = self.next
        if not token.begins_expression:
            raise self.error('is unexpected: expected a word, a "phrase" or an expression in parentheses')
        self._place += 1
        if token.is_phrase:
            self.terms += 1
            return SearchTerm(token.text, exact=True, at=token.at)
        if token.text != "(":
            self.terms += 1
            return word_term(token.text, token.at)
        self._open()
        inner = self.expression()
        if self.next.is_end:
            raise search_error("search-syntax", f"The '(' at character {token.at} is not closed: write ')' after it")
        self._depth -= 1
        self._place += 1
        return inner

    def error(self, why: str) -> BadRequest:
        """The error about the next token."""
        shown = "The end" if self.next.is_end else repr(self.next.text[:60])
        return search_error("search-syntax", f"{shown} at character {self.next.at} {why}")

    def _is_operator(self, operator: str) -> bool:
        """Whether the next token is this operator: the word, before an expression."""
        token = self.next
        return token.text == operator and not token.is_phrase and self._tokens[self._place + 1].begins_expression

    def _require_blank(self) -> None:
        if not self.next.apart:
            raise self.error("has no blank before it: separate words, phrases and parentheses by blanks")

    def _open(self) -> None:
        self._depth += 1
        if self._depth > self._limits.terms:
            detail = f"The search is nested more than {self._limits.terms} levels deep at character {self.next.at}"
            raise search_error("search-limit", detail)


def _join_all(expressions: Sequence[SearchExpression]) -> SearchExpression:
    """The expressions, all of which must match, without those that have no words."""
    found = [each for each in expressions if _has_words(each)] or expressions[:1]
    return found[0] if len(found) == 1 else SearchJunction(Connective.AND, tuple(found))


def _require_words(expression: SearchExpression) -> SearchExpression:
    if isinstance(expression, SearchTerm) and not _has_words(expression):
        why = "contains no word: a search needs letters or digits"
        raise search_error("search-syntax", f"{expression.text[:60]!r} at character {expression.at} {why}")
    return expression


def _has_words(expression: SearchExpression) -> bool:
    return not isinstance(expression, SearchTerm) or has_words(expression.text)
