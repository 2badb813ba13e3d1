"""What the text of a filter means, and what a mistaken one is told."""

from decimal import Decimal

import pytest

from domain.columns import Column, ColumnType
from domain.errors import BadRequest
from domain.filter_cursor import FilterLimits
from domain.filter_text import parse_filter
from domain.filter_tree import (
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
from domain.filters import checked
from domain.schema import Definition

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


def number(text: str) -> Literal:
    return Literal(Decimal(text), ColumnType.DECIMAL)


def asked(text: str) -> Filter:
    return checked(parse_filter(text), DEFINITION)


def refused(text: str, limits: FilterLimits | None = None) -> BadRequest:
    with pytest.raises(BadRequest) as caught:
        checked(parse_filter(text, limits), DEFINITION)
    (fault,) = caught.value.faults
    assert (fault.pointer, fault.code, fault.detail) == ("filter", caught.value.code, caught.value.detail)
    return caught.value


def test_and_binds_tighter_than_or_and_not_tighter_than_and() -> None:
    a, b, c = Name("a"), Name("b"), Name("c")
    expected = Junction(Connective.OR, (a, Junction(Connective.AND, (Negation(b), c))))
    assert parse_filter("a or not b and c") == expected


def test_in_binds_tighter_than_not() -> None:
    inner: Membership[Name] = Membership(Name("a"), (number("1"),))
    expected: Negation[Name] = Negation(inner)
    assert parse_filter("not a in (1)") == expected


def test_parentheses_group() -> None:
    a, b, c = Name("a"), Name("b"), Name("c")
    assert parse_filter("(a or b) and c") == Junction(Connective.AND, (Junction(Connective.OR, (a, b)), c))


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
    read = parse_filter(f"x eq {text}")
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
    assert asked(text) == Comparison(Comparator.GT, Field(DEFINITION.column(name, "test")), number("1"))


def test_id_and_version_are_the_records_own() -> None:
    assert asked("$id le $version") == Comparison(Comparator.LE, Field(Builtin.ID), Field(Builtin.VERSION))


def test_functions_nest() -> None:
    lowered: Call[Field] = Call("tolower", (Field(NAME),))
    call: Call[Field] = Call("contains", (lowered, Literal("pro", ColumnType.STRING)))
    assert asked("contains( tolower(name) , 'pro')") == call


def test_a_condition_may_be_compared() -> None:
    condition: Filter = Comparison(Comparator.GT, Field(AGE), number("5"))
    expected: Filter = Comparison(Comparator.EQ, condition, Literal(True, ColumnType.BOOLEAN))
    assert asked("(age gt 5) eq true") == expected


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        ("", "filter-syntax", "The end of the filter at character 1: expected a value"),
        ("age eq", "filter-syntax", "The end of the filter at character 7"),
        ("(age eq 5", "filter-syntax", "expected an operator or ')'"),
        ("age eq 5)", "filter-syntax", "')' at character 9"),
        ("age eq 5 5", "filter-syntax", "'5' at character 10: expected an operator"),
        ("age GE 5", "filter-syntax", "'GE' at character 5: expected an operator; did you mean 'ge'?"),
        ("age eq 5 AND ok", "filter-syntax", "'AND' at character 10: expected an operator; did you mean 'and'?"),
        ("price >= 5", "filter-syntax", "'>=' at character 7: did you mean 'ge'?"),
        ("name eq 'abc", "filter-syntax", "'abc at character 9: the closing ' is missing"),
        ("born eq 2023-02-29", "filter-syntax", "'2023-02-29' at character 9: there is no such day"),
        ("seen eq 2024-01-31T25:00:00Z", "filter-syntax", "expected a time like"),
        ("seen eq 2024-01-31T10:00:00 02:00", "filter-syntax", "%2B"),
        ("age eq 1 eq 1", "filter-syntax", "comparisons are not chained"),
        ("and gt 1", "filter-syntax", 'a column of this name is written "and"'),
        ("age in ()", "filter-syntax", "')' at character 9: expected a value"),
        ("name eq 'a\x00'", "filter-syntax", "U+0000"),
        ("name eq '\ud800'", "filter-syntax", "surrogate"),
        ("a.b eq 1", "filter-syntax", "'.' at character 2"),
        ("StartsWith(name,'a')", "unknown-function", "did you mean 'startswith'?"),
        ("lenght(name) eq 3", "unknown-function", "'lenght' at character 1"),
        ("prise eq 5", "unknown-column", "'prise' at character 1: there is no such column: did you mean 'price'?"),
        ("age eq NULL", "unknown-column", "did you mean 'null'?"),
        ("$idd eq 1", "unknown-column", "did you mean '$id'?"),
        ('name eq "Ann"', "unknown-column", "a string stands in single quotes"),
        ("born eq '2024-01-31'", "filter-type", "write the date without quotes: 2024-01-31"),
        ("seen gt 2024-01-31", "filter-type", "write the time without quotes: 2024-01-31T00:00:00Z"),
        ("age eq '5'", "filter-type", "write the number without quotes: 5"),
        ("name in ('a', 5)", "filter-type", "'5' at character 15: a number cannot be compared with name"),
        ("5 eq name", "filter-type", "'5' at character 1"),
        ("null in (1, 'a')", "filter-type", "'a' at character 13"),
        ("name eq age", "filter-type", "'age' at character 9"),
        ("born eq seen", "filter-type", "'seen' at character 9"),
        ("ok gt true", "filter-type", "'gt' at character 4"),
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
def test_a_mistake_is_told_with_its_place(text: str, code: str, told: str) -> None:
    refusal = refused(text)
    assert refusal.code == code
    assert told in refusal.detail


def test_limits_are_kept() -> None:
    assert "9 characters; 8 are allowed" in refused("age eq 50", FilterLimits(length=8)).detail
    wide = FilterLimits(length=10**6)
    assert "more than 500 terms" in refused(" or ".join(["ok"] * 10_000), wide).detail
    for deep in ("(" * 9_000, "not " * 9_000, "tolower(" * 9_000):
        assert "more than 50 levels" in refused(deep, wide).detail


def test_a_filter_at_its_limits_is_read() -> None:
    chain = asked(" or ".join(["ok"] * 500))
    assert isinstance(chain, Junction)
    assert len(chain.terms) == 500
    assert asked("(" * 50 + "ok" + ")" * 50) == asked("ok")
