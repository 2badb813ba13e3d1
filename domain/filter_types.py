"""The types of a filter's terms, which of them may be compared, and what to say where they may not."""

import re
from typing import assert_never

from domain.columns import Column, ColumnType, is_date, is_datetime
from domain.filter_tree import (
    FUNCTIONS,
    Call,
    Comparison,
    Field,
    Filter,
    Junction,
    Literal,
    Membership,
    Negation,
    refusal,
)

CALLED = {
    None: "null",
    ColumnType.STRING: "a string",
    ColumnType.INTEGER: "a number",
    ColumnType.DECIMAL: "a number",
    ColumnType.BOOLEAN: "true or false",
    ColumnType.DATE: "a date",
    ColumnType.DATETIME: "a time",
    ColumnType.JSON: "a JSON value",
}
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


def type_of(term: Filter) -> ColumnType | None:
    """The type of the term's value; None for null, which goes with every type."""
    match term:
        case Field(column=Column(type=column_type)):
            return column_type
        case Field():
            return ColumnType.INTEGER
        case Literal():
            return term.type
        case Call():
            return FUNCTIONS[term.function].result
        case Comparison() | Membership() | Junction() | Negation():
            return ColumnType.BOOLEAN
        case _:
            assert_never(term)


def need_comparable(left: Filter, right: Filter) -> None:
    """Raises BadRequest `filter-type` at the term that does not fit: the constant, if one side is one."""
    expected, given = type_of(left), type_of(right)
    if expected is None or given is None or CALLED[expected] == CALLED[given]:
        return
    if isinstance(left, Literal) and not isinstance(right, Literal):
        left, right, expected, given = right, left, given, expected
    why = f"{CALLED[given]} cannot be compared with {piece(left)}, which is {CALLED[expected]}"
    raise refusal("filter-type", piece(right), right.at, why + hint(expected, right))


def hint(expected: ColumnType, given: Filter) -> str:
    """How to write what was probably meant by a constant of the wrong type; empty if it is none."""
    if not isinstance(given, Literal):
        return ""
    text = given.value if isinstance(given.value, str) else given.written
    match expected:
        case ColumnType.STRING:
            return f": write it in single quotes: '{given.written}'"
        case ColumnType.INTEGER | ColumnType.DECIMAL:
            return _unquoted("number", text if _NUMBER.fullmatch(text) else None, "10.5")
        case ColumnType.BOOLEAN:
            return _unquoted("value", text if text in ("true", "false") else None, "true")
        case ColumnType.DATE:
            return _unquoted("date", text[:10] if is_date(text[:10]) else None, "2024-01-31")
        case ColumnType.DATETIME:
            time = f"{text}T00:00:00Z" if is_date(text) else text
            return _unquoted("time", time if is_datetime(time) else None, "2024-01-31T10:00:00Z")
        case ColumnType.JSON:
            return ": of JSON values only null can be asked for, like 'eq null'"
        case _:
            assert_never(expected)


def _unquoted(kind: str, meant: str | None, example: str) -> str:
    return f": write the {kind} without quotes" + (f": {meant}" if meant else f", like {example}")


def piece(term: Filter) -> str:
    """The term as an error quotes it."""
    match term:
        case Field():
            return term.column.name if isinstance(term.column, Column) else term.column.value
        case Literal():
            return term.written
        case Call():
            return f"{term.function}(…)"
        case Comparison() | Junction():
            return term.operator
        case Membership():
            return "in"
        case Negation():
            return "not"
        case _:
            assert_never(term)
