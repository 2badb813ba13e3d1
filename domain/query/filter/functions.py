"""The functions and operators of filters, with their types. A null argument gives null."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.columns import ColumnType

TypeSet = frozenset[ColumnType]

NUMBER: TypeSet = frozenset({ColumnType.INTEGER, ColumnType.DECIMAL})
_STRING: TypeSet = frozenset({ColumnType.STRING})
_INTEGER: TypeSet = frozenset({ColumnType.INTEGER})
_DAY: TypeSet = frozenset({ColumnType.DATE, ColumnType.DATETIME})
_TIME: TypeSet = frozenset({ColumnType.DATETIME})


@dataclass(frozen=True, slots=True)
class FilterFunction:
    """The types that each parameter accepts, and the type of the result.

    The last `optional` parameters can be omitted.
    """

    parameters: tuple[TypeSet, ...]
    result: ColumnType
    optional: int = 0


FUNCTIONS: Mapping[str, FilterFunction] = {
    "contains": FilterFunction((_STRING, _STRING), ColumnType.BOOLEAN),
    "startswith": FilterFunction((_STRING, _STRING), ColumnType.BOOLEAN),
    "endswith": FilterFunction((_STRING, _STRING), ColumnType.BOOLEAN),
    "indexof": FilterFunction((_STRING, _STRING), ColumnType.INTEGER),
    "length": FilterFunction((_STRING,), ColumnType.INTEGER),
    "substring": FilterFunction((_STRING, _INTEGER, _INTEGER), ColumnType.STRING, optional=1),
    "tolower": FilterFunction((_STRING,), ColumnType.STRING),
    "toupper": FilterFunction((_STRING,), ColumnType.STRING),
    "trim": FilterFunction((_STRING,), ColumnType.STRING),
    "concat": FilterFunction((_STRING, _STRING), ColumnType.STRING),
    "year": FilterFunction((_DAY,), ColumnType.INTEGER),
    "month": FilterFunction((_DAY,), ColumnType.INTEGER),
    "day": FilterFunction((_DAY,), ColumnType.INTEGER),
    "hour": FilterFunction((_TIME,), ColumnType.INTEGER),
    "minute": FilterFunction((_TIME,), ColumnType.INTEGER),
    "second": FilterFunction((_TIME,), ColumnType.INTEGER),
    "fractionalseconds": FilterFunction((_TIME,), ColumnType.DECIMAL),
    "totaloffsetminutes": FilterFunction((_TIME,), ColumnType.INTEGER),
    "date": FilterFunction((_TIME,), ColumnType.DATE),
    "now": FilterFunction((), ColumnType.DATETIME),
    "mindatetime": FilterFunction((), ColumnType.DATETIME),
    "maxdatetime": FilterFunction((), ColumnType.DATETIME),
    "round": FilterFunction((NUMBER,), ColumnType.DECIMAL),
    "floor": FilterFunction((NUMBER,), ColumnType.DECIMAL),
    "ceiling": FilterFunction((NUMBER,), ColumnType.DECIMAL),
}

ARITHMETIC = frozenset({"add", "sub", "mul", "div", "divby", "mod", "-"})
"""The operators between two numbers, and the sign `-`."""

# With the extreme offsets, so that no time in a record is outside of this range.
EARLIEST, LATEST = "0001-01-01T00:00:00+15:59", "9999-12-31T23:59:59.999999999-15:59"

UNSUPPORTED_FUNCTIONS: Mapping[str, str] = {
    "matchespattern": "use contains, startswith or endswith",
    "time": "use hour, minute and second",
    "totalseconds": "no column has durations",
    "cast": "values always have the type of their column",
    "isof": "values always have the type of their column",
    "case": "combine conditions by 'and' and 'or'",
    "hassubset": "no column has collections",
    "hassubsequence": "no column has collections",
    "any": "no column has collections",
    "all": "no column has collections",
    "geo.distance": "no column has geographic values",
    "geo.intersects": "no column has geographic values",
    "geo.length": "no column has geographic values",
}
"""Functions of the OData standard that are not supported, and why, or what to use instead."""


def describe_unsupported(function: str) -> str:
    """Why a function of the standard is refused; empty for other functions."""
    reason = UNSUPPORTED_FUNCTIONS.get(function.lower())
    return f"this function is not supported: {reason}" if reason else ""


def get_arithmetic_type(operator: str, operands: tuple[ColumnType | None, ...]) -> ColumnType:
    """The type of the result: integers give an integer, except with `divby`. Null fits every type."""
    whole = operator != "divby" and ColumnType.DECIMAL not in operands
    return ColumnType.INTEGER if whole else ColumnType.DECIMAL
