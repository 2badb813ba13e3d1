"""The functions and the arithmetic that a filter may use: what each takes and gives. A null argument gives null."""

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
    """Which types each parameter takes, and the type of the result; the last `optional` ones may be left out."""

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
"""Operators between two numbers, and `-` before one."""

# In every offset that a time may have, so that no time of a record lies beyond them.
EARLIEST, LATEST = "0001-01-01T00:00:00+15:59", "9999-12-31T23:59:59.999999999-15:59"

UNSUPPORTED_FUNCTIONS: Mapping[str, str] = {
    "matchespattern": "patterns are not searched; use contains, startswith or endswith",
    "time": "a time of day is no value here; use hour, minute and second",
    "totalseconds": "no column holds a duration",
    "cast": "values keep their column's type",
    "isof": "values keep their column's type",
    "case": "conditions are joined by 'and' and 'or'",
    "hassubset": "no column holds a collection",
    "hassubsequence": "no column holds a collection",
    "any": "no column holds a collection",
    "all": "no column holds a collection",
}
"""Functions of the standard that are not there, and what to do without."""


def get_arithmetic_type(operator: str, operands: tuple[ColumnType | None, ...]) -> ColumnType:
    """Integers give integers, but for `divby`; null goes with either."""
    whole = operator != "divby" and ColumnType.DECIMAL not in operands
    return ColumnType.INTEGER if whole else ColumnType.DECIMAL
