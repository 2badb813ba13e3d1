"""Aggregations: groups, measures and their order, and the errors for mistakes."""

import pytest

from domain.columns import ColumnType
from domain.errors import BadRequest, Fault
from domain.query.aggregation import (
    MAX_TERMS,
    AggregateFunction,
    Aggregation,
    GroupingTerm,
    GroupSortKey,
    MeasureTerm,
    get_column_type,
    parse_aggregation,
)
from domain.query.filter.tree import Builtin
from tests.domain.query.things import AT, CITY, COUNT, DAY, OK, PRICE, SALES

BY_CITY = GroupingTerm(CITY, None, ColumnType.STRING, "city")
BY_YEAR = GroupingTerm(DAY, "year", ColumnType.INTEGER, "year(day)")
COUNTED = MeasureTerm(AggregateFunction.COUNT, None, "count")
SUM = MeasureTerm(AggregateFunction.SUM, PRICE, "sum(price)")


def parse(group_by: str = "", measures: str = "", sort: str = "") -> Aggregation:
    return parse_aggregation(SALES, group_by, measures, sort)


def test_records_are_counted_without_measures() -> None:
    assert parse() == Aggregation((), (COUNTED,), ())
    assert parse("city") == Aggregation((BY_CITY,), (COUNTED,), (GroupSortKey(BY_CITY),))


def test_the_order_ends_with_all_groups() -> None:
    assert parse("city,year(day)", "sum(price),count", "-sum(price),-year(day)") == Aggregation(
        (BY_CITY, BY_YEAR),
        (SUM, COUNTED),
        (GroupSortKey(SUM, descending=True), GroupSortKey(BY_YEAR, descending=True), GroupSortKey(BY_CITY)),
    )
    assert parse("city", "count", "count").order == (GroupSortKey(COUNTED), GroupSortKey(BY_CITY))


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("date(at)", GroupingTerm(AT, "date", ColumnType.DATE, "date(at)")),
        ("date(day)", GroupingTerm(DAY, "date", ColumnType.DATE, "date(day)")),
        ("month(at)", GroupingTerm(AT, "month", ColumnType.INTEGER, "month(at)")),
        ("tolower(city)", GroupingTerm(CITY, "tolower", ColumnType.STRING, "tolower(city)")),
        ("floor(count)", GroupingTerm(COUNT, "floor", ColumnType.DECIMAL, "floor(count)")),
        ("ok", GroupingTerm(OK, None, ColumnType.BOOLEAN, "ok")),
        ("$version", GroupingTerm(Builtin.VERSION, None, ColumnType.INTEGER, "$version")),
    ],
)
def test_records_are_grouped(text: str, term: GroupingTerm) -> None:
    assert parse(text).groups == (term,)


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("count(city)", MeasureTerm(AggregateFunction.COUNT, CITY, "count(city)")),
        ("count_distinct(ok)", MeasureTerm(AggregateFunction.COUNT_DISTINCT, OK, "count_distinct(ok)")),
        ("avg(count)", MeasureTerm(AggregateFunction.AVG, COUNT, "avg(count)")),
        ("min(city)", MeasureTerm(AggregateFunction.MIN, CITY, "min(city)")),
        ("max(at)", MeasureTerm(AggregateFunction.MAX, AT, "max(at)")),
        ("sum($id)", MeasureTerm(AggregateFunction.SUM, Builtin.ID, "sum($id)")),
    ],
)
def test_groups_are_measured(text: str, term: MeasureTerm) -> None:
    assert parse(measures=text).measures == (term,)


def test_a_measure_precedes_a_group_of_the_same_name() -> None:
    group = GroupingTerm(COUNT, None, ColumnType.INTEGER, "count")
    assert parse("count", "count", "-count").order == (GroupSortKey(COUNTED, True), GroupSortKey(group))
    assert parse("count", "count", '-"count"').order == (GroupSortKey(group, True),)


