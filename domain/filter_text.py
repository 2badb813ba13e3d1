"""The text of a filter to its tree: a subset of OData 4.01 expressions, by recursive descent.

From loose to tight: `or`, `and`, comparisons, `not`, `in`, then values, columns, functions and parentheses.
Chains of `and` and `or` are read by iteration, so that only nesting costs stack, and nesting is limited.
Arithmetic would stand between comparisons and `not`.
"""

from collections.abc import Callable

from domain.errors import BadRequest, Fault, nearest
from domain.filter_cursor import Cursor, FilterLimits
from domain.filter_literals import CONSTANTS, literal
from domain.filter_tokens import Kind, Token, tokens
from domain.filter_tree import (
    FUNCTIONS,
    Call,
    Comparator,
    Comparison,
    Connective,
    Junction,
    Membership,
    Name,
    Negation,
    Parsed,
    refusal,
)

_COMPARATORS = frozenset(Comparator)
_OPERATORS = ("eq", "ne", "gt", "ge", "lt", "le", "in", "and", "or")
_KEYWORDS = frozenset((*_OPERATORS, "not"))


def parse_filter(text: str, limits: FilterLimits | None = None) -> Parsed:
    """The tree of `text`, columns still by name.

    Raises BadRequest `filter-syntax`, `unknown-function` or `filter-limit`, each naming the character.
    """
    limits = limits or FilterLimits()
    if len(text) > limits.length:
        detail = f"The filter has {len(text)} characters; {limits.length} are allowed"
        raise BadRequest("filter-limit", detail, (Fault("filter", "filter-limit", detail),))
    parser = _Parser(tuple(tokens(text)), limits)
    tree = parser.disjunction()
    if parser.next.kind is not Kind.END:
        raise parser.refused("filter-syntax", "expected 'and', 'or' or the end")
    return tree


class _Parser(Cursor):
    def disjunction(self) -> Parsed:
        return self.chain(Connective.OR, self.conjunction)

    def conjunction(self) -> Parsed:
        return self.chain(Connective.AND, self.comparison)

    def chain(self, operator: Connective, part: Callable[[], Parsed]) -> Parsed:
        start, terms = self.next.at, [part()]
        while self.next.text == operator:
            self.count_term()
            self.take()
            terms.append(part())
        return terms[0] if len(terms) == 1 else Junction(operator, tuple(terms), start)

    def comparison(self) -> Parsed:
        left = self.unary()
        if self.next.text in _COMPARATORS:
            operator = self.take()
            left = Comparison(Comparator(operator.text), left, self.unary(), operator.at)
            if self.next.text in _COMPARATORS:
                why = "comparisons are not chained: join two by 'and', or use parentheses"
                raise self.refused("filter-syntax", why)
        if self.next.text not in ("", ")", ",", *Connective):
            hint = f"; {nearest(self.next.text.lower(), _OPERATORS)}" if self.next.kind is Kind.WORD else ""
            raise self.refused("filter-syntax", f"expected an operator{hint}")
        return left

    def unary(self) -> Parsed:
        if self.next.text != "not":
            return self.membership()
        with self.deeper():
            at = self.take().at
            return Negation(self.unary(), at)

    def membership(self) -> Parsed:
        term = self.primary()
        if self.next.text != "in":
            return term
        at = self.take().at
        self.expect("(", "'in' takes a list like (1, 2)")
        choices = [literal(self.take())]
        while self.next.text == ",":
            self.take()
            choices.append(literal(self.take()))
        self.expect(")", "expected ',' or ')'")
        return Membership(term, tuple(choices), at)

    def primary(self) -> Parsed:
        token = self.next
        if token.text == "(":
            with self.deeper():
                self.take()
                inner = self.disjunction()
                self.expect(")", "expected an operator or ')'")
                return inner
        self.take()
        if token.kind is Kind.QUOTED:
            return Name(token.content(), True, token.at)
        if token.kind is not Kind.WORD or token.text in CONSTANTS:
            return literal(token)
        if token.text in _KEYWORDS:
            why = f'expected a value; a column of this name is written "{token.text}"'
            raise refusal("filter-syntax", token.text, token.at, why)
        return self.call(token) if self.next.text == "(" else Name(token.text, False, token.at)

    def call(self, function: Token) -> Parsed:
        if function.text not in FUNCTIONS:
            why = f"there is no such function: {nearest(function.text.lower(), FUNCTIONS)}"
            raise refusal("unknown-function", function.text, function.at, why)
        with self.deeper():
            self.take()
            arguments = [] if self.next.text == ")" else [self.disjunction()]
            while self.next.text == ",":
                self.take()
                arguments.append(self.disjunction())
            self.expect(")", "expected ',' or ')'")
        return Call(function.text, tuple(arguments), function.at)
