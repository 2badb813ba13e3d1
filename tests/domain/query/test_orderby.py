"""Orders as OData writes them: terms with directions, and the errors for mistakes."""

from dataclasses import replace

import pytest

from domain.errors import BadRequest
from domain.query.filter.tree import Builtin, Call, Comparator, Comparison, Field, Literal
from domain.query.orderby import parse_orderby
from domain.query.sort import SortKey
from domain.schema import Definition
from tests.domain.query.things import CITY, COUNT, DAY, OK, PRICE, SALES
from tests.limits import QUERY_LIMITS


def parse(text: str, definition: Definition = SALES) -> tuple[SortKey, ...]:
    return parse_orderby(text, definition, QUERY_LIMITS.filter, QUERY_LIMITS.sort_columns)


def call(function: str, *arguments: Field | Literal) -> Call[Field]:
    return Call(function, arguments)


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("", ()),
        (" ", ()),
        ("city", (SortKey(CITY),)),
        ("(city) DESC", (SortKey(CITY, True),)),
        ("city asc,price desc", (SortKey(CITY), SortKey(PRICE, True))),
        (" $version\tdesc , ok ", (SortKey(Builtin.VERSION, True), SortKey(OK))),
        (
            "length(city) desc,tolower(city),city",
            (SortKey(call("length", Field(CITY)), True), SortKey(call("tolower", Field(CITY))), SortKey(CITY)),
        ),
        ("price sub count desc", (SortKey(call("sub", Field(PRICE), Field(COUNT)), True),)),
        ("price ge count asc", (SortKey(Comparison(Comparator.GE, Field(PRICE), Field(COUNT))),)),
        ("year(day),month(day)", (SortKey(call("year", Field(DAY))), SortKey(call("month", Field(DAY))))),
    ],
)
def test_an_order_is_parsed(text: str, keys: tuple[SortKey, ...]) -> None:
    assert parse(text) == keys


def test_columns_can_have_the_names_of_directions() -> None:
    asc, desc = replace(CITY, name="asc"), replace(PRICE, name="desc")
    found = parse("desc desc,length(asc),asc", Definition("", "", (asc, desc)))
    assert found == (SortKey(desc, True), SortKey(call("length", Field(asc))), SortKey(asc))


KNOWN = "known are 'or', 'and', 'eq', 'ne', 'gt', 'ge', 'lt', 'le', 'add', 'sub', 'mul', 'div', 'divby', 'mod', 'in'"
VALUE = "expected a value like 5, 'text', 2024-01-31, true or null"
EXAMPLE = "write an order like 'price desc,length(name)'"


@pytest.mark.parametrize(
    ("text", "code", "detail"),
    [
        ("citi", "unknown-column", "'citi' at character 1: there is no such column: did you mean 'city'?"),
        ("city up", "sort-syntax", f"'up' at character 6: expected an operator; {KNOWN}; {EXAMPLE}"),
        ("city,", "sort-syntax", f"The end of the order at character 6: {VALUE}; {EXAMPLE}"),
        (",city", "sort-syntax", f"',' at character 1: {VALUE}; {EXAMPLE}"),
        ("city desc asc", "sort-syntax", f"'asc' at character 11: expected ',' or the end; {EXAMPLE}"),
        ("length(city desc)", "sort-syntax", f"'desc' at character 13: expected ',' or ')'; {EXAMPLE}"),
        ("length(count)", "sort-type", "'count' at character 8: length takes a string, not a number"),
        ("price,note", "sort-type", "'note' at character 7 has JSON values, which have no order"),
        ("null", "sort-type", "'null' at character 1 is always null, which is no order"),
        ("length(null) desc", "sort-type", "'null' at character 1 is always null, which is no order"),
        ("city,city desc", "sort-syntax", "'city' at character 6 is repeated"),
        ("length(city),length( city )", "sort-syntax", "'length(…)' at character 14 is repeated"),
        (
            "lenght(city)",
            "unknown-function",
            "'lenght' at character 1: there is no such function: did you mean 'length'?",
        ),
        ("price,now()", "sort-type", "'now()' at character 7: an order cannot depend on the time of the request"),
        (
            "cast(price,Edm.String)",
            "function-not-offered",
            "'cast' at character 1: this function is not supported: values always have the type of their column",
        ),
        ("x" * 9000, "sort-limit", "The order has 9000 characters; 8192 are allowed"),
        (",".join(f"count add {n}" for n in range(21)), "sort-limit", "a sort can have at most 20 columns"),
    ],
)
def test_an_error_names_the_place(text: str, code: str, detail: str) -> None:
    with pytest.raises(BadRequest) as caught:
        parse(text)
    assert (caught.value.code, caught.value.detail) == (code, detail)
    assert [fault.pointer for fault in caught.value.faults] == ["sort"]
