"""The operators of filters, their precedence, and hints for mistyped operators."""

from domain.errors import suggest_nearest
from domain.query.filter.functions import ARITHMETIC
from domain.query.filter.tokens import Token, TokenKind
from domain.query.filter.tree import Comparator, Connective

COMPARATORS = {comparator.value: comparator for comparator in Comparator}
CONNECTIVES = {connective.value: connective for connective in Connective}

_LEVELS = (("or",), ("and",), ("eq", "ne"), ("gt", "ge", "lt", "le"), ("add", "sub"), ("mul", "div", "divby", "mod"))
PRECEDENCE = {operator: level for level, operators in enumerate(_LEVELS, 1) for operator in operators}
"""The precedence of the operators between two terms; 1 is the lowest."""

KEYWORDS = frozenset({*PRECEDENCE, "in", "not"} - ARITHMETIC)
"""Words that name a column only in quotes. Arithmetic operators need no quotes: no value can be in their place."""

CLOSING = frozenset({"", ")", ","})
"""The tokens that end an expression."""

DIRECTIONS = frozenset({"asc", "desc"})
"""The words after a term of an order."""


def suggest_operator(token: Token) -> str:
    """A hint what to write instead of `token`, which is not an operator; empty without a suggestion."""
    if token.text[0] in "+-":
        return f"; did you mean '{'sub' if token.text[0] == '-' else 'add'}'?"
    if token.keyword == "has":
        return "; 'has' is for enumerations, which no column has"
    if token.kind is TokenKind.TYPED and token.prefix in PRECEDENCE:
        return "; a space is missing before the quote"
    return f"; {suggest_nearest(token.keyword, (*PRECEDENCE, 'in'))}" if token.kind is TokenKind.WORD else ""
