"""OData's three-valued logic in plain Python, to compare PostgreSQL's answers with."""

import datetime
import operator
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, assert_never

from domain.columns import Column, ColumnType, Value
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
    Negation,
)


@dataclass(frozen=True)
class Row:
    id: int
    version: int
    values: tuple[Value, ...]


def kept(tree: Filter, row: Row) -> bool:
    return value(tree, row) is True


def value(term: Filter, row: Row) -> Any:
    match term:
        case Field(column=Builtin.ID):
            return row.id
        case Field(column=Builtin.VERSION):
            return row.version
        case Field(column=Column(position=position)):
            return row.values[position]
        case Field():
            raise AssertionError(term)
        case Literal():
            return term.value
        case Call():
            arguments = [value(argument, row) for argument in term.arguments]
            return None if None in arguments else FUNCTIONS[term.function](*arguments)
        case Comparison():
            return compared(term.operator, comparable(term.left, row), comparable(term.right, row))
        case Membership():
            choices = [comparable(choice, row) for choice in term.choices]
            return any(compared(Comparator.EQ, comparable(term.term, row), choice) for choice in choices)
        case Junction():
            decisive = term.operator is Connective.OR
            parts = [value(part, row) for part in term.terms]
            return decisive if decisive in parts else None if None in parts else not decisive
        case Negation():
            inner = value(term.term, row)
            return None if inner is None else not inner
        case _:
            assert_never(term)


def comparable(term: Filter, row: Row) -> Any:
    found = value(term, row)
    is_time = isinstance(term, Literal) and term.type is ColumnType.DATETIME
    is_time = is_time or (isinstance(term, Field) and getattr(term.column, "type", None) is ColumnType.DATETIME)
    if not is_time or found is None:
        return found
    time = datetime.datetime.fromisoformat(found)
    return time if time.tzinfo else time.replace(tzinfo=datetime.UTC)


def compared(comparator: Comparator, left: Any, right: Any) -> bool:
    if left is None or right is None:
        same = left is None and right is None
        return {Comparator.EQ: same, Comparator.NE: not same}.get(comparator, False)
    return bool(getattr(operator, comparator.value)(left, right))


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "contains": lambda text, part: part in text,
    "startswith": str.startswith,
    "endswith": str.endswith,
    "tolower": str.lower,
    "toupper": str.upper,
    "trim": str.strip,
    "length": len,
    "year": lambda text: Decimal(text[:4]),
    "month": lambda text: Decimal(text[5:7]),
    "day": lambda text: Decimal(text[8:10]),
    "hour": lambda text: Decimal(text[11:13]),
    "minute": lambda text: Decimal(text[14:16]),
    "second": lambda text: Decimal(text[17:19]),
}
