"""The syntax tree of a filter.

The same classes are used twice: as parsed, the leaves are `Name`s and `Duration`s (`ParsedFilter`); after the check
against a dataset, they are `Field`s (`Filter`). `at` is the position in the text, from 1; comparisons ignore it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Generic, TypeAlias, TypeVar

from domain.columns import Column, ColumnType, Value
from domain.errors import BadRequest, Fault


class Builtin(StrEnum):
    """The integers that every record has in addition to its columns."""

    ID = "$id"
    VERSION = "$version"


BUILTINS = tuple(builtin.value for builtin in Builtin)


class Comparator(StrEnum):
    """The operators that compare two values."""

    EQ = "eq"
    NE = "ne"
    GT = "gt"
    GE = "ge"
    LT = "lt"
    LE = "le"


class Connective(StrEnum):
    """The operators that combine conditions."""

    AND = "and"
    OR = "or"


@dataclass(frozen=True, slots=True)
class Name:
    """The name of a column as written. Only without quotes does `$id` mean the id of the record."""

    name: str
    quoted: bool = False
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Duration:
    """`duration'P7D'`, which can only be added to a constant time."""

    length: timedelta
    written: str = field(default="", compare=False)
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Field:
    """A column of the dataset."""

    column: Column | Builtin
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant. Numbers are `Decimal`s, of type integer if written as one; the type of null is None."""

    value: Value
    type: ColumnType | None
    written: str = field(default="", compare=False)
    at: int = field(default=0, compare=False)


Leaf = TypeVar("Leaf", covariant=True)


@dataclass(frozen=True, slots=True)
class Call(Generic[Leaf]):
    """A call of a function or of an arithmetic operator: `add` has two arguments, `-` has one."""

    function: str
    arguments: tuple[FilterTerm[Leaf], ...]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Comparison(Generic[Leaf]):
    """`left operator right`."""

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
    """Two or more terms combined by `and` or `or`."""

    operator: Connective
    terms: tuple[FilterTerm[Leaf], ...]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Negation(Generic[Leaf]):
    """`not term`."""

    term: FilterTerm[Leaf]
    at: int = field(default=0, compare=False)


FilterTerm: TypeAlias = (
    Leaf | Literal | Call[Leaf] | Comparison[Leaf] | Membership[Leaf] | Junction[Leaf] | Negation[Leaf]
)
ParsedFilter: TypeAlias = FilterTerm[Name | Duration]
Filter: TypeAlias = FilterTerm[Field]


def filter_error(code: str, piece: str, at: int, why: str) -> BadRequest:
    """The error about `piece` of a filter at character `at`; `why` says what would be accepted."""
    shown = piece if len(piece) <= 60 else piece[:57] + "…"
    quoted = shown if shown[:1] in ("'", '"') else f"'{shown}'"
    detail = f"{quoted if piece else 'The end of the filter'} at character {at}: {why}"
    return BadRequest(code, detail, (Fault("filter", code, detail),))
