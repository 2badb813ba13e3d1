"""The types of the terms of a filter, which types can be compared, and the errors for types that cannot."""

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
    """The type of the term's value; None for null, which fits every type."""
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
    """Raises BadRequest `filter-type` if the types differ; it names the constant, if one side is a constant."""
    expected, given = get_term_type(left), get_term_type(right)
    if expected is None or given is None:
        return
    if TYPE_NAMES[expected] != TYPE_NAMES[given]:
        raise _not_comparable_error(left, right, expected, given)
    if expected is ColumnType.JSON:
        why = "JSON values cannot be compared, except with null, like 'eq null'"
        raise filter_error("filter-type", operator, at, why)


def _not_comparable_error(left: Filter, right: Filter, expected: ColumnType, given: ColumnType) -> Exception:
    if isinstance(left, Literal) and not isinstance(right, Literal):
        left, right, expected, given = right, left, given, expected
    why = f"{TYPE_NAMES[given]} cannot be compared with {quote_term(left)}, which is {TYPE_NAMES[expected]}"
    hint = suggest_literal(expected, right)
    if isinstance(left, Comparison):
        hint = "; comparisons are evaluated from the left: combine two by 'and', or use parentheses"
    return filter_error("filter-type", quote_term(right), right.at, why + hint)


def suggest_literal(expected: ColumnType, given: Filter) -> str:
    """A hint how to write a constant of the wrong type; empty if `given` is not a constant."""
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
            return ": JSON values can only be compared with null, like 'eq null'"
        case _:
            assert_never(expected)


def _suggest_form(name: str, given: Literal, suggestion: str | None, example: str) -> str:
    if given.type is ColumnType.STRING:
        return f": write the {name} without quotes" + (f": {suggestion}" if suggestion else f", like {example}")
    return f": write the {name} {suggestion}" if suggestion else f": write a {name} like {example}"


def quote_term(term: Filter) -> str:
    """The term as quoted in an error."""
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
