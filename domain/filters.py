"""A filter checked against the columns of a dataset: names become fields, like is compared with like."""

from typing import assert_never

from domain.columns import Column, ColumnType
from domain.errors import nearest
from domain.filter_tree import (
    BUILTINS,
    FUNCTIONS,
    Builtin,
    Call,
    Comparator,
    Comparison,
    Field,
    Filter,
    Junction,
    Literal,
    Membership,
    Name,
    Negation,
    Parsed,
    refusal,
)
from domain.filter_types import CALLED, hint, need_comparable, piece, type_of
from domain.schema import Definition


def checked(tree: Parsed, definition: Definition) -> Filter:
    """`tree` with its columns found in `definition`.

    Raises BadRequest `unknown-column` or `filter-type`, naming the character and what would be accepted.
    """
    return _condition(tree, definition)


def _resolved(term: Parsed, definition: Definition) -> Filter:
    match term:
        case Name():
            return Field(_column(term, definition), term.at)
        case Literal():
            return term
        case Call():
            return _call(term, definition)
        case Comparison():
            return _comparison(term, definition)
        case Membership():
            found = _resolved(term.term, definition)
            typed = next((t for t in (found, *term.choices) if type_of(t)), found)
            for choice in term.choices:
                need_comparable(typed, choice)
            return Membership(found, term.choices, term.at)
        case Junction():
            return Junction(term.operator, tuple(_condition(t, definition) for t in term.terms), term.at)
        case Negation():
            return Negation(_condition(term.term, definition), term.at)
        case _:
            assert_never(term)


def _column(name: Name, definition: Definition) -> Column | Builtin:
    if not name.quoted and name.name in BUILTINS:
        return Builtin(name.name)
    if (column := definition.find(name.name)) is not None:
        return column
    known = (*definition.names, *(BUILTINS if name.name.startswith("$") else ()))
    same = [k for k in (*known, "null", "true", "false") if k.casefold() == name.name.casefold()]
    near = f"did you mean {same[0]!r}?" if same else nearest(name.name, known)
    quotes = "; a string stands in single quotes" if name.quoted else ""
    raise refusal("unknown-column", name.name, name.at, f"there is no such column: {near}{quotes}")


def _condition(term: Parsed, definition: Definition) -> Filter:
    found = _resolved(term, definition)
    if type_of(found) not in (ColumnType.BOOLEAN, None):
        example = "compare it, like 'price gt 5' or 'not (price gt 5)'"
        why = f"expected a condition, got {CALLED[type_of(found)]}; {example}"
        raise refusal("filter-type", piece(found), found.at, why)
    return found


def _call(call: Call[Name], definition: Definition) -> Filter:
    arguments = tuple(_resolved(argument, definition) for argument in call.arguments)
    parameters = FUNCTIONS[call.function].parameters
    if len(arguments) != len(parameters):
        why = f"expected {len(parameters)} argument{'s'[: len(parameters) - 1]}, got {len(arguments)}"
        raise refusal("filter-type", call.function, call.at, why)
    for argument, accepted in zip(arguments, parameters, strict=True):
        if type_of(argument) not in (*accepted, None):
            wanted = " or ".join(sorted(CALLED[t] for t in accepted))
            why = f"{call.function} takes {wanted}, not {CALLED[type_of(argument)]}"
            raise refusal("filter-type", piece(argument), argument.at, why + hint(min(accepted), argument))
    return Call(call.function, arguments, call.at)


def _comparison(term: Comparison[Name], definition: Definition) -> Filter:
    left, right = _resolved(term.left, definition), _resolved(term.right, definition)
    need_comparable(left, right)
    if ColumnType.JSON in (type_of(left), type_of(right)) and None not in (type_of(left), type_of(right)):
        why = "JSON values cannot be compared; only null can be asked for, like 'eq null'"
        raise refusal("filter-type", term.operator, term.at, why)
    ordered = term.operator not in (Comparator.EQ, Comparator.NE)
    if ordered and ColumnType.BOOLEAN in (type_of(left), type_of(right)):
        why = "true and false have no order; use 'eq', 'ne' or 'in'"
        raise refusal("filter-type", term.operator, term.at, why)
    return Comparison(term.operator, left, right, term.at)
