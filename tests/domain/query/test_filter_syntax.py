"""Messages about the syntax of filters, and the limits of filters, exactly."""

from dataclasses import replace

import pytest

from domain.errors import BadRequest, Fault
from domain.query.filter.parser import parse_filter
from domain.query.filter.token_cursor import MAX_CONCATS, FilterLimits
from domain.query.filter.tokens import TokenKind, tokenize
from domain.query.filter.tree import filter_error
from tests.limits import QUERY_LIMITS

NO_VALUE = "expected a value like 5, 'text', 2024-01-31, true or null"
NO_TYPE = "write dates and times without a type and quotes: 2024-01-31, 2024-01-31T10:00:00Z"
NO_NAME = "write a name that begins with a digit in double quotes; a number has no letters"
NO_ARRAY = "arrays and objects are not supported; write a list like ('a', 'b')"
NO_NUMBER = "a number can have 1000 digits and an exponent up to 1000"
NO_COLUMN_TYPE = "no column has values of type"
NO_OPERATOR = "expected an operator"
NO_ENUMERATION = "'has' is for enumerations, which no column has"
NO_KEYWORD = "expected a value; a column of this name is written"
NO_QUOTE = "is missing; one inside is written twice"
NO_FUNCTION = "there is no such function"
OPERATORS = "'or', 'and', 'eq', 'ne', 'gt', 'ge', 'lt', 'le', 'add', 'sub', 'mul', 'div', 'divby', 'mod', 'in'"
NO_COLUMN = "a list of 'in' contains values, not columns or functions; compare those by 'eq' and 'or'"


