"""How filters are parsed and checked, and the errors for mistakes."""

import time
from dataclasses import replace
from decimal import Decimal

import pytest

from domain.columns import Column, ColumnType
from domain.errors import BadRequest
from domain.query.filter.checker import check_filter
from domain.query.filter.parser import parse_filter
from domain.query.filter.token_cursor import FilterLimits
from domain.query.filter.tree import (
    Builtin,
    Call,
    Comparator,
    Comparison,
    Connective,
    Field,
    Filter,
    Junction,
    Literal,
    Membership,
    Name,
    Negation,
)
from domain.schema import Definition
from tests.limits import QUERY_LIMITS

NAME = Column("name", ColumnType.STRING, 0)
AGE = Column("age", ColumnType.INTEGER, 1)
DEFINITION = Definition(
    "people",
    "",
    (
        NAME,
        AGE,
        Column("price", ColumnType.DECIMAL, 2),
        Column("ok", ColumnType.BOOLEAN, 3),
        Column("born", ColumnType.DATE, 4),
        Column("seen", ColumnType.DATETIME, 5),
        Column('Unit "A" price', ColumnType.DECIMAL, 6),
        Column("and", ColumnType.INTEGER, 7),
        Column("length", ColumnType.INTEGER, 8),
        Column("Größe", ColumnType.INTEGER, 9),
    ),
)
NOW = "2024-03-01T12:00:00Z"


def number(text: str) -> Literal:
    return Literal(Decimal(text), ColumnType.INTEGER if text.lstrip("-").isdigit() else ColumnType.DECIMAL)


def check(text: str) -> Filter:
    return check_filter(parse_filter(text, QUERY_LIMITS.filter), DEFINITION, NOW)


def refuse(text: str, limits: FilterLimits = QUERY_LIMITS.filter) -> BadRequest:
    with pytest.raises(BadRequest) as caught:
        check_filter(parse_filter(text, limits), DEFINITION, NOW)
    (fault,) = caught.value.faults
    assert (fault.pointer, fault.code, fault.detail) == ("filter", caught.value.code, caught.value.detail)
    return caught.value


def test_precedence_rises_from_or_to_and_to_not() -> None:
    a, b, c = Name("a"), Name("b"), Name("c")
    expected = Junction(Connective.OR, (a, Junction(Connective.AND, (Negation(b), c))))
    assert parse_filter("a or not b and c", QUERY_LIMITS.filter) == expected


def test_in_precedes_not() -> None:
    inner: Membership[Name] = Membership(Name("a"), (number("1"),))
    expected: Negation[Name] = Negation(inner)
    assert parse_filter("not a in (1)", QUERY_LIMITS.filter) == expected


@pytest.mark.parametrize(
    ("text", "grouped"),
    [
        ("a add b mul c", "a add (b mul c)"),
        ("a sub b sub c", "(a sub b) sub c"),
        ("a mul b divby c mod d", "((a mul b) divby c) mod d"),
        ("-a mul b", "(-a) mul b"),
        ("- - a add b", "(-(-a)) add b"),
        ("a add 1 gt b sub 1", "(a add 1) gt (b sub 1)"),
        ("a gt b eq c lt d", "(a gt b) eq (c lt d)"),
        ("a eq b ne c", "(a eq b) ne c"),
        ("not a eq b", "(not a) eq b"),
        ("not a in (1) and b", "(not (a in (1))) and b"),
        ("a add b in (1)", "a add (b in (1))"),
        ("a in (1) in (true)", "(a in (1)) in (true)"),
        ("a or b and c or d", "a or (b and c) or d"),
        ("a or b or c and d and e", "a or b or (c and d and e)"),
        (
            "A EQ 1 And NOT Contains(b,'x') oR c IN (TRUE,Null)",
            "(A eq 1 and (not contains(b,'x'))) or (c in (true,null))",
        ),
        ("mod mod mod eq add", "(mod mod mod) eq add"),
        ("not(a)and(b)", "(not a) and b"),
    ],
)
def test_operators_have_the_precedence_of_the_standard(text: str, grouped: str) -> None:
    assert parse_filter(text, QUERY_LIMITS.filter) == parse_filter(grouped, QUERY_LIMITS.filter)


