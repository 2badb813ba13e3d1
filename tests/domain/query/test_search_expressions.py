"""Searches as OData writes them: their operators, and what is refused."""

from dataclasses import replace

import pytest

from domain.errors import BadRequest
from domain.query.filter.tree import Connective
from domain.query.search import SearchTerm
from domain.query.search_expression import (
    SearchExpression,
    SearchJunction,
    SearchNegation,
    parse_search_expression,
)
from tests.limits import QUERY_LIMITS

BLUE, GREEN, RED = SearchTerm("blue"), SearchTerm("green"), SearchTerm("red")


def both(*expressions: SearchExpression) -> SearchExpression:
    return SearchJunction(Connective.AND, expressions)


def either(*expressions: SearchExpression) -> SearchExpression:
    return SearchJunction(Connective.OR, expressions)


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("blue", BLUE),
        (" \tblue ", BLUE),
        ("C++", SearchTerm("C++", exact=True)),
        ('"blue green"', SearchTerm("blue green", exact=True)),
        ('"NOT (a OR b)"', SearchTerm("NOT (a OR b)", exact=True)),
        ("blue green", both(BLUE, GREEN)),
        ("blue AND green", both(BLUE, GREEN)),
        ("blue  AND\tgreen red", both(BLUE, GREEN, RED)),
        ("blue OR green OR red", either(BLUE, GREEN, RED)),
        ("blue green OR red", either(both(BLUE, GREEN), RED)),
        ("red OR blue AND green", either(RED, both(BLUE, GREEN))),
        ("NOT blue", SearchNegation(BLUE)),
        ("NOT blue green", both(SearchNegation(BLUE), GREEN)),
        ("NOT NOT blue", SearchNegation(SearchNegation(BLUE))),
        ("blue NOT green", both(BLUE, SearchNegation(GREEN))),
        ("blue AND NOT green OR red", either(both(BLUE, SearchNegation(GREEN)), RED)),
        ("(blue)", BLUE),
        ("( ( blue ) )", BLUE),
        ("(blue OR green) AND red", both(either(BLUE, GREEN), RED)),
        ("red (blue OR green)", both(RED, either(BLUE, GREEN))),
        ("NOT (blue green)", SearchNegation(both(BLUE, GREEN))),
        ("(NOT blue) OR green", either(SearchNegation(BLUE), GREEN)),
        ("blue or green", both(BLUE, SearchTerm("or"), GREEN)),
        ("blue Not green", both(BLUE, SearchTerm("Not"), GREEN)),
        ("AND", SearchTerm("AND")),
        ("NOT", SearchTerm("NOT")),
        ("(OR)", SearchTerm("OR")),
        ("NOT NOT", SearchNegation(SearchTerm("NOT"))),
        ("AND OR", both(SearchTerm("AND"), SearchTerm("OR"))),
        ("AND OR NOT", either(SearchTerm("AND"), SearchTerm("NOT"))),
        ("blue AND", both(BLUE, SearchTerm("AND"))),
        ("(blue NOT) red", both(BLUE, SearchTerm("NOT"), RED)),
        ('blue "OR" green', both(BLUE, SearchTerm("OR", exact=True), GREEN)),
        ("-blue ~red", both(SearchTerm("-blue"), SearchTerm("~red"))),
        ("Daniel's wi-fi $search", both(SearchTerm("Daniel's"), SearchTerm("wi-fi"), SearchTerm("$search"))),
        ("'blue' OR 'green'", either(SearchTerm("'blue'", exact=True), SearchTerm("'green'", exact=True))),
        ("blue & green", both(BLUE, GREEN)),
        ("& blue", BLUE),
        ("'blue OR (gre'", both(BLUE, SearchTerm("OR"), SearchTerm("(gre"))),
        ("'it''s'", SearchTerm("it's")),
    ],
)
def test_an_expression_is_parsed(text: str, expression: SearchExpression) -> None:
    found = parse_search_expression(text, QUERY_LIMITS.search)
    assert flatten(found) == expression


def flatten(expression: SearchExpression) -> SearchExpression:
    """`a AND (b AND c)` as `a AND b AND c`, and the same for `OR`."""
    match expression:
        case SearchJunction(operator, parts):
            flat: list[SearchExpression] = []
            for part in map(flatten, parts):
                inner = isinstance(part, SearchJunction) and part.operator is operator
                flat += part.expressions if inner and isinstance(part, SearchJunction) else [part]
            return SearchJunction(operator, tuple(flat))
        case SearchNegation(inner):
            return SearchNegation(flatten(inner))
        case _:
            return expression


BLANK = "has no blank before it: separate words, phrases and parentheses by blanks"
EXPECTED = 'is unexpected: expected a word, a "phrase" or an expression in parentheses'
NO_WORD = "contains no word: a search needs letters or digits"


@pytest.mark.parametrize(
    ("text", "code", "detail"),
    [
        ('blue "green', "search-syntax", "The quotation mark at character 6 is not closed: end it with '\"'"),
        ('""', "search-syntax", "The phrase at character 1 is empty"),
        ('"blue"green', "search-syntax", f"'green' at character 7 {BLANK}"),
        ("NOT(blue)", "search-syntax", f"'(' at character 4 {BLANK}"),
        ("(blue)green", "search-syntax", f"'green' at character 7 {BLANK}"),
        ('blue"green"', "search-syntax", f"'green' at character 5 {BLANK}"),
        ("(blue OR green", "search-syntax", "The '(' at character 1 is not closed: write ')' after it"),
        ("blue) green", "search-syntax", "')' at character 5 closes nothing: leave it out, or write '(' before it"),
        ("()", "search-syntax", f"')' at character 2 {EXPECTED}"),
        ("blue (", "search-syntax", f"The end at character 7 {EXPECTED}"),
        (")", "search-syntax", f"')' at character 1 {EXPECTED}"),
        ("&", "search-syntax", f"'&' at character 1 {NO_WORD}"),
        ("blue OR +", "search-syntax", f"'+' at character 9 {NO_WORD}"),
        ("blue NOT +", "search-syntax", f"'+' at character 10 {NO_WORD}"),
        ("'\"'", "search-syntax", f"'\"' at character 1 {NO_WORD}"),
        ("''", "search-syntax", f"'' at character 1 {NO_WORD}"),
        ("a\x00", "search-syntax", "U+0000 at character 2 cannot be in a record"),
        ("x" * 1001, "search-limit", "The search has 1001 characters; 1000 are allowed"),
        ("x OR " * 32 + "x", "search-limit", "The search has 33 terms; 32 are allowed"),
        ("'" + "x " * 33 + "'", "search-limit", "The search has 33 terms; 32 are allowed"),
        ("(" * 33 + "x" + ")" * 33, "search-limit", "The search is nested more than 32 levels deep at character 34"),
        ("NOT " * 33 + "x", "search-limit", "The search is nested more than 32 levels deep at character 133"),
    ],
)
def test_an_invalid_expression_is_refused(text: str, code: str, detail: str) -> None:
    with pytest.raises(BadRequest) as refused:
        parse_search_expression(text, QUERY_LIMITS.search)
    assert (refused.value.code, refused.value.detail) == (code, detail)
    assert [fault.pointer for fault in refused.value.faults] == ["search"]


def test_the_given_limits_apply() -> None:
    two = replace(QUERY_LIMITS.search, terms=2)
    assert parse_search_expression("blue ((green))", two) == both(BLUE, GREEN)
    with pytest.raises(BadRequest, match="nested more than 2 levels"):
        parse_search_expression("(((blue)))", two)
