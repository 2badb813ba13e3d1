"""OData's three-valued logic, functions and sort order in plain Python, as a reference for PostgreSQL's results."""

import datetime
import decimal
import operator
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, assert_never

from domain.columns import Column, ColumnType, Value
from domain.query.filter.term_types import get_term_type
from domain.query.filter.tree import (
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
from domain.query.sort import SortKey


@dataclass(frozen=True)
class ReferenceRow:
    id: int
    version: int
    values: tuple[Value, ...]


def is_kept(tree: Filter, row: ReferenceRow) -> bool:
    return evaluate(tree, row) is True


def evaluate(term: Filter, row: ReferenceRow) -> Any:
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
            arguments = [evaluate(argument, row) for argument in term.arguments]
            if None in arguments:
                return None
            function = FUNCTIONS.get(term.function)
            return function(*arguments) if function else calculate(term.function, arguments)
        case Comparison():
            return compare(term.operator, evaluate_comparable(term.left, row), evaluate_comparable(term.right, row))
        case Membership():
            choices = [evaluate_comparable(choice, row) for choice in term.choices]
            return any(compare(Comparator.EQ, evaluate_comparable(term.term, row), choice) for choice in choices)
        case Junction():
            decisive = term.operator is Connective.OR
            parts = [evaluate(part, row) for part in term.terms]
            return decisive if decisive in parts else None if None in parts else not decisive
        case Negation():
            inner = evaluate(term.term, row)
            return None if inner is None else not inner
        case _:
            assert_never(term)


def evaluate_comparable(term: Filter, row: ReferenceRow) -> Any:
    found = evaluate(term, row)
    if found is None or get_term_type(term) is not ColumnType.DATETIME:
        return found
    time = datetime.datetime.fromisoformat(found)
    return time if time.tzinfo else time.replace(tzinfo=datetime.UTC)


def compare(comparator: Comparator, left: Any, right: Any) -> bool:
    if left is None or right is None:
        same = left is None and right is None
        return same if comparator in NULLS_EQUAL else not same if comparator is Comparator.NE else False
    return bool(getattr(operator, comparator.value)(left, right))


NULLS_EQUAL = (Comparator.EQ, Comparator.GE, Comparator.LE)


def sort_rows(rows: Iterable[ReferenceRow], keys: Sequence[SortKey]) -> list[ReferenceRow]:
    """The rows sorted by each key, nulls last. Python's sort is stable."""
    found = list(rows)
    for key in reversed(keys):
        field = key.term
        given = [row for row in found if evaluate(field, row) is not None]
        given.sort(key=lambda row, field=field: evaluate_comparable(field, row), reverse=key.descending)  # type: ignore[misc]
        found = given + [row for row in found if evaluate(field, row) is None]
    return found


EXACT_CONTEXT = decimal.Context(prec=20_000, Emax=10**6, Emin=-(10**6), rounding=decimal.ROUND_HALF_UP)
"""Enough digits for any calculation here to be exact."""


def calculate(function: str, arguments: Sequence[Any]) -> Any:
    numbers = [Decimal(argument) for argument in arguments]
    with decimal.localcontext(EXACT_CONTEXT):
        match function:
            case "add":
                return numbers[0] + numbers[1]
            case "sub":
                return numbers[0] - numbers[1]
            case "mul":
                return bound_number(numbers[0] * numbers[1])
            case "div" | "divby" | "mod" if numbers[1] == 0:
                return None
            case "div":
                return numbers[0] // numbers[1]
            case "mod":
                return numbers[0] % numbers[1]
            case "divby":
                return bound_number(quotient(*numbers))
            case "-":
                return -numbers[0]
            case "round":
                return numbers[0].to_integral_value(decimal.ROUND_HALF_UP)
            case "floor":
                return numbers[0].to_integral_value(decimal.ROUND_FLOOR)
            case "ceiling":
                return numbers[0].to_integral_value(decimal.ROUND_CEILING)


def bound_number(number: Decimal) -> Decimal | None:
    rounded = number.quantize(Decimal("1e-1000"))
    return None if abs(rounded) >= Decimal("1e1000") else rounded


def quotient(a: Decimal, b: Decimal) -> Decimal:
    """The quotient with as many digits after the point as PostgreSQL's `select_div_scale` gives."""
    (weight, digit), (other_weight, other_digit) = leading_digit(a), leading_digit(b)
    groups = weight - other_weight - (digit <= other_digit)
    scale = max(16 - 4 * groups, scale_of(a), scale_of(b), 0)
    return (a / b).quantize(Decimal(1).scaleb(-min(scale, 1000)))


def leading_digit(number: Decimal) -> tuple[int, int]:
    """The position and value of the first digit in base 10,000."""
    if number == 0:
        return 0, 0
    weight = number.adjusted() // 4
    return weight, int(abs(number).scaleb(-4 * weight))


def scale_of(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    return max(0, -exponent)


def substring(text: str, start: Decimal, length: Decimal | None = None) -> str | None:
    if length is not None and length < 0:
        return None
    begin = int(start) if start >= 0 else max(0, len(text) + int(start))
    return text[begin:] if length is None else text[begin : begin + int(length)]


def fraction(text: str) -> Decimal:
    digits = re.match(r"[.]\d+", text[19:])
    return Decimal("0" + digits.group()) if digits else Decimal(0)


def offset(text: str) -> Decimal:
    found = re.fullmatch(r"([+-])(\d\d):(\d\d)", text[-6:])
    return Decimal(int(found[1] + "1") * (int(found[2]) * 60 + int(found[3]))) if found else Decimal(0)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "contains": lambda text, part: part in text,
    "startswith": str.startswith,
    "endswith": str.endswith,
    "indexof": str.find,
    "tolower": str.lower,
    "toupper": str.upper,
    "trim": str.strip,
    "length": len,
    "substring": substring,
    "concat": operator.add,
    "year": lambda text: Decimal(text[:4]),
    "month": lambda text: Decimal(text[5:7]),
    "day": lambda text: Decimal(text[8:10]),
    "hour": lambda text: Decimal(text[11:13]),
    "minute": lambda text: Decimal(text[14:16]),
    "second": lambda text: Decimal(text[17:19]),
    "fractionalseconds": fraction,
    "totaloffsetminutes": offset,
    "date": lambda text: text[:10],
}