def test_parentheses_group() -> None:
    a, b, c = Name("a"), Name("b"), Name("c")
    assert parse_filter("(a or b) and c", QUERY_LIMITS.filter) == Junction(
        Connective.AND, (Junction(Connective.OR, (a, b)), c)
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5", number("5")),
        ("-5", number("-5")),
        ("1.10", number("1.10")),
        ("1e5", number("1e5")),
        ("12345678901234567890123456789.1", number("12345678901234567890123456789.1")),
        ("'it''s'", Literal("it's", ColumnType.STRING)),
        ("''", Literal("", ColumnType.STRING)),
        ("''''", Literal("'", ColumnType.STRING)),
        ("true", Literal(True, ColumnType.BOOLEAN)),
        ("null", Literal(None, None)),
        ("2024-02-29", Literal("2024-02-29", ColumnType.DATE)),
        ("2024-01-31T10:00:00Z", Literal("2024-01-31T10:00:00Z", ColumnType.DATETIME)),
        ("2024-01-31T10:00:00.5+02:00", Literal("2024-01-31T10:00:00.5+02:00", ColumnType.DATETIME)),
        ("2024-01-31T10:00:00", Literal("2024-01-31T10:00:00", ColumnType.DATETIME)),
    ],
)
def test_a_constant_is_exact(text: str, expected: Literal) -> None:
    read = parse_filter(f"x eq {text}", QUERY_LIMITS.filter)
    assert read == Comparison(Comparator.EQ, Name("x"), expected)
    assert isinstance(read, Comparison)
    assert isinstance(read.right, Literal)
    assert str(read.right.value) == str(expected.value)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('"Unit ""A"" price" gt 1', 'Unit "A" price'),
        ('"and" gt 1', "and"),
        ("length gt 1", "length"),
        ("Größe gt 1", "Größe"),
    ],
)
def test_a_column_is_found_by_its_name(text: str, name: str) -> None:
    assert check(text) == Comparison(Comparator.GT, Field(DEFINITION.column(name, "test")), number("1"))


def test_id_and_version_are_builtin() -> None:
    assert check("$id le $version") == Comparison(Comparator.LE, Field(Builtin.ID), Field(Builtin.VERSION))


def test_functions_nest() -> None:
    lowered: Call[Field] = Call("tolower", (Field(NAME),))
    call: Call[Field] = Call("contains", (lowered, Literal("pro", ColumnType.STRING)))
    assert check("contains( tolower(name) , 'pro')") == call


def test_a_condition_can_be_compared() -> None:
    condition: Filter = Comparison(Comparator.GT, Field(AGE), number("5"))
    expected: Filter = Comparison(Comparator.EQ, condition, Literal(True, ColumnType.BOOLEAN))
    assert check("(age gt 5) eq true") == expected


