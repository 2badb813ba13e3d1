"""Parses aggregations of records: `group_by=city,year(born)`, `measures=count,sum(price)`, `sort=-count`."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.columns import Column, ColumnType
from domain.errors import suggest_nearest
from domain.query.filter.functions import FUNCTIONS, FilterFunction
from domain.query.filter.term_types import TYPE_NAMES
from domain.query.filter.tree import Builtin
from domain.query.terms import ListTerm, find_column, parameter_error, parse_terms
from domain.schema import Definition

MAX_TERMS = 50


class AggregateFunction(StrEnum):
    """The functions that summarize the records of a group."""

    COUNT = "count"
    COUNT_DISTINCT = "count_distinct"
    SUM = "sum"
    AVG = "avg"
    MIN = "min"
    MAX = "max"


@dataclass(frozen=True, slots=True)
class GroupingTerm:
    """One term of `group_by`: a column, or a function of a column. `type` is the type of the result."""

    column: Column | Builtin
    function: str | None
    type: ColumnType
    label: str


@dataclass(frozen=True, slots=True)
class MeasureTerm:
    """One term of `measures`: an aggregate function of a column. Without a column it counts records."""

    aggregate: AggregateFunction
    column: Column | Builtin | None
    label: str


@dataclass(frozen=True, slots=True)
class GroupSortKey:
    """One term of `sort`: a group or measure by which groups are ordered."""

    by: GroupingTerm | MeasureTerm
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Aggregation:
    """A parsed aggregation. `order` ends with all grouping terms, so that the order is total."""

    groups: tuple[GroupingTerm, ...]
    measures: tuple[MeasureTerm, ...]
    order: tuple[GroupSortKey, ...]


AGGREGATE_FUNCTIONS = tuple(aggregate.value for aggregate in AggregateFunction)

_NUMBERS = frozenset({ColumnType.INTEGER, ColumnType.DECIMAL})
_ORDERED = _NUMBERS | {ColumnType.STRING, ColumnType.DATE, ColumnType.DATETIME}
_ACCEPTED_TYPES = {
    AggregateFunction.COUNT: frozenset(ColumnType),
    AggregateFunction.COUNT_DISTINCT: frozenset(ColumnType) - {ColumnType.JSON},
    AggregateFunction.SUM: _NUMBERS,
    AggregateFunction.AVG: _NUMBERS,
    AggregateFunction.MIN: _ORDERED,
    AggregateFunction.MAX: _ORDERED,
}

_DAY = frozenset({ColumnType.DATE, ColumnType.DATETIME})
GROUP_FUNCTIONS = {name: function for name, function in FUNCTIONS.items() if len(function.parameters) == 1} | {
    "date": FilterFunction((_DAY,), ColumnType.DATE)
}
"""The functions of `group_by`: all filter functions of one value. `date` also accepts dates."""


def parse_aggregation(
    definition: Definition, group_by: str, measures: str, sort: str, max_terms: int = MAX_TERMS
) -> Aggregation:
    """Parse the three parameters. Without measures, records are counted; without a sort, groups are in group order.

    Raises BadRequest, which names the parameter, the character and what would be accepted.
    """
    groups = tuple(_parse_group(term, definition) for term in parse_terms(group_by, "group_by", max_terms))
    measure_terms = tuple(
        _parse_measure(term, definition) for term in parse_terms(measures or "count", "measures", max_terms)
    )
    keys = tuple(
        _parse_sort_key(term, groups, measure_terms) for term in parse_terms(sort, "sort", max_terms, signed=True)
    )
    rest = (GroupSortKey(group) for group in groups if group not in [key.by for key in keys])
    return Aggregation(groups, measure_terms, (*keys, *rest))


def get_column_type(column: Column | Builtin) -> ColumnType:
    """The type of the column's values."""
    return column.type if isinstance(column, Column) else ColumnType.INTEGER


def _parse_group(term: ListTerm, definition: Definition) -> GroupingTerm:
    if term.function is not None and term.function not in GROUP_FUNCTIONS:
        why = f"records cannot be grouped by it: {suggest_nearest(term.function.lower(), GROUP_FUNCTIONS)}"
        raise parameter_error("group_by", "unknown-function", term.function, term.at, why)
    column = find_column(term, definition, "group_by")
    column_type = get_column_type(column)
    if term.function is None:
        if column_type is ColumnType.JSON:
            raise parameter_error(
                "group_by", "type", term.name, term.name_at, "it has JSON values, which cannot be grouped"
            )
        return GroupingTerm(column, None, column_type, term.label)
    function = GROUP_FUNCTIONS[term.function]
    if column_type not in function.parameters[0]:
        accepted = " or ".join(sorted({TYPE_NAMES[each] for each in function.parameters[0]}))
        why = f"{term.function} takes {accepted}, and the column has {column_type} values"
        raise parameter_error("group_by", "type", term.name, term.name_at, why)
    return GroupingTerm(column, term.function, function.result, term.label)


def _parse_measure(term: ListTerm, definition: Definition) -> MeasureTerm:
    if term.function is None:
        if term.name == AggregateFunction.COUNT and not term.quoted:
            return MeasureTerm(AggregateFunction.COUNT, None, term.label)
        is_column = definition.find(term.name) is not None
        why = f"write a measure of a column like sum({term.name})" if is_column else _suggest_measure(term.name)
        raise parameter_error("measures", "syntax", term.name, term.name_at, why)
    if term.function not in AGGREGATE_FUNCTIONS:
        why = f"there is no such measure: {suggest_nearest(term.function.lower(), AGGREGATE_FUNCTIONS)}"
        raise parameter_error("measures", "unknown-function", term.function, term.at, why)
    aggregate = AggregateFunction(term.function)
    column = find_column(term, definition, "measures")
    column_type = get_column_type(column)
    if column_type not in _ACCEPTED_TYPES[aggregate]:
        available = ", ".join(one for one in AggregateFunction if column_type in _ACCEPTED_TYPES[one])
        why = f"{aggregate} does not accept a {column_type} column; available: {available}"
        raise parameter_error("measures", "type", term.name, term.name_at, why)
    return MeasureTerm(aggregate, column, term.label)


def _suggest_measure(name: str) -> str:
    return f"a measure is count, or like sum(price): {suggest_nearest(name.lower(), AGGREGATE_FUNCTIONS)}"


def _parse_sort_key(term: ListTerm, groups: Sequence[GroupingTerm], measures: Sequence[MeasureTerm]) -> GroupSortKey:
    """The sort key that `term` names. A measure comes before a group of the same name, unless the name is quoted."""
    candidates: list[GroupingTerm | MeasureTerm] = (
        [*groups] if term.quoted and term.function is None else [*measures, *groups]
    )
    for candidate in candidates:
        if candidate.label == term.label:
            return GroupSortKey(candidate, term.descending)
    known = [candidate.label for candidate in candidates]
    why = f"groups are sorted by their grouping terms and measures: {suggest_nearest(term.label, known)}"
    raise parameter_error("sort", "syntax", term.label, term.at, why)
