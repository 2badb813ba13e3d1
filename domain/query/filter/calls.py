"""Functions and arithmetic with their arguments checked."""

from decimal import Decimal

from domain.columns import ColumnType
from domain.query.filter.functions import ARITHMETIC, FUNCTIONS, NUMBER, FilterFunction, TypeSet
from domain.query.filter.term_types import TYPE_NAMES, get_term_type, quote_term, suggest_literal
from domain.query.filter.tree import Call, Field, Filter, Literal, Membership, filter_error


def check_call(function: str, arguments: tuple[Filter, ...], at: int) -> Filter:
    """A call whose arguments fit; null if one of them is. `div` of decimals is the call `divby`.

    Raises BadRequest `filter-type` at the argument that does not fit.
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
    most = len(function.parameters)
    least = most - function.optional
    if not least <= given <= most:
        wanted = f"{least} or {most}" if function.optional else str(most)
        raise filter_error(
            "filter-type", name, at, f"expected {wanted} argument{'' if most == 1 else 's'}, got {given}"
        )
    return function.parameters[:given]


def _argument_type_error(function: str, argument: Filter, accepted: TypeSet) -> Exception:
    wanted = " or ".join(sorted({TYPE_NAMES[each] for each in accepted}))
    given = TYPE_NAMES[get_term_type(argument)]
    if wanted == given:  # both are numbers, but one is not whole
        why = f"{function} takes an integer, not a decimal number"
        return filter_error("filter-type", quote_term(argument), argument.at, why)
    why = f"{function} takes {wanted}, not {given}"
    if isinstance(argument, Membership):
        why += "; 'in' binds more tightly than arithmetic: use parentheses"
    return filter_error(
        "filter-type", quote_term(argument), argument.at, why + suggest_literal(min(accepted), argument)
    )


def _require_valid_length(arguments: tuple[Filter, ...]) -> None:
    length = arguments[-1]
    if len(arguments) == 3 and isinstance(length, Literal) and isinstance(length.value, Decimal) and length.value < 0:
        raise filter_error("filter-type", length.written, length.at, "the length of a substring is 0 or more")
