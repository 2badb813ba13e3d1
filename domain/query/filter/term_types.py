"""The types of a filter's terms, which of them may be compared, and what to say where they may not."""

import re
from typing import assert_never

from domain.columns import Column, ColumnType, is_date, is_datetime
from domain.query.filter.functions import ARITHMETIC, FUNCTIONS, get_arithmetic_type
from domain.query.filter.tree import (
    Call,
    Comparison,
    Field,
    Filter,
    Junction,
    Literal,
    Membership,
    Negation,
    filter_error,
)

TYPE_NAMES = {
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


def get_term_type(term: Filter) -> ColumnType | None:
    """The type of the term's value; None for null, which goes with every type."""
    match term:
        case Field(column=Column(type=column_type)):
            return column_type
        case Field():
            return ColumnType.INTEGER
        case Literal():
            return term.type
        case Call() if term.function in ARITHMETIC:
            return get_arithmetic_type(term.function, tuple([get_term_type(argument) for argument in term.arguments]))
        case Call():
            return FUNCTIONS[term.function].result
        case Comparison() | Membership() | Junction() | Negation():
            return ColumnType.BOOLEAN
        case _:
            assert_never(term)


def require_comparable(left: Filter, right: Filter, operator: str, at: int) -> None:
    """Raises BadRequest `filter-type` at the term that does not fit: the constant, if one side is one."""
    expected, given = get_term_type(left), get_term_type(right)
    if expected is None or given is None:
        return
    if TYPE_NAMES[expected] != TYPE_NAMES[given]:
        raise _not_comparable_error(left, right, expected, given)
    if expected is ColumnType.JSON:
        why = "JSON values cannot be compared; only null can be asked for, like 'eq null'"
        raise filter_error("filter-type", operator, at, why)


def _not_comparable_error(left: Filter, right: Filter, expected: ColumnType, given: ColumnType) -> Exception:
    if isinstance(left, Literal) and not isinstance(right, Literal):
        left, right, expected, given = right, left, given, expected
    why = f"{TYPE_NAMES[given]} cannot be compared with {quote_term(left)}, which is {TYPE_NAMES[expected]}"
    if isinstance(left, Comparison):
        why += "; comparisons are read from the left: join two by 'and', or use parentheses"
    return filter_error("filter-type", quote_term(right), right.at, why + suggest_literal(expected, right))


def suggest_literal(expected: ColumnType, given: Filter) -> str:
    """How to write what was probably meant by a constant of the wrong type; empty if it is none."""
    if not isinstance(given, Literal):
        return ""
    text = given.value if isinstance(given.value, str) else given.written
    match expected:
        case ColumnType.STRING:
            return f": write it in single quotes: '{given.written}'"
        case ColumnType.INTEGER | ColumnType.DECIMAL:
            return _suggest_form("number", given, text if _NUMBER.fullmatch(text) else None, "10.5")
        case ColumnType.BOOLEAN:
            return _suggest_form("value", given, text if text in ("true", "false") else None, "true")
        case ColumnType.DATE:
            return _suggest_form("date", given, text[:10] if is_date(text[:10]) else None, "2024-01-31")
        case ColumnType.DATETIME:
            time = f"{text}T00:00:00Z" if is_date(text) else text
            return _suggest_form("time", given, time if is_datetime(time) else None, "2024-01-31T10:00:00Z")
        case ColumnType.JSON:
            return ": of JSON values only null can be asked for, like 'eq null'"
        case _:
            assert_never(expected)


def _suggest_form(kind: str, given: Literal, meant: str | None, example: str) -> str:
    if given.type is ColumnType.STRING:
        return f": write the {kind} without quotes" + (f": {meant}" if meant else f", like {example}")
    return f": write the {kind} {meant}" if meant else ""


def quote_term(term: Filter) -> str:
    """The term as an error quotes it."""
    match term:
        case Field():
            return term.column.name if isinstance(term.column, Column) else term.column.value
        case Literal():
            return term.written
        case Call():
            return term.function if term.function in ARITHMETIC else f"{term.function}(…)"
        case Comparison() | Junction():
            return term.operator
        case Membership():
            return "in"
        case Negation():
            return "not"
        case _:
            assert_never(term)
