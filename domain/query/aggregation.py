"""What is asked of groups of records: `group_by=city,year(born)`, `measures=count,sum(price)`, `sort=-count`."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.columns import Column, ColumnType
from domain.errors import nearest
from domain.query.filter.functions import FUNCTIONS, Function
from domain.query.filter.term_types import CALLED
from domain.query.filter.tree import Builtin
from domain.query.terms import Term, column_of, refused, terms
from domain.schema import Definition

MOST_TERMS = 50


class Aggregate(StrEnum):
    COUNT = "count"
    COUNT_DISTINCT = "count_distinct"
    SUM = "sum"
    AVG = "avg"
    MIN = "min"
    MAX = "max"


@dataclass(frozen=True, slots=True)
class Group:
    """What records are grouped by: a column's value, or a function of it. `type` is the type of the result."""

    column: Column | Builtin
    function: str | None
    type: ColumnType
    label: str


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure of each group; without a column it counts records."""

    aggregate: Aggregate
    column: Column | Builtin | None
    label: str


@dataclass(frozen=True, slots=True)
class GroupKey:
    """One key of the order of groups."""

    by: Group | Measure
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Aggregation:
    """All of it; `order` ends with every group, so that no two groups tie."""

    groups: tuple[Group, ...]
    measures: tuple[Measure, ...]
    order: tuple[GroupKey, ...]


AGGREGATES = tuple(aggregate.value for aggregate in Aggregate)

_NUMBERS = frozenset({ColumnType.INTEGER, ColumnType.DECIMAL})
_ORDERED = _NUMBERS | {ColumnType.STRING, ColumnType.DATE, ColumnType.DATETIME}
_TAKES = {
    Aggregate.COUNT: frozenset(ColumnType),
    Aggregate.COUNT_DISTINCT: frozenset(ColumnType) - {ColumnType.JSON},
    Aggregate.SUM: _NUMBERS,
    Aggregate.AVG: _NUMBERS,
    Aggregate.MIN: _ORDERED,
    Aggregate.MAX: _ORDERED,
}

_DAY = frozenset({ColumnType.DATE, ColumnType.DATETIME})
GROUPING = {name: function for name, function in FUNCTIONS.items() if len(function.parameters) == 1} | {
    "date": Function((_DAY,), ColumnType.DATE)
}
"""The functions a group may have: a filter's, as far as they take one value; the day of a day is that day."""


def parse_aggregation(
    definition: Definition, group_by: str, measures: str, sort: str, most: int = MOST_TERMS
) -> Aggregation:
    """Without measures records are counted; without a sort groups come in the order of what they are grouped by.

    Raises BadRequest naming the parameter, the character and what would be accepted.
    """
    groups = tuple(_group(term, definition) for term in terms(group_by, "group_by", most))
    figures = tuple(_measure(term, definition) for term in terms(measures or "count", "measures", most))
    named = tuple(_key(term, groups, figures) for term in terms(sort, "sort", most, signed=True))
    rest = (GroupKey(group) for group in groups if group not in [key.by for key in named])
    return Aggregation(groups, figures, (*named, *rest))


def type_of(column: Column | Builtin) -> ColumnType:
    return column.type if isinstance(column, Column) else ColumnType.INTEGER


def _group(term: Term, definition: Definition) -> Group:
    if term.function is not None and term.function not in GROUPING:
        why = f"records are not grouped by it: {nearest(term.function.lower(), GROUPING)}"
        raise refused("group_by", "unknown-function", term.function, term.at, why)
    column = column_of(term, definition, "group_by")
    found = type_of(column)
    if term.function is None:
        if found is ColumnType.JSON:
            raise refused("group_by", "type", term.name, term.name_at, "it holds JSON values, which are not grouped")
        return Group(column, None, found, term.label)
    function = GROUPING[term.function]
    if found not in function.parameters[0]:
        wanted = " or ".join(sorted({CALLED[accepted] for accepted in function.parameters[0]}))
        why = f"{term.function} takes {wanted}, and the column holds {found} values"
        raise refused("group_by", "type", term.name, term.name_at, why)
    return Group(column, term.function, function.result, term.label)


def _measure(term: Term, definition: Definition) -> Measure:
    if term.function is None:
        if term.name == Aggregate.COUNT and not term.quoted:
            return Measure(Aggregate.COUNT, None, term.label)
        asked = f"of a column is asked like sum({term.name})" if definition.find(term.name) else _known(term.name)
        raise refused("measures", "syntax", term.name, term.name_at, f"a figure {asked}")
    if term.function not in AGGREGATES:
        why = f"there is no such figure: {nearest(term.function.lower(), AGGREGATES)}"
        raise refused("measures", "unknown-function", term.function, term.at, why)
    aggregate = Aggregate(term.function)
    column = column_of(term, definition, "measures")
    found = type_of(column)
    if found not in _TAKES[aggregate]:
        fitting = ", ".join(one for one in Aggregate if found in _TAKES[one])
        why = f"{aggregate} is not taken of a {found} column; of one there is {fitting}"
        raise refused("measures", "type", term.name, term.name_at, why)
    return Measure(aggregate, column, term.label)


def _known(name: str) -> str:
    return f"is count, or one like sum(price): {nearest(name.lower(), AGGREGATES)}"


def _key(term: Term, groups: Sequence[Group], figures: Sequence[Measure]) -> GroupKey:
    """A figure goes before a group of the same name, unless the name stands in quotes."""
    candidates: list[Group | Measure] = [*groups] if term.quoted and term.function is None else [*figures, *groups]
    for candidate in candidates:
        if candidate.label == term.label:
            return GroupKey(candidate, term.descending)
    known = [candidate.label for candidate in candidates]
    why = f"groups are sorted by what they are grouped by and their figures: {nearest(term.label, known)}"
    raise refused("sort", "syntax", term.label, term.at, why)