@pytest.mark.parametrize(
    ("text", "code", "detail"),
    [
        ("", "filter-syntax", "The end of the filter at character 1: expected a value"),
        ("age eq", "filter-syntax", "The end of the filter at character 7"),
        ("(age eq 5", "filter-syntax", "expected an operator or ')'"),
        ("age eq 5)", "filter-syntax", "')' at character 9"),
        ("age eq 5 5", "filter-syntax", "'5' at character 10: expected an operator"),
        ("age gee 5", "filter-syntax", "'gee' at character 5: expected an operator; did you mean 'ge'?"),
        ("age eq 5 ant ok", "filter-syntax", "'ant' at character 10: expected an operator; did you mean 'and'?"),
        ("age -5 eq 1", "filter-syntax", "'-5' at character 5: expected an operator; did you mean 'sub'?"),
        ("age - 5 eq 1", "filter-syntax", "did you mean 'sub'?"),
        ("age +5 eq 1", "filter-syntax", "did you mean 'add'?"),
        ("age * 5 eq 1", "filter-syntax", "'*' at character 5: did you mean 'mul'?"),
        ("age eq 1 add", "filter-syntax", "The end of the filter at character 13: expected a value"),
        ("name has Kind'Yellow'", "filter-syntax", "enumerations"),
        ("name eq Kind'Yellow'", "filter-syntax", "no column has values of type 'kind'"),
        ("name eq'a'", "filter-syntax", "a space is missing before the quote"),
        ("born eq date'2024-01-31'", "filter-syntax", "without a type and quotes"),
        ("name in ['a']", "filter-syntax", "write a list like ('a', 'b')"),
        ("price >= 5", "filter-syntax", "'>=' at character 7: did you mean 'ge'?"),
        ("name eq 'abc", "filter-syntax", "'abc at character 9: the closing ' is missing"),
        ("born eq 2023-02-29", "filter-syntax", "'2023-02-29' at character 9: this day does not exist"),
        ("seen eq 2024-01-31T25:00:00Z", "filter-syntax", "expected a time like"),
        ("seen eq 2024-01-31T10:00:00 02:00", "filter-syntax", "%2B"),
        ("and gt 1", "filter-syntax", 'a column of this name is written "and"'),
        ("age in (1,)", "filter-syntax", "')' at character 11: expected a value"),
        ("age in (price)", "filter-syntax", "'price' at character 9: a list of 'in' contains values, not columns"),
        ("age in (1, length(name))", "filter-syntax", "'length' at character 12"),
        ("age in 5", "filter-syntax", "'5' at character 8: 'in' takes a list like (1, 2)"),
        ("age eq (1, 2)", "filter-syntax", "',' at character 10"),
        ("name eq 'a\x00'", "filter-syntax", "U+0000"),
        ("name eq '\ud800'", "filter-syntax", "surrogate"),
        ("a.b eq 1", "filter-syntax", "'.' at character 2"),
        ("StartWith(name,'a')", "unknown-function", "'StartWith' at character 1: there is no such function: did you"),
        ("matchesPattern(name,'a')", "function-not-offered", "use contains, startswith or endswith"),
        ("time(seen) eq 1", "function-not-offered", "use hour, minute and second"),
        ("add(age,1) eq 1", "unknown-function", "'add' at character 1"),
        ("lenght(name) eq 3", "unknown-function", "'lenght' at character 1"),
        ("prise eq 5", "unknown-column", "'prise' at character 1: there is no such column: did you mean 'price'?"),
        ("$idd eq 1", "unknown-column", "did you mean '$id'?"),
        ('name eq "Ann"', "unknown-column", "a string is written in single quotes"),
        ("born eq '2024-01-31'", "filter-type", "write the date without quotes: 2024-01-31"),
        ("seen gt 2024-01-31", "filter-type", ": write the time 2024-01-31T00:00:00Z"),
        ("born gt 2024-01-31T10:00:00Z", "filter-type", ": write the date 2024-01-31"),
        (
            "born gt now()",
            "filter-type",
            "'now()' at character 9: a time cannot be compared with born, which is a date",
        ),
        ("age eq '5'", "filter-type", "write the number without quotes: 5"),
        ("name in ('a', 5)", "filter-type", "'5' at character 15: a number cannot be compared with name"),
        ("5 eq name", "filter-type", "'5' at character 1"),
        ("null in (1, 'a')", "filter-type", "'a' at character 13"),
        ("name eq age", "filter-type", "'age' at character 9"),
        ("born eq seen", "filter-type", "'seen' at character 9"),
        ("age eq 1 eq 1", "filter-type", "comparisons are evaluated from the left: combine two by 'and'"),
        ("1 lt age lt 5", "filter-type", "'5' at character 13"),
        ("age add name eq 1", "filter-type", "'name' at character 9: add takes a number, not a string"),
        ("age add '5' eq 1", "filter-type", "write the number without quotes: 5"),
        ("-name eq 1", "filter-type", "'name' at character 2: - takes a number, not a string"),
        (
            "age add 1 in (2)",
            "filter-type",
            "'in' at character 11: add takes a number, not true or false; 'in' has a higher precedence",
        ),
        ("born sub born eq 1", "filter-type", "'born' at character 1: sub takes a number, not a date"),
        (
            "seen add duration'P1D' gt now()",
            "filter-type",
            "'duration'P1D'' at character 10: a duration needs a",
        ),
        ("now() mul duration'P1D' gt seen", "filter-type", "a duration can only follow 'add' or 'sub'"),
        ("seen gt duration'P1D'", "filter-type", "a duration can only follow a constant time"),
        ("seen gt now() sub duration'P1Y'", "filter-syntax", "expected a duration of days, hours, minutes"),
        ("seen gt now() sub duration'P9999999D'", "filter-limit", "outside the years 1 to 9999"),
        ("add", "unknown-column", "'add' at character 1"),
        (
            "substring(name,price) eq ''",
            "filter-type",
            "'price' at character 16: substring takes an integer, not a dec",
        ),
        ("substring(name,1.5) eq ''", "filter-type", "substring takes an integer, not a decimal number"),
        (
            "substring(name,0,-1) eq ''",
            "filter-type",
            "'-1' at character 18: the length of a substring must be 0 or more",
        ),
        ("substring(name) eq ''", "filter-type", "expected 2 or 3 arguments, got 1"),
        ("now(1) lt seen", "filter-type", "expected 0 arguments, got 1"),
        ("date(born) eq born", "filter-type", "date takes a time, not a date"),
        ("concat(name,age) eq ''", "filter-type", "concat takes a string, not a number"),
        ("born eq date(seen) and born eq seen", "filter-type", "'seen' at character 32"),
        ("age", "filter-type", "'age' at character 1: expected a condition, got a number"),
        ("not age gt 5", "filter-type", "'not (price gt 5)'"),
        ("length(age) eq 1", "filter-type", "length takes a string, not a number"),
        ("hour(born) eq 1", "filter-type", "hour takes a time, not a date"),
        ("contains(name) eq true", "filter-type", "expected 2 arguments, got 1"),
        ("age eq 1e1001", "filter-limit", "'1e1001' at character 8"),
        ("age eq 1e999999999999999999999", "filter-limit", "exponent"),
        ("age eq " + "1" * 1001, "filter-limit", "1000 digits"),
    ],
)
def test_an_error_names_the_position(text: str, code: str, detail: str) -> None:
    refusal = refuse(text)
    assert refusal.code == code
    assert detail in refusal.detail