@pytest.mark.parametrize(
    ("text", "code", "detail"),
    [
        ("", "filter-syntax", f"The end of the filter at character 1: {NO_VALUE}"),
        ("ok and", "filter-syntax", f"The end of the filter at character 7: {NO_VALUE}"),
        ("ok )", "filter-syntax", "')' at character 4: expected 'and', 'or' or the end"),
        ("ok ,", "filter-syntax", "',' at character 4: expected 'and', 'or' or the end"),
        ("(ok", "filter-syntax", "The end of the filter at character 4: expected an operator or ')'"),
        ("(ok,ok)", "filter-syntax", "',' at character 4: expected an operator or ')'"),
        ("contains(a,'a'", "filter-syntax", "The end of the filter at character 15: expected ',' or ')'"),
        ("contains(a,)", "filter-syntax", f"')' at character 12: {NO_VALUE}"),
        ("a in (1", "filter-syntax", "The end of the filter at character 8: expected ',' or ')'"),
        ("a in (1,)", "filter-syntax", f"')' at character 9: {NO_VALUE}"),
        ("a in 1", "filter-syntax", "'1' at character 6: 'in' takes a list like (1, 2)"),
        ("a in (b)", "filter-syntax", f"'b' at character 7: {NO_COLUMN}"),
        ("a in (\"b\")", "filter-syntax", f"\"b\" at character 7: {NO_COLUMN}"),
        ("a in (duration'P1D')", "filter-syntax", f"'duration'P1D'' at character 7: {NO_COLUMN_TYPE} 'duration'"),
        ("a eq 5 5", "filter-syntax", "'5' at character 8: expected an operator"),
        ("a eq 5 \"b\"", "filter-syntax", "\"b\" at character 8: expected an operator"),
        ("a eqq 5", "filter-syntax", "'eqq' at character 3: expected an operator; did you mean 'eq'?"),
        ("a inn (5)", "filter-syntax", "'inn' at character 3: expected an operator; did you mean 'in'?"),
        ("a -5", "filter-syntax", "'-5' at character 3: expected an operator; did you mean 'sub'?"),
        ("a - 5", "filter-syntax", "'-' at character 3: expected an operator; did you mean 'sub'?"),
        ("a +5", "filter-syntax", "'+5' at character 3: expected an operator; did you mean 'add'?"),
        ("a HAS b", "filter-syntax", f"'HAS' at character 3: {NO_OPERATOR}; {NO_ENUMERATION}"),
        ("a eq'b'", "filter-syntax", f"'eq'b'' at character 3: {NO_OPERATOR}; a space is missing before the quote"),
        ("a xx'b'", "filter-syntax", "'xx'b'' at character 3: expected an operator"),
        ("a X 3", "filter-syntax", f"'X' at character 3: {NO_OPERATOR}; known are {OPERATORS}"),
        ("a zzz 3", "filter-syntax", f"'zzz' at character 3: {NO_OPERATOR}; known are {OPERATORS}"),
        ("In gt 1", "filter-syntax", f"'In' at character 1: {NO_KEYWORD} \"In\""),
        ("a eq date'2024-01-31'", "filter-syntax", f"'date'2024-01-31'' at character 6: {NO_TYPE}"),
        ("a eq datetime'x'", "filter-syntax", f"'datetime'x'' at character 6: {NO_TYPE}"),
        ("a eq DateTimeOffset'x'", "filter-syntax", f"'DateTimeOffset'x'' at character 6: {NO_TYPE}"),
        ("a eq X.Y'b'", "filter-syntax", f"'X.Y'b'' at character 6: {NO_COLUMN_TYPE} 'x.y'"),
        ("a eq 'b\x00'", "filter-syntax", "'b\x00' at character 6: a string must not contain the character U+0000"),
        ("a eq 'b", "filter-syntax", f"'b at character 6: the closing ' {NO_QUOTE}"),
        ("\"a eq 1", "filter-syntax", f"\"a eq 1 at character 1: the closing \" {NO_QUOTE}"),
        ("a eq 1b", "filter-syntax", f"'1' at character 6: {NO_NAME}"),
        ("a eq [1]", "filter-syntax", f"'[' at character 6: {NO_ARRAY}"),
        ("a eq  {", "filter-syntax", f"'{{' at character 7: {NO_ARRAY}"),
        ("a # 1", "filter-syntax", "'#' at character 3: a filter cannot have this character here"),
        ("a != 1", "filter-syntax", "'!=' at character 3: did you mean 'ne'?"),
        ("a && b", "filter-syntax", "'&&' at character 3: did you mean 'and'?"),
        ("lenght(a)", "unknown-function", f"'lenght' at character 1: {NO_FUNCTION}: did you mean 'length'?"),
        (
            "Cast(a)",
            "function-not-offered",
            "'Cast' at character 1: this function is not supported: values always have the type of their column",
        ),
        ("a eq 1e1001", "filter-limit", f"'1e1001' at character 6: {NO_NUMBER}"),
        ("a eq 1e-1001", "filter-limit", f"'1e-1001' at character 6: {NO_NUMBER}"),
        ("a eq 1e10000", "filter-limit", f"'1e10000' at character 6: {NO_NUMBER}"),
        ("a eq -" + "9" * 1001, "filter-limit", f"'-{'9' * 56}…' at character 6: {NO_NUMBER}"),
        ("a eq 0." + "9" * 1000, "filter-limit", f"'0.{'9' * 55}…' at character 6: {NO_NUMBER}"),
    ],
)  # fmt: skip
def test_an_error_names_the_position(text: str, code: str, detail: str) -> None:
    with pytest.raises(BadRequest) as caught:
        parse_filter(text, QUERY_LIMITS.filter)
    assert caught.value == BadRequest(code, detail, (Fault("filter", code, detail),))


@pytest.mark.parametrize(
    "number", ["1e1000", "1e+01000", "1e-1000", "-" + "9" * 1000, "+0." + "9" * 999, "1E000000001", "0" * 1000]
)
def test_a_number_at_the_limit_is_parsed(number: str) -> None:
    parse_filter(f"a eq {number}", QUERY_LIMITS.filter)


END = "The end of the filter at character"
LIMITS = FilterLimits(length=200, depth=3, terms=3, choices=3)
DEPTH = "nested more than 3 levels deep"
TERMS = "the filter combines more than 3 terms by 'and' and 'or'"
CHOICES = "the lists of 'in' contain more than 3 values"


