"""The operators of a filter, how tightly each binds, and what is told where one is missing."""

from domain.errors import suggest_nearest
from domain.query.filter.functions import ARITHMETIC
from domain.query.filter.tokens import Token, TokenKind
from domain.query.filter.tree import Comparator, Connective

COMPARATORS = {comparator.value: comparator for comparator in Comparator}
CONNECTIVES = {connective.value: connective for connective in Connective}

_LEVELS = (("or",), ("and",), ("eq", "ne"), ("gt", "ge", "lt", "le"), ("add", "sub"), ("mul", "div", "divby", "mod"))
BINDING_POWER = {operator: power for power, operators in enumerate(_LEVELS, 1) for operator in operators}
"""The operators between two terms, from 1, which binds most loosely."""

KEYWORDS = frozenset({*BINDING_POWER, "in", "not"} - ARITHMETIC)
"""Words that name a column only in quotes. Those of arithmetic do without: no value can stand where they do."""

CLOSING = frozenset({"", ")", ","})
"""What ends an expression."""


def suggest_operator(token: Token) -> str:
    """What to write in place of something that is no operator; empty if that cannot be told."""
    if token.text[0] in "+-":
        return f"; did you mean '{'sub' if token.text[0] == '-' else 'add'}'?"
    if token.keyword == "has":
        return "; 'has' is for enumerations, which no column holds"
    if token.kind is TokenKind.TYPED and token.prefix in BINDING_POWER:
        return "; a space is missing before the quote"
    return f"; {suggest_nearest(token.keyword, (*BINDING_POWER, 'in'))}" if token.kind is TokenKind.WORD else ""
