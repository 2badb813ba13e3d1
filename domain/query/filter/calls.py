"""Functions and arithmetic with their arguments checked."""

from decimal import Decimal

from domain.columns import ColumnType
from domain.query.filter.functions import ARITHMETIC, FUNCTIONS, NUMBER, Function, Types
from domain.query.filter.term_types import CALLED, hint, piece, type_of
from domain.query.filter.tree import Call, Field, Filter, Literal, Membership, refusal


def call(function: str, arguments: tuple[Filter, ...], at: int) -> Filter:
    """A call whose arguments fit; null if one of them is. `div` of decimals is the call `divby`.

    Raises BadRequest `filter-type` at the argument that does not fit.
    """
    if function in ARITHMETIC:
        parameters: tuple[Types, ...] = (NUMBER,) * len(arguments)
    else:
        parameters = _parameters(function, FUNCTIONS[function], len(arguments), at)
    for argument, accepted in zip(arguments, parameters, strict=True):
        if type_of(argument) not in (*accepted, None):
            raise _misfit(function, argument, accepted)
    if any(type_of(argument) is None for argument in arguments):
        return Literal(None, None, "null", at)
    if function == "substring":
        _need_a_length(arguments)
    if function == "div" and ColumnType.DECIMAL in map(type_of, arguments):
        function = "divby"
    checked: Call[Field] = Call(function, arguments, at)
    return checked


def _parameters(name: str, function: Function, given: int, at: int) -> tuple[Types, ...]:
    most = len(function.parameters)
    least = most - function.optional
    if not least <= given <= most:
        wanted = f"{least} or {most}" if function.optional else str(most)
        raise refusal("filter-type", name, at, f"expected {wanted} argument{'' if most == 1 else 's'}, got {given}")
    return function.parameters[:given]


def _misfit(function: str, argument: Filter, accepted: Types) -> Exception:
    wanted = " or ".join(sorted({CALLED[each] for each in accepted}))
    given = CALLED[type_of(argument)]
    if wanted == given:  # both are numbers, but one is not whole
        why = f"{function} takes an integer, not a decimal number"
        return refusal("filter-type", piece(argument), argument.at, why)
    why = f"{function} takes {wanted}, not {given}"
    if isinstance(argument, Membership):
        why += "; 'in' binds more tightly than arithmetic: use parentheses"
    return refusal("filter-type", piece(argument), argument.at, why + hint(min(accepted), argument))


def _need_a_length(arguments: tuple[Filter, ...]) -> None:
    length = arguments[-1]
    if len(arguments) == 3 and isinstance(length, Literal) and isinstance(length.value, Decimal) and length.value < 0:
        raise refusal("filter-type", length.written, length.at, "the length of a substring is 0 or more")