@pytest.mark.parametrize(
    ("parameters", "code", "parameter", "detail"),
    [
        (
            ("yaer(day)", "", ""),
            "unknown-function",
            "group_by",
            "'yaer' at character 1 of group_by: records cannot be grouped by it: did you mean 'year'?",
        ),
        (
            ("city,YEAR(day)", "", ""),
            "unknown-function",
            "group_by",
            "'YEAR' at character 6 of group_by: records cannot be grouped by it: did you mean 'year'?",
        ),
        (
            ("concat(city)", "", ""),
            "unknown-function",
            "group_by",
            "'concat' at character 1 of group_by: records cannot be grouped by it: did you mean 'month'?",
        ),
        (
            ("hour(day)", "", ""),
            "group-by-type",
            "group_by",
            "'day' at character 6 of group_by: hour takes a time, and the column has date values",
        ),
        (
            ("year(city)", "", ""),
            "group-by-type",
            "group_by",
            "'city' at character 6 of group_by: year takes a date or a time, and the column has string values",
        ),
        (
            ("note", "", ""),
            "group-by-type",
            "group_by",
            "'note' at character 1 of group_by: it has JSON values, which cannot be grouped",
        ),
        (
            ("citi", "", ""),
            "unknown-column",
            "group_by",
            "'citi' at character 1 of group_by: there is no such column: did you mean 'city'?",
        ),
        (
            ("", "price", ""),
            "measures-syntax",
            "measures",
            "'price' at character 1 of measures: write a measure of a column like sum(price)",
        ),
        (
            ("", '"count"', ""),
            "measures-syntax",
            "measures",
            "'count' at character 2 of measures: write a measure of a column like sum(count)",
        ),
        (
            ("", "Cuont", ""),
            "measures-syntax",
            "measures",
            "'Cuont' at character 1 of measures: a measure is count, or like sum(price): did you mean 'count'?",
        ),
        (
            ("", "SUM(price)", ""),
            "unknown-function",
            "measures",
            "'SUM' at character 1 of measures: there is no such measure: did you mean 'sum'?",
        ),
        (
            ("", "avg(day)", ""),
            "measures-type",
            "measures",
            "'day' at character 5 of measures: avg does not accept a date column;"
            " available: count, count_distinct, min, max",
        ),
        (
            ("", "count_distinct(note)", ""),
            "measures-type",
            "measures",
            "'note' at character 16 of measures: count_distinct does not accept a json column; available: count",
        ),
        (
            ("", "max(ok)", ""),
            "measures-type",
            "measures",
            "'ok' at character 5 of measures: max does not accept a boolean column; available: count, count_distinct",
        ),
        (
            ("", "sum(prcie)", ""),
            "unknown-column",
            "measures",
            "'prcie' at character 5 of measures: there is no such column: did you mean 'price'?",
        ),
        (
            ("city", "sum(price)", "-avg(price)"),
            "sort-syntax",
            "sort",
            "'avg(price)' at character 2 of sort: groups are sorted by their grouping terms and measures:"
            " did you mean 'sum(price)'?",
        ),
        (
            ("city", "count", "day"),
            "sort-syntax",
            "sort",
            "'day' at character 1 of sort: groups are sorted by their grouping terms and measures:"
            " known are 'count', 'city'",
        ),
    ],
)
def test_an_error_names_the_position(
    parameters: tuple[str, str, str], code: str, parameter: str, detail: str
) -> None:
    with pytest.raises(BadRequest) as caught:
        parse(*parameters)
    assert caught.value == BadRequest(code, detail, (Fault(parameter, code, detail),))


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        (("city,day", "", ""), "group-by-limit"),
        (("", "count,sum(price)", ""), "measures-limit"),
        (("city", "count", "city,count"), "sort-limit"),
    ],
)
def test_the_number_of_terms_is_limited(parameters: tuple[str, str, str], code: str) -> None:
    assert parse_aggregation(SALES, *parameters, max_terms=2)
    with pytest.raises(BadRequest) as caught:
        parse_aggregation(SALES, *parameters, max_terms=1)
    assert caught.value.code == code
    assert MAX_TERMS == 50


def test_builtin_columns_are_integers() -> None:
    assert (get_column_type(Builtin.ID), get_column_type(DAY)) == (ColumnType.INTEGER, ColumnType.DATE)
