"""What is asked of groups of records: `group_by=city,year(born)`, `measures=count,sum(price)`, `sort=-count`."""

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
    COUNT = "count"
    COUNT_DISTINCT = "count_distinct"
    SUM = "sum"
    AVG = "avg"
    MIN = "min"
    MAX = "max"


@dataclass(frozen=True, slots=True)
class GroupingTerm:
    """What records are grouped by: a column's value, or a function of it. `type` is the type of the result."""

    column: Column | Builtin
    function: str | None
    type: ColumnType
    label: str


@dataclass(frozen=True, slots=True)
class MeasureTerm:
    """A figure of each group; without a column it counts records."""

    aggregate: AggregateFunction
    column: Column | Builtin | None
    label: str


@dataclass(frozen=True, slots=True)
class GroupSortKey:
    """One key of the order of groups."""

    by: GroupingTerm | MeasureTerm
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Aggregation:
    """All of it; `order` ends with every group, so that no two groups tie."""

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
"""The functions a group may have: a filter's, as far as they take one value; the day of a day is that day."""


def parse_aggregation(
    definition: Definition, group_by: str, measures: str, sort: str, most: int = MAX_TERMS
) -> Aggregation:
    """Without measures records are counted; without a sort groups come in the order of what they are grouped by.

    Raises BadRequest naming the parameter, the character and what would be accepted.
    """
    groups = tuple(_parse_group(term, definition) for term in parse_terms(group_by, "group_by", most))
    figures = tuple(_parse_measure(term, definition) for term in parse_terms(measures or "count", "measures", most))
    named = tuple(_parse_sort_key(term, groups, figures) for term in parse_terms(sort, "sort", most, signed=True))
    rest = (GroupSortKey(group) for group in groups if group not in [key.by for key in named])
    return Aggregation(groups, figures, (*named, *rest))


def get_column_type(column: Column | Builtin) -> ColumnType:
    return column.type if isinstance(column, Column) else ColumnType.INTEGER


def _parse_group(term: ListTerm, definition: Definition) -> GroupingTerm:
    if term.function is not None and term.function not in GROUP_FUNCTIONS:
        why = f"records are not grouped by it: {suggest_nearest(term.function.lower(), GROUP_FUNCTIONS)}"
        raise parameter_error("group_by", "unknown-function", term.function, term.at, why)
    column = find_column(term, definition, "group_by")
    found = get_column_type(column)
    if term.function is None:
        if found is ColumnType.JSON:
            raise parameter_error(
                "group_by", "type", term.name, term.name_at, "it holds JSON values, which are not grouped"
            )
        return GroupingTerm(column, None, found, term.label)
    function = GROUP_FUNCTIONS[term.function]
    if found not in function.parameters[0]:
        wanted = " or ".join(sorted({TYPE_NAMES[accepted] for accepted in function.parameters[0]}))
        why = f"{term.function} takes {wanted}, and the column holds {found} values"
        raise parameter_error("group_by", "type", term.name, term.name_at, why)
    return GroupingTerm(column, term.function, function.result, term.label)


def _parse_measure(term: ListTerm, definition: Definition) -> MeasureTerm:
    if term.function is None:
        if term.name == AggregateFunction.COUNT and not term.quoted:
            return MeasureTerm(AggregateFunction.COUNT, None, term.label)
        asked = (
            f"of a column is asked like sum({term.name})"
            if definition.find(term.name)
            else _suggest_measure(term.name)
        )
        raise parameter_error("measures", "syntax", term.name, term.name_at, f"a figure {asked}")
    if term.function not in AGGREGATE_FUNCTIONS:
        why = f"there is no such figure: {suggest_nearest(term.function.lower(), AGGREGATE_FUNCTIONS)}"
        raise parameter_error("measures", "unknown-function", term.function, term.at, why)
    aggregate = AggregateFunction(term.function)
    column = find_column(term, definition, "measures")
    found = get_column_type(column)
    if found not in _ACCEPTED_TYPES[aggregate]:
        fitting = ", ".join(one for one in AggregateFunction if found in _ACCEPTED_TYPES[one])
        why = f"{aggregate} is not taken of a {found} column; of one there is {fitting}"
        raise parameter_error("measures", "type", term.name, term.name_at, why)
    return MeasureTerm(aggregate, column, term.label)


def _suggest_measure(name: str) -> str:
    return f"is count, or one like sum(price): {suggest_nearest(name.lower(), AGGREGATE_FUNCTIONS)}"


def _parse_sort_key(term: ListTerm, groups: Sequence[GroupingTerm], figures: Sequence[MeasureTerm]) -> GroupSortKey:
    """A figure goes before a group of the same name, unless the name stands in quotes."""
    candidates: list[GroupingTerm | MeasureTerm] = (
        [*groups] if term.quoted and term.function is None else [*figures, *groups]
    )
    for candidate in candidates:
        if candidate.label == term.label:
            return GroupSortKey(candidate, term.descending)
    known = [candidate.label for candidate in candidates]
    why = f"groups are sorted by what they are grouped by and their figures: {suggest_nearest(term.label, known)}"
    raise parameter_error("sort", "syntax", term.label, term.at, why)
