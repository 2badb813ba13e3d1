"""Types in filters: which terms fit, how arithmetic is typed, and the hints for values of a wrong type."""

from decimal import Decimal

import pytest

from domain.columns import ColumnType
from domain.errors import BadRequest, Fault
from domain.query.filter.checker import check_filter
from domain.query.filter.functions import ARITHMETIC, FUNCTIONS, get_arithmetic_type
from domain.query.filter.parser import parse_filter
from domain.query.filter.term_types import get_term_type, quote_term
from domain.query.filter.tree import Builtin, Call, Comparison, Field, Filter, Literal, Negation
from tests.domain.query.things import CITY, COUNT, PRICE, SALES
from tests.limits import QUERY_LIMITS

STRING, INTEGER, DECIMAL, BOOLEAN = ColumnType.STRING, ColumnType.INTEGER, ColumnType.DECIMAL, ColumnType.BOOLEAN


def check(text: str) -> Filter:
    return check_filter(parse_filter(text, QUERY_LIMITS.filter), SALES, "2024-03-01T12:00:00Z")


def left(text: str) -> Filter:
    """The left side of a comparison."""
    comparison = check(text)
    assert isinstance(comparison, Comparison)
    return comparison.left


def integer(text: str) -> Literal:
    return Literal(Decimal(text), INTEGER)


@pytest.mark.parametrize(
    ("text", "type", "quoted"),
    [
        ("city eq 'a'", STRING, "city"),
        ("$id eq 1", INTEGER, "$id"),
        ("count add 1 eq 1", INTEGER, "add"),
        ("count add 1.0 eq 1", DECIMAL, "add"),
        ("price sub count eq 1", DECIMAL, "sub"),
        ("count mul length(city) eq 1", INTEGER, "mul"),
        ("count div 2 eq 1", INTEGER, "div"),
        ("count divby 2 eq 1", DECIMAL, "divby"),
        ("-count eq 1", INTEGER, "-"),
        ("-price eq 1", DECIMAL, "-"),
        ("year(day) eq 1", INTEGER, "year(…)"),
        ("round(count) eq 1", DECIMAL, "round(…)"),
        ("now() eq at", ColumnType.DATETIME, "now()"),
        ("(count gt 1) eq ok", BOOLEAN, "gt"),
        ("(count in (1)) eq ok", BOOLEAN, "in"),
        ("(ok or ok) eq ok", BOOLEAN, "or"),
        ("(not ok) eq ok", BOOLEAN, "not"),
        ("null eq 1", None, "null"),
        ("1.50 eq 1", DECIMAL, "1.50"),
        ("'it''s' eq city", STRING, "'it''s'"),
    ],
)
def test_a_term_has_a_type(text: str, type: ColumnType | None, quoted: str) -> None:
    term = left(text)
    assert (get_term_type(term), quote_term(term)) == (type, quoted)


def test_arithmetic_of_integers_is_an_integer() -> None:
    for operator in ARITHMETIC - {"divby"}:
        assert get_arithmetic_type(operator, (INTEGER, INTEGER)) is INTEGER
        assert get_arithmetic_type(operator, (INTEGER, None)) is INTEGER
        assert get_arithmetic_type(operator, (None, DECIMAL)) is DECIMAL
    assert get_arithmetic_type("divby", (INTEGER, INTEGER)) is DECIMAL


def test_a_division_of_decimals_is_not_an_integer_division() -> None:
    assert left("price div 2 eq 1") == Call("divby", (Field(PRICE), integer("2")))
    assert left("count div 2.0 eq 1") == Call("divby", (Field(COUNT), Literal(Decimal("2.0"), DECIMAL)))
    assert left("count div 2 eq 1") == Call("div", (Field(COUNT), integer("2")))
    assert left("price mul 2 eq 1") == Call("mul", (Field(PRICE), integer("2")))


def test_null_fits_everywhere() -> None:
    null = Literal(None, None)
    assert left("null add 1 eq 1") == null
    assert quote_term(left("null add 1 eq 1")) == "null"
    assert left("length(null) eq 1") == null
    assert left("substring(null,1,-1) eq 'a'") == null
    assert check("not null") == Negation(null)
    assert check("null") == null
    assert isinstance(check("note eq null"), Comparison)
    assert isinstance(check("null ne note"), Comparison)


