"""A filter as a small tree.

One shape serves twice: as it was written its leaves are `Name`s and `Duration`s (`Parsed`), once checked against a
dataset they are `Field`s (`Filter`). `at` is the place in the text, counted from 1; trees compare without it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Generic, TypeAlias, TypeVar

from domain.columns import Column, ColumnType, Value
from domain.errors import BadRequest, Fault


class Builtin(StrEnum):
    """What every record has beside its columns: both are integers."""

    ID = "$id"
    VERSION = "$version"


BUILTINS = tuple(builtin.value for builtin in Builtin)


class Comparator(StrEnum):
    EQ = "eq"
    NE = "ne"
    GT = "gt"
    GE = "ge"
    LT = "lt"
    LE = "le"


class Connective(StrEnum):
    AND = "and"
    OR = "or"


@dataclass(frozen=True, slots=True)
class Name:
    """A column as it was written. Only an unquoted `$id` is the record's own."""

    name: str
    quoted: bool = False
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Duration:
    """`duration'P7D'`, which can be added to a constant time only."""

    length: timedelta
    written: str = field(default="", compare=False)
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Field:
    column: Column | Builtin
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Literal:
    """A value in the filter. A number is a `Decimal`, an integer if written as one; the type of null is None."""

    value: Value
    type: ColumnType | None
    written: str = field(default="", compare=False)
    at: int = field(default=0, compare=False)


Leaf = TypeVar("Leaf", covariant=True)


@dataclass(frozen=True, slots=True)
class Call(Generic[Leaf]):
    """A function, or an operator of arithmetic: `add` is called with two numbers, `-` with one."""

    function: str
    arguments: tuple[FilterTerm[Leaf], ...]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Comparison(Generic[Leaf]):
    operator: Comparator
    left: FilterTerm[Leaf]
    right: FilterTerm[Leaf]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Membership(Generic[Leaf]):
    """`term in (choices)`."""

    term: FilterTerm[Leaf]
    choices: tuple[Literal, ...]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Junction(Generic[Leaf]):
    """A chain of two or more terms, flat however long."""

    operator: Connective
    terms: tuple[FilterTerm[Leaf], ...]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Negation(Generic[Leaf]):
    term: FilterTerm[Leaf]
    at: int = field(default=0, compare=False)


FilterTerm: TypeAlias = (
    Leaf | Literal | Call[Leaf] | Comparison[Leaf] | Membership[Leaf] | Junction[Leaf] | Negation[Leaf]
)
ParsedFilter: TypeAlias = FilterTerm[Name | Duration]
Filter: TypeAlias = FilterTerm[Field]


def filter_error(code: str, piece: str, at: int, why: str) -> BadRequest:
    """The one form of all errors of a filter: the offending piece, its place, what would be accepted."""
    shown = piece if len(piece) <= 60 else piece[:57] + "…"
    quoted = shown if shown[:1] in ("'", '"') else f"'{shown}'"
    detail = f"{quoted if piece else 'The end of the filter'} at character {at}: {why}"
    return BadRequest(code, detail, (Fault("filter", code, detail),))