def test_limits_are_enforced() -> None:
    assert "9 characters; 8 are allowed" in refuse("age eq 50", replace(QUERY_LIMITS.filter, length=8)).detail
    wide = replace(QUERY_LIMITS.filter, length=10**6)
    assert "more than 500 terms" in refuse(" or ".join(["ok"] * 10_000), wide).detail
    assert "more than 1000 values" in refuse(f"age in ({','.join(['1'] * 10_000)})", wide).detail
    assert "concat more than 20 times" in refuse("concat(name," * 21, wide).detail


@pytest.mark.parametrize(
    "deep",
    [
        "(" * 10_000,
        "not " * 10_000,
        "- " * 10_000 + "1",
        "tolower(" * 10_000,
        "1" + " add 1" * 10_000,
        "1" + " mul 1" * 10_000,
        "ok" + " eq ok" * 10_000,
        "ok" + " in (true)" * 10_000,
        "(" * 40 + "1" + " add 1" * 40 + (")" + " add 1" * 40) * 40,
    ],
)
def test_nesting_is_limited_in_every_notation(deep: str) -> None:
    start = time.perf_counter()
    assert "more than 50 levels" in refuse(deep, replace(QUERY_LIMITS.filter, length=10**6)).detail
    assert time.perf_counter() - start < 0.5


def test_a_filter_at_its_limits_is_parsed() -> None:
    chain = check(" or ".join(["ok"] * 500))
    assert isinstance(chain, Junction)
    assert len(chain.terms) == 500
    assert check("(" * 50 + "ok" + ")" * 50) == check("ok")
    assert check("not " * 50 + "ok") != check("ok")
    check("1" + " add 1" * 49 + " eq age")
    check(f"age in ({','.join(['1'] * 1000)})")