@pytest.mark.parametrize(
    ("allowed", "refused", "detail"),
    [
        ("ok" + " " * 198, "ok" + " " * 199, "The filter has 201 characters; 200 are allowed"),
        ("(((ok)))", "((((ok))))", f"'ok' at character 5: {DEPTH}"),
        ("((ok) and ((ok)))", "((ok) and (((ok))))", f"'ok' at character 14: {DEPTH}"),
        ("not not not ok", "not not not not ok", f"'not' at character 13: {DEPTH}"),
        ("- - - 1", "- - - - 1", f"'-' at character 7: {DEPTH}"),
        ("trim(trim(trim(a)))", "trim(trim(trim(trim(a))))", f"'(' at character 20: {DEPTH}"),
        ("1 add 1 add 1 add 1", "1 add 1 add 1 add 1 add 1", f"{END} 26: {DEPTH}"),
        ("1 eq 1 eq 1 eq 1", "1 eq 1 eq 1 eq 1 eq 1", f"{END} 22: {DEPTH}"),
        ("a in () in () in ()", "a in () in () in () in ()", f"{END} 26: {DEPTH}"),
        ("not not a in ()", "not not a in () in ()", f"{END} 22: {DEPTH}"),
        ("not (a in () and b)", "not (a in () in () and b)", f"{END} 26: {DEPTH}"),
        ("not (b or a in ())", "not (b or a in () in ())", f"{END} 25: {DEPTH}"),
        ("not (a in () eq b)", "not (a in () in () eq b)", f"{END} 25: {DEPTH}"),
        ("not (b eq a in ())", "not (b eq a in () in ())", f"{END} 25: {DEPTH}"),
        ("trim(concat(a in (),b))", "trim(concat(a in () in (),b))", f"{END} 30: {DEPTH}"),
        ("trim(concat(b,a in ()))", "trim(concat(b,a in () in ()))", f"{END} 30: {DEPTH}"),
        ("a and b and c", "a and b and c and d", f"'and' at character 15: {TERMS}"),
        ("a and (b or c)", "a and (b or c or d)", f"'or' at character 15: {TERMS}"),
        ("a in (1,2,3)", "a in (1,2,3,4)", f"'4' at character 13: {CHOICES}"),
        ("a in (1,2) and b in (3)", "a in (1,2) and b in (3,4)", f"'4' at character 24: {CHOICES}"),
    ],
)  # fmt: skip
def test_limits_are_exact(allowed: str, refused: str, detail: str) -> None:
    parse_filter(allowed, LIMITS)
    with pytest.raises(BadRequest) as caught:
        parse_filter(refused, LIMITS)
    assert caught.value == BadRequest("filter-limit", detail, (Fault("filter", "filter-limit", detail),))


@pytest.mark.parametrize(
    "text",
    [
        "not (not a) and not (not b) and not (not c)",
        "((a)) and (((b))) and (((c)))",
        "concat(trim(a),trim(b)) eq '' and concat(trim(c),trim(d)) eq ''",
        "- - 1 eq - - 1",
    ],
)
def test_only_open_levels_are_nested(text: str) -> None:
    parse_filter(text, replace(QUERY_LIMITS.filter, depth=4))


def test_the_number_of_concats_is_limited() -> None:
    calls = " and ".join(["concat(a,b) eq ''"] * MAX_CONCATS)
    parse_filter(calls, QUERY_LIMITS.filter)
    with pytest.raises(BadRequest) as caught:
        parse_filter(f"{calls} and concat(a,b) eq ''", QUERY_LIMITS.filter)
    assert caught.value.code == "filter-limit"
    assert caught.value.detail.endswith(": the filter calls concat more than 20 times")


def test_the_default_limits() -> None:
    assert FilterLimits(length=8192, depth=50, terms=500, choices=1000) == QUERY_LIMITS.filter


def test_tokens_have_positions() -> None:
    tokens = [(token.kind, token.text, token.at) for token in tokenize(" $id  eq('it''s')")]
    assert tokens == [
        (TokenKind.WORD, "$id", 2),
        (TokenKind.WORD, "eq", 7),
        (TokenKind.MARK, "(", 9),
        (TokenKind.TEXT, "'it''s'", 10),
        (TokenKind.MARK, ")", 17),
        (TokenKind.END, "", 18),
    ]


def test_a_long_piece_is_shortened() -> None:
    assert filter_error("c", "x" * 60, 1, "why").detail == f"'{'x' * 60}' at character 1: why"
    assert filter_error("c", "x" * 61, 1, "why").detail == f"'{'x' * 57}…' at character 1: why"
    assert filter_error("c", '"a"', 1, "why").detail == '"a" at character 1: why'