def test_optional_arguments_can_be_omitted() -> None:
    assert left("substring(city,1) eq 'a'") == Call("substring", (Field(CITY), integer("1")))
    assert left("substring(city,1,0) eq 'a'") == Call("substring", (Field(CITY), integer("1"), integer("0")))
    assert left("substring(city,-1) eq 'a'") == Call("substring", (Field(CITY), integer("-1")))
    assert isinstance(left("substring(city,1,-count) eq 'a'"), Call)
    assert left("mindatetime() eq at") == Literal("0001-01-01T00:00:00+15:59", ColumnType.DATETIME)


def test_builtins_are_fields() -> None:
    assert left("$version gt 1") == Field(Builtin.VERSION)


NUMBER_FOR_STRING = "a string cannot be compared with count, which is a number"
TRUE_OR_FALSE = "true or false: write a value like true"


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("count eq 'x'", f"'x' at character 10: {NUMBER_FOR_STRING}: write the number without quotes, like 10.5"),
        ("count eq '-1.5'", f"'-1.5' at character 10: {NUMBER_FOR_STRING}: write the number without quotes: -1.5"),
        ("'x' eq count", f"'x' at character 1: {NUMBER_FOR_STRING}: write the number without quotes, like 10.5"),
        (
            "price eq true",
            "'true' at character 10: true or false cannot be compared with price, which is a number: write a number"
            " like 10.5",
        ),
        (
            "city eq 5",
            "'5' at character 9: a number cannot be compared with city, which is a string: write it in single quotes:"
            " '5'",
        ),
        ("city eq count", "'count' at character 9: a number cannot be compared with city, which is a string"),
        ("city gt price add 1", "'add' at character 15: a number cannot be compared with city, which is a string"),
        (
            "ok eq 'true'",
            "'true' at character 7: a string cannot be compared with ok, which is true or false: write the value"
            " without quotes: true",
        ),
        (
            "ok eq 'false'",
            "'false' at character 7: a string cannot be compared with ok, which is true or false: write the value"
            " without quotes: false",
        ),
        (
            "ok eq 'yes'",
            "'yes' at character 7: a string cannot be compared with ok, which is true or false: write the value"
            " without quotes, like true",
        ),
        ("ok eq 1", f"'1' at character 7: a number cannot be compared with ok, which is {TRUE_OR_FALSE}"),
        (
            "day eq 2024-01-31T00:00:00Z",
            "'2024-01-31T00:00:00Z' at character 8: a time cannot be compared with day, which is a date: write the"
            " date 2024-01-31",
        ),
        (
            "day eq '2024-01-31T1'",
            "'2024-01-31T1' at character 8: a string cannot be compared with day, which is a date: write the date"
            " without quotes: 2024-01-31",
        ),
        (
            "day eq 'x'",
            "'x' at character 8: a string cannot be compared with day, which is a date: write the date without"
            " quotes, like 2024-01-31",
        ),
        (
            "day eq 20240131",
            "'20240131' at character 8: a number cannot be compared with day, which is a date: write a date like"
            " 2024-01-31",
        ),
        (
            "day eq '2024-01-31T00:00:00.000Z'",
            "'2024-01-31T00:00:00.000Z' at character 8: a string cannot be compared with day, which is a date: write"
            " the date without quotes: 2024-01-31",
        ),
        (
            "day in (2024-02-29, 2024-12-31T23:00:00.000Z)",
            "'2024-12-31T23:00:00.000Z' at character 21: a time cannot be compared with day, which is a date: write"
            " the date 2024-12-31",
        ),
        (
            "at eq 2024-01-31",
            "'2024-01-31' at character 7: a date cannot be compared with at, which is a time: write the time"
            " 2024-01-31T00:00:00Z",
        ),
        (
            "at eq '2024-01-31T10:00:00'",
            "'2024-01-31T10:00:00' at character 7: a string cannot be compared with at, which is a time: write the"
            " time without quotes: 2024-01-31T10:00:00",
        ),
        (
            "at eq 'x'",
            "'x' at character 7: a string cannot be compared with at, which is a time: write the time without quotes,"
            " like 2024-01-31T10:00:00Z",
        ),
        (
            "note eq 'a'",
            "'a' at character 9: a string cannot be compared with note, which is a JSON value: JSON values can only"
            " be compared with null, like 'eq null'",
        ),
        ("note ne note", "'ne' at character 6: JSON values cannot be compared, except with null, like 'eq null'"),
        (
            "null in ('a',1)",
            "'1' at character 14: a number cannot be compared with 'a', which is a string: write it in single quotes:"
            " '1'",
        ),
        (
            "count in (1,null,'a')",
            f"'a' at character 18: {NUMBER_FOR_STRING}: write the number without quotes, like 10.5",
        ),
        ("(ok and ok) eq 1", f"'1' at character 16: a number cannot be compared with and, which is {TRUE_OR_FALSE}"),
        (
            "(count in (1)) eq 1",
            f"'1' at character 19: a number cannot be compared with in, which is {TRUE_OR_FALSE}",
        ),
        ("(not ok) eq 1", f"'1' at character 13: a number cannot be compared with not, which is {TRUE_OR_FALSE}"),
        (
            "count eq 1 eq 1",
            "'1' at character 15: a number cannot be compared with eq, which is true or false; comparisons are"
            " evaluated from the left: combine two by 'and', or use parentheses",
        ),
        (
            "length(city) eq 'a'",
            "'a' at character 17: a string cannot be compared with length(…), which is a number: write the number"
            " without quotes, like 10.5",
        ),
        ("concat(city) eq ''", "'concat' at character 1: expected 2 arguments, got 1"),
        ("length(city,city) eq 1", "'length' at character 1: expected 1 argument, got 2"),
        ("substring(city) eq ''", "'substring' at character 1: expected 2 or 3 arguments, got 1"),
        ("substring(city,1,2,3) eq ''", "'substring' at character 1: expected 2 or 3 arguments, got 4"),
        ("now(1) gt at", "'now' at character 1: expected 0 arguments, got 1"),
        ("length() eq 1", "'length' at character 1: expected 1 argument, got 0"),
        ("year(city) eq 1", "'city' at character 6: year takes a date or a time, not a string"),
        (
            "contains(city,1)",
            "'1' at character 15: contains takes a string, not a number: write it in single quotes: '1'",
        ),
        (
            "substring(city,length(city) div 2.0) eq ''",
            "'divby' at character 29: substring takes an integer, not a decimal number",
        ),
        (
            "substring(city,1,-1) eq ''",
            "'-1' at character 18: the length of a substring must be 0 or more",
        ),
        (
            "count add 1 in (2) eq 1",
            "'in' at character 13: add takes a number, not true or false; 'in' has a higher precedence than"
            " arithmetic: use parentheses",
        ),
        (
            "not count gt 1",
            "'count' at character 5: expected a condition, got a number; compare it, like 'price gt 5' or"
            " 'not (price gt 5)'",
        ),
        (
            "ok and 'a'",
            "'a' at character 8: expected a condition, got a string; compare it, like 'price gt 5' or"
            " 'not (price gt 5)'",
        ),
    ],
)  # fmt: skip
def test_a_wrong_type_is_refused(text: str, detail: str) -> None:
    with pytest.raises(BadRequest) as caught:
        check(text)
    assert caught.value == BadRequest("filter-type", detail, (Fault("filter", "filter-type", detail),))


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("CITY eq 'a'", "'CITY' at character 1: there is no such column: did you mean 'city'?"),
        (
            "city eq \"CITY\"",
            "'CITY' at character 9: there is no such column: did you mean 'city'?; a string is written in single"
            " quotes",
        ),
        ("ctiy eq 'a'", "'ctiy' at character 1: there is no such column: did you mean 'city'?"),
        ("$vresion eq 1", "'$vresion' at character 1: there is no such column: did you mean '$version'?"),
        (
            "\"$id\" eq 1",
            "'$id' at character 1: there is no such column: did you mean '$id'?; a string is written in single"
            " quotes",
        ),
        (
            "id eq 1",
            "'id' at character 1: there is no such column: known are 'city', 'price', 'day', 'at', 'note', 'ok',"
            " 'count', 'a,\"b\"(c)'",
        ),
    ],
)  # fmt: skip
def test_an_unknown_column_gets_a_hint(text: str, detail: str) -> None:
    with pytest.raises(BadRequest) as caught:
        check(text)
    assert caught.value == BadRequest("unknown-column", detail, (Fault("filter", "unknown-column", detail),))


def test_every_function_takes_its_types() -> None:
    """Each function is called with its last accepted type for each parameter."""
    names = {STRING: "city", INTEGER: "count", DECIMAL: "price", ColumnType.DATE: "day", ColumnType.DATETIME: "at"}
    for name, function in FUNCTIONS.items():
        if function.parameters:
            arguments = ",".join(names[max(types)] for types in function.parameters)
            assert get_term_type(left(f"{name}({arguments}) eq null")) is function.result
