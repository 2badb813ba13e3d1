"""Lists in parameters: their terms with positions, and the errors for mistakes."""

import pytest

from domain.errors import BadRequest, Fault
from domain.query.filter.tree import Builtin
from domain.query.terms import ListTerm, find_column, parameter_error, parse_terms
from tests.domain.query.things import CITY, QUOTED, SALES

EXPECTED = "expected ',' or the end; write a name with a comma, a quote or a parenthesis in double quotes"


def plain(name: str, at: int) -> ListTerm:
    return ListTerm(name, False, None, False, at, at)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("", ()),
        ("  ", ()),
        ("city", (plain("city", 1),)),
        (" city name , day ", (plain("city name", 2), plain("day", 14))),
        ("city,day,at", (plain("city", 1), plain("day", 6), plain("at", 10))),
        ('"a,""b"""', (ListTerm('a,"b"', True, None, False, 1 + 1, 2),)),
        ("year(day)", (ListTerm("day", False, "year", False, 1, 6),)),
        (
            ' sum ( "a)" ) ,min(b)',
            (ListTerm("a)", True, "sum", False, 2, 9), ListTerm("b", False, "min", False, 16, 20)),
        ),
    ],
)
def test_a_list_is_parsed(text: str, terms: tuple[ListTerm, ...]) -> None:
    assert parse_terms(text, "group_by", 3) == terms


def test_a_sort_can_be_descending() -> None:
    assert parse_terms('-sum( "a,b" ) , - c,d', "sort", 3, signed=True) == (
        ListTerm("a,b", True, "sum", True, 2, 8),
        ListTerm("c", False, None, True, 19, 19),
        plain("d", 21),
    )


@pytest.mark.parametrize(
    ("text", "code", "detail"),
    [
        ("city,,day", "syntax", "',' at character 6 of group_by: a column name is missing"),
        ("city,", "syntax", "The end at character 6 of group_by: a column name is missing"),
        ('""', "syntax", "The end at character 2 of group_by: a column name is missing"),
        ("sum()", "syntax", "The end at character 5 of group_by: a column name is missing"),
        ("city)", "syntax", f"')' at character 5 of group_by: {EXPECTED}"),
        ("sum(price", "syntax", f"'(price' at character 4 of group_by: {EXPECTED}"),
        ('"a""b"x', "syntax", f"'x' at character 7 of group_by: {EXPECTED}"),
        ('abc"' + "d" * 40, "syntax", f"'\"{'d' * 19}' at character 4 of group_by: {EXPECTED}"),
        ("city,day,city", "syntax", "'city' at character 10 of group_by: it is repeated"),
        ('city,"city"', "syntax", "'city' at character 7 of group_by: it is repeated"),
        ("sum(a),sum(a)", "syntax", "'sum(a)' at character 8 of group_by: it is repeated"),
        ("city,-day", "syntax", "'-' at character 6 of group_by: only a sort can have a '-'"),
        ("a,b,c,d", "limit", "'d' at character 7 of group_by: at most 3 are allowed"),
        ("a,b,c," + "d" * 30, "limit", f"'{'d' * 20}' at character 7 of group_by: at most 3 are allowed"),
    ],
)
def test_an_error_names_the_position(text: str, code: str, detail: str) -> None:
    with pytest.raises(BadRequest) as caught:
        parse_terms(text, "group_by", 3)
    code = f"group-by-{code}"
    assert caught.value == BadRequest(code, detail, (Fault("group_by", code, detail),))


def test_the_limit_is_allowed() -> None:
    assert len(parse_terms("a,b,c", "group_by", 3)) == 3


def test_a_term_has_a_label() -> None:
    (name, call) = parse_terms("city,sum(price)", "measures", 3)
    assert (name.label, call.label) == ("city", "sum(price)")
    assert parse_terms("sum(a),max(a),a", "measures", 3)[2] == plain("a", 15)


def test_a_column_is_found() -> None:
    city, id, quoted = parse_terms('city,$id,"a,""b""(c)"', "group_by", 3)
    assert find_column(city, SALES, "group_by") is CITY
    assert find_column(id, SALES, "group_by") is Builtin.ID
    assert find_column(quoted, SALES, "group_by") is QUOTED


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("sum(ctiy)", "'ctiy' at character 5 of on: there is no such column in it: did you mean 'city'?"),
        ("$idd", "'$idd' at character 1 of on: there is no such column in it: did you mean '$id'?"),
        ('"$id"', "'$id' at character 2 of on: there is no such column in it: did you mean '$id'?"),
        (
            "x",
            "'x' at character 1 of on: there is no such column in it: known are 'city', 'price', 'day', 'at', 'note',"
            " 'ok', 'count', 'a,\"b\"(c)'",
        ),
    ],
)
def test_an_unknown_column_gets_a_hint(text: str, detail: str) -> None:
    (term,) = parse_terms(text, "on", 1)
    with pytest.raises(BadRequest) as caught:
        find_column(term, SALES, "on", " in it")
    assert caught.value == BadRequest("unknown-column", detail, (Fault("on", "unknown-column", detail),))


def test_a_long_piece_is_shortened() -> None:
    assert parameter_error("on", "syntax", "x" * 60, 3, "why").detail == f"'{'x' * 60}' at character 3 of on: why"
    assert parameter_error("on", "syntax", "x" * 61, 3, "why").detail == f"'{'x' * 57}…' at character 3 of on: why"
