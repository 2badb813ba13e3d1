"""Parses a filter into a tree: OData 4.01 expressions over columns, by precedence climbing.

From the lowest precedence to the highest: `or`, `and`, `eq ne`, `gt ge lt le`, `add sub`, `mul div divby mod`,
unary `not` and `-`, `in`; then values, columns, functions and parentheses. Operators of the same precedence associate
to the left. Chains of `and` and `or` are flat; everything else increases the height of the tree, which is limited
like the nesting of the text. Operators, functions and constants are case-insensitive.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from domain.errors import BadRequest, Fault, suggest_nearest
from domain.query.filter.functions import ARITHMETIC, FUNCTIONS, describe_unsupported
from domain.query.filter.literals import CONSTANTS, parse_literal
from domain.query.filter.operators import (
    CLOSING,
    COMPARATORS,
    CONNECTIVES,
    DIRECTIONS,
    KEYWORDS,
    PRECEDENCE,
    suggest_operator,
)
from domain.query.filter.times import parse_duration
from domain.query.filter.token_cursor import FilterLimits, TokenCursor
from domain.query.filter.tokens import Token, TokenKind, tokenize
from domain.query.filter.tree import (
    Call,
    Comparison,
    Junction,
    Literal,
    Membership,
    Name,
    Negation,
    ParsedFilter,
    filter_error,
)


def parse_filter(text: str, limits: FilterLimits) -> ParsedFilter:
    """The tree of `text`, in which columns are still names.

    Raises BadRequest `filter-syntax`, `unknown-function`, `function-not-offered` or `filter-limit`, which names the
    character.
    """
    _require_length(text, limits)
    rest = tokenize(text)
    parser = _Parser(rest, limits, next(rest))
    tree = parser.expression()
    if parser.next.kind is not TokenKind.END:
        raise parser.error("filter-syntax", "expected 'and', 'or' or the end")
    return tree


@dataclass(frozen=True, slots=True)
class OrderTerm:
    """A term of an order at character `at`."""

    term: ParsedFilter
    descending: bool
    at: int


def parse_order(text: str, limits: FilterLimits) -> tuple[OrderTerm, ...]:
    """The terms of an order such as `length(name) desc,price`. Raises BadRequest like `parse_filter`."""
    _require_length(text, limits)
    rest = tokenize(text)
    return tuple(_Parser(rest, limits, next(rest), CLOSING | DIRECTIONS).order())


def _require_length(text: str, limits: FilterLimits) -> None:
    if len(text) > limits.length:
        detail = f"The filter has {len(text)} characters; {limits.length} are allowed"
        raise BadRequest("filter-limit", detail, (Fault("filter", "filter-limit", detail),))


class _Parser(TokenCursor):
    """A recursive descent parser; each method parses one kind of term at the next token."""

    def order(self) -> Iterator[OrderTerm]:
        """Terms with directions, separated by commas, up to the end."""
        while True:
            at, term = self.next.at, self.expression()
            direction = self.take().keyword if self.next.keyword in DIRECTIONS else "asc"
            yield OrderTerm(term, direction == "desc", at)
            if self.next.kind is TokenKind.END:
                return
            self.expect(",", "expected ',' or the end")

    def expression(self, minimum: int = 0) -> ParsedFilter:
        """A term and the operators after it whose precedence is higher than `minimum`."""
        left = self.unary()
        while (precedence := self.precedence()) > minimum:
            operator = self.next.keyword
            parse = self.chain if operator in CONNECTIVES else self.pair
            left = parse(left, operator, precedence)
        return left

    def precedence(self) -> int:
        """The precedence of the next operator; 0 at the end of an expression."""
        token = self.next
        precedence = PRECEDENCE.get(token.keyword, 0)
        if not precedence and token.keyword not in self.closing:
            raise self.error("filter-syntax", f"expected an operator{suggest_operator(token)}")
        return precedence

    def chain(self, first: ParsedFilter, operator: str, precedence: int) -> ParsedFilter:
        """A chain of `and` or `or` that begins with `first`."""
        height, terms, at = self.height, [first], self.next.at
        while self.next.keyword == operator:
            self.count_term()
            self.take()
            terms.append(self.expression(precedence))
            height = max(height, self.height)
        self.grow(height)
        return Junction(CONNECTIVES[operator], tuple(terms), at)

    def pair(self, left: ParsedFilter, operator: str, precedence: int) -> ParsedFilter:
        """A comparison or arithmetic of `left` and the term after the operator."""
        height, at = self.height, self.take().at
        right = self.expression(precedence)
        self.grow(max(height, self.height))
        if operator in ARITHMETIC:
            return Call(operator, (left, right), at)
        return Comparison(COMPARATORS[operator], left, right, at)

    def unary(self) -> ParsedFilter:
        """A term, perhaps after `not` or `-`."""
        operator = self.next.keyword
        if operator not in ("not", "-"):
            return self.membership()
        self.open()
        at = self.take().at
        term = self.unary()
        self.close()
        self.grow(self.height)
        return Negation(term, at) if operator == "not" else Call("-", (term,), at)

    def membership(self) -> ParsedFilter:
        """A value, perhaps before `in` and a list."""
        term = self.primary()
        while self.next.keyword == "in":
            at = self.take().at
            self.expect("(", "'in' takes a list like (1, 2)")
            term = Membership(term, self.choices_in_list(), at)
            self.grow(self.height)
        return term

    def choices_in_list(self) -> tuple[Literal, ...]:
        """The choices after an opening parenthesis; there may be none."""
        choices: list[Literal] = []
        while self.next.text != ")" or choices:
            self.count_choice()
            choices.append(self.choice())
            if self.next.text != ",":
                break
            self.take()
        self.expect(")", "expected ',' or ')'")
        return tuple(choices)

    def choice(self) -> Literal:
        """One constant of a list."""
        token = self.next
        if token.kind is TokenKind.QUOTED or (token.kind is TokenKind.WORD and token.keyword not in CONSTANTS):
            why = "a list of 'in' contains values, not columns or functions; compare those by 'eq' and 'or'"
            raise self.error("filter-syntax", why)
        return parse_literal(self.take())

    def primary(self) -> ParsedFilter:
        """A value, a column, a function or an expression in parentheses."""
        token = self.take()
        self.height = 0
        if token.text == "(":
            self.open()
            inner = self.expression()
            self.expect(")", "expected an operator or ')'")
            self.close()
            return inner
        if token.kind is TokenKind.QUOTED:
            return Name(token.content(), True, token.at)
        if token.kind is TokenKind.TYPED and token.prefix == "duration":
            return parse_duration(token)
        if token.kind is not TokenKind.WORD or token.keyword in CONSTANTS:
            return parse_literal(token)
        if token.keyword in KEYWORDS:
            why = f'expected a value; a column of this name is written "{token.text}"'
            raise filter_error("filter-syntax", token.text, token.at, why)
        return self.call(token) if self.next.text == "(" else Name(token.text, False, token.at)

    def call(self, name: Token) -> ParsedFilter:
        """A call of the function `name`."""
        function = name.keyword
        if function not in FUNCTIONS:
            if reason := describe_unsupported(function):
                raise filter_error("function-not-offered", name.text, name.at, reason)
            why = f"there is no such function: {suggest_nearest(function, FUNCTIONS)}"
            raise filter_error("unknown-function", name.text, name.at, why)
        if function == "concat":
            self.count_concat()
        self.open()
        self.take()
        height = 0
        arguments: list[ParsedFilter] = []
        while self.next.text != ")" or arguments:
            arguments.append(self.expression())
            height = max(height, self.height)
            if self.next.text != ",":
                break
            self.take()
        self.expect(")", "expected ',' or ')'")
        self.close()
        self.grow(height)
        return Call(function, tuple(arguments), name.at)
