"""The words of filters: functions, operators, keywords, and what is suggested for those of other languages."""

import datetime
from decimal import Decimal

import pytest

from domain.columns import ColumnType
from domain.errors import BadRequest
from domain.query.aggregation import AGGREGATE_FUNCTIONS, GROUP_FUNCTIONS
from domain.query.filter.functions import ARITHMETIC, EARLIEST, FUNCTIONS, LATEST, UNSUPPORTED_FUNCTIONS
from domain.query.filter.literals import CONSTANTS
from domain.query.filter.operators import COMPARATORS, CONNECTIVES, KEYWORDS, PRECEDENCE
from domain.query.filter.parser import parse_filter
from domain.query.filter.term_types import TYPE_NAMES
from domain.query.filter.tree import (
    BUILTINS,
    Call,
    Comparator,
    Comparison,
    Connective,
    Duration,
    Field,
    Junction,
    Literal,
    Membership,
    Name,
    Negation,
    ParsedFilter,
)
from tests.domain.query.things import CITY
from tests.limits import QUERY_LIMITS


def test_the_functions() -> None:
    strings = ["contains", "startswith", "endswith", "indexof", "length", "substring", "tolower", "toupper", "trim"]
    times = ["year", "month", "day", "hour", "minute", "second", "fractionalseconds", "totaloffsetminutes", "date"]
    constants = ["now", "mindatetime", "maxdatetime"]
    numbers = ["round", "floor", "ceiling"]
    assert sorted(FUNCTIONS) == sorted([*strings, "concat", *times, *constants, *numbers])
    one_value = ["length", "tolower", "toupper", "trim", *times, *numbers]
    assert sorted(GROUP_FUNCTIONS) == sorted(one_value)
    assert AGGREGATE_FUNCTIONS == ("count", "count_distinct", "sum", "avg", "min", "max")
    assert (EARLIEST, LATEST) == ("0001-01-01T00:00:00+15:59", "9999-12-31T23:59:59.999999999-15:59")


def test_the_operators() -> None:
    assert list(COMPARATORS) == ["eq", "ne", "gt", "ge", "lt", "le"]
    assert list(CONNECTIVES) == ["and", "or"]
    assert {"add", "sub", "mul", "div", "divby", "mod", "-"} == ARITHMETIC
    assert {"or", "and", "eq", "ne", "gt", "ge", "lt", "le", "in", "not"} == KEYWORDS
    assert PRECEDENCE == {
        "or": 1,
        "and": 2,
        "eq": 3,
        "ne": 3,
        "gt": 4,
        "ge": 4,
        "lt": 4,
        "le": 4,
        "add": 5,
        "sub": 5,
        "mul": 6,
        "div": 6,
        "divby": 6,
        "mod": 6,
    }
    assert BUILTINS == ("$id", "$version")
    assert CONSTANTS == {"null": None, "true": True, "false": False}


def test_types_have_names() -> None:
    assert [type.value for type in ColumnType] == [
        "string",
        "integer",
        "decimal",
        "boolean",
        "date",
        "datetime",
        "json",
    ]
    names = ["null", "a string", "a number", "a number", "true or false", "a date", "a time", "a JSON value"]
    assert [TYPE_NAMES[type] for type in (None, *ColumnType)] == names


@pytest.mark.parametrize(
    ("symbol", "operator"),
    [
        ("=", "eq"),
        ("==", "eq"),
        ("!=", "ne"),
        ("<>", "ne"),
        (">", "gt"),
        (">=", "ge"),
        ("<", "lt"),
        ("<=", "le"),
        ("&&", "and"),
        ("||", "or"),
        ("!", "not"),
        ("+", "add"),
        ("*", "mul"),
        ("/", "divby"),
        ("%", "mod"),
    ],
)
def test_an_operator_of_another_language_gets_a_hint(symbol: str, operator: str) -> None:
    with pytest.raises(BadRequest) as caught:
        parse_filter(f"a {symbol} b", QUERY_LIMITS.filter)
    assert caught.value.detail == f"'{symbol}' at character 3: did you mean '{operator}'?"


@pytest.mark.parametrize(
    ("function", "hint"),
    [
        ("matchespattern", "use contains, startswith or endswith"),
        ("time", "use hour, minute and second"),
        ("totalseconds", "no column has durations"),
        ("cast", "values always have the type of their column"),
        ("isof", "values always have the type of their column"),
        ("case", "combine conditions by 'and' and 'or'"),
        ("hassubset", "no column has collections"),
        ("hassubsequence", "no column has collections"),
        ("any", "no column has collections"),
        ("all", "no column has collections"),
        ("geo.distance", "no column has geographic values"),
        ("geo.intersects", "no column has geographic values"),
        ("geo.length", "no column has geographic values"),
    ],
)
def test_an_unsupported_function_gets_a_hint(function: str, hint: str) -> None:
    assert function in UNSUPPORTED_FUNCTIONS
    with pytest.raises(BadRequest) as caught:
        parse_filter(f"{function}(a)", QUERY_LIMITS.filter)
    assert caught.value.code == "function-not-offered"
    assert caught.value.detail == f"'{function}' at character 1: this function is not supported: {hint}"


@pytest.mark.parametrize("text", ["tags/any(t:t eq 'a')", "tags/ALL (t:t eq 'a')"])
def test_an_operator_of_collections_is_named(text: str) -> None:
    with pytest.raises(BadRequest) as caught:
        parse_filter(text, QUERY_LIMITS.filter)
    assert caught.value.code == "function-not-offered"
    assert (
        caught.value.detail
        == f"'{text[5:8]}' at character 6: this function is not supported: no column has collections"
    )


def test_a_tree_compares_without_positions() -> None:
    one = parse_filter("a eq 'b' and not c in (1) or length(d) gt -e", QUERY_LIMITS.filter)
    two = parse_filter("  a  eq 'b' and(not c in(1)) or length( d )gt - e", QUERY_LIMITS.filter)
    assert one == two
    assert one.at != two.at


TERMS: tuple[ParsedFilter, ...] = (
    Name("a"),
    Literal("a", ColumnType.STRING),
    Call("length", ()),
    Comparison(Comparator.EQ, Name("a"), Name("b")),
    Membership(Name("a"), ()),
    Junction(Connective.OR, ()),
    Negation(Name("a")),
)


@pytest.mark.parametrize("term", TERMS, ids=lambda term: type(term).__name__)
def test_a_term_without_a_position_has_none(term: ParsedFilter) -> None:
    assert term.at == 0


def test_terms_of_another_notation_are_equal() -> None:
    literal = Literal(Decimal(1), ColumnType.INTEGER)
    assert (literal.written, Name("a").quoted, Field(CITY).at) == ("", False, 0)
    assert Literal(None, None, "null", 3) == Literal(None, None)
    day = datetime.timedelta(days=1)
    assert Duration(day, "duration'P1D'", 3) == Duration(day)
    assert (Duration(day).written, Duration(day).at) == ("", 0)
    assert Field(CITY, 5) == Field(CITY)
