"""The functions and the arithmetic that a filter may use: what each takes and gives. A null argument gives null."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.columns import ColumnType

Types = frozenset[ColumnType]

NUMBER: Types = frozenset({ColumnType.INTEGER, ColumnType.DECIMAL})
_STRING: Types = frozenset({ColumnType.STRING})
_INTEGER: Types = frozenset({ColumnType.INTEGER})
_DAY: Types = frozenset({ColumnType.DATE, ColumnType.DATETIME})
_TIME: Types = frozenset({ColumnType.DATETIME})


@dataclass(frozen=True, slots=True)
class Function:
    """Which types each parameter takes, and the type of the result; the last `optional` ones may be left out."""

    parameters: tuple[Types, ...]
    result: ColumnType
    optional: int = 0


FUNCTIONS: Mapping[str, Function] = {
    "contains": Function((_STRING, _STRING), ColumnType.BOOLEAN),
    "startswith": Function((_STRING, _STRING), ColumnType.BOOLEAN),
    "endswith": Function((_STRING, _STRING), ColumnType.BOOLEAN),
    "indexof": Function((_STRING, _STRING), ColumnType.INTEGER),
    "length": Function((_STRING,), ColumnType.INTEGER),
    "substring": Function((_STRING, _INTEGER, _INTEGER), ColumnType.STRING, optional=1),
    "tolower": Function((_STRING,), ColumnType.STRING),
    "toupper": Function((_STRING,), ColumnType.STRING),
    "trim": Function((_STRING,), ColumnType.STRING),
    "concat": Function((_STRING, _STRING), ColumnType.STRING),
    "year": Function((_DAY,), ColumnType.INTEGER),
    "month": Function((_DAY,), ColumnType.INTEGER),
    "day": Function((_DAY,), ColumnType.INTEGER),
    "hour": Function((_TIME,), ColumnType.INTEGER),
    "minute": Function((_TIME,), ColumnType.INTEGER),
    "second": Function((_TIME,), ColumnType.INTEGER),
    "fractionalseconds": Function((_TIME,), ColumnType.DECIMAL),
    "totaloffsetminutes": Function((_TIME,), ColumnType.INTEGER),
    "date": Function((_TIME,), ColumnType.DATE),
    "now": Function((), ColumnType.DATETIME),
    "mindatetime": Function((), ColumnType.DATETIME),
    "maxdatetime": Function((), ColumnType.DATETIME),
    "round": Function((NUMBER,), ColumnType.DECIMAL),
    "floor": Function((NUMBER,), ColumnType.DECIMAL),
    "ceiling": Function((NUMBER,), ColumnType.DECIMAL),
}

ARITHMETIC = frozenset({"add", "sub", "mul", "div", "divby", "mod", "-"})
"""Operators between two numbers, and `-` before one."""

# In every offset that a time may have, so that no time of a record lies beyond them.
EARLIEST, LATEST = "0001-01-01T00:00:00+15:59", "9999-12-31T23:59:59.999999999-15:59"

WHY_NOT: Mapping[str, str] = {
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


def arithmetic_type(operator: str, operands: tuple[ColumnType | None, ...]) -> ColumnType:
    """Integers give integers, but for `divby`; null goes with either."""
    whole = operator != "divby" and ColumnType.DECIMAL not in operands
    return ColumnType.INTEGER if whole else ColumnType.DECIMAL
