"""Checks the arguments of functions and arithmetic."""

from decimal import Decimal

from domain.columns import ColumnType
from domain.query.filter.functions import ARITHMETIC, FUNCTIONS, NUMBER, FilterFunction, TypeSet
from domain.query.filter.term_types import TYPE_NAMES, get_term_type, quote_term, suggest_literal
from domain.query.filter.tree import Call, Field, Filter, Literal, Membership, filter_error


def check_call(function: str, arguments: tuple[Filter, ...], at: int) -> Filter:
    """The call with checked arguments; null if one of them is null. `div` of decimals becomes `divby`.

    Raises BadRequest `filter-type`, which names the argument of a wrong type.
    """
    if function in ARITHMETIC:
        parameters: tuple[TypeSet, ...] = (NUMBER,) * len(arguments)
    else:
        parameters = _select_parameters(function, FUNCTIONS[function], len(arguments), at)
    for argument, accepted in zip(arguments, parameters, strict=True):
        if get_term_type(argument) not in (*accepted, None):
            raise _argument_type_error(function, argument, accepted)
    if any(get_term_type(argument) is None for argument in arguments):
        return Literal(None, None, "null", at)
    if function == "substring":
        _require_valid_length(arguments)
    if function == "div" and ColumnType.DECIMAL in map(get_term_type, arguments):
        function = "divby"
    checked: Call[Field] = Call(function, arguments, at)
    return checked


def _select_parameters(name: str, function: FilterFunction, given: int, at: int) -> tuple[TypeSet, ...]:
    maximum = len(function.parameters)
    minimum = maximum - function.optional
    if not minimum <= given <= maximum:
        expected = f"{minimum} or {maximum}" if function.optional else str(maximum)
        raise filter_error(
            "filter-type", name, at, f"expected {expected} argument{'' if maximum == 1 else 's'}, got {given}"
        )
    return function.parameters[:given]


def _argument_type_error(function: str, argument: Filter, accepted: TypeSet) -> Exception:
    expected = " or ".join(sorted({TYPE_NAMES[each] for each in accepted}))
    given = TYPE_NAMES[get_term_type(argument)]
    if expected == given:  # both are numbers, but only an integer is accepted
        why = f"{function} takes an integer, not a decimal number"
        return filter_error("filter-type", quote_term(argument), argument.at, why)
    why = f"{function} takes {expected}, not {given}"
    if isinstance(argument, Membership):
        why += "; 'in' has a higher precedence than arithmetic: use parentheses"
    return filter_error(
        "filter-type", quote_term(argument), argument.at, why + suggest_literal(min(accepted), argument)
    )


def _require_valid_length(arguments: tuple[Filter, ...]) -> None:
    length = arguments[-1]
    if len(arguments) == 3 and isinstance(length, Literal) and isinstance(length.value, Decimal) and length.value < 0:
        raise filter_error("filter-type", length.written, length.at, "the length of a substring must be 0 or more")
