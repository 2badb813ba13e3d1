"""A filter checked against the columns of a dataset: names become fields, like is compared with like."""

from dataclasses import dataclass
from typing import assert_never

from domain.columns import Column, ColumnType
from domain.errors import nearest
from domain.query.filter.calls import call
from domain.query.filter.term_types import CALLED, need_comparable, piece, type_of
from domain.query.filter.times import constant_time, shifted
from domain.query.filter.tree import (
    BUILTINS,
    Builtin,
    Call,
    Comparison,
    Duration,
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
from domain.schema import Definition


def checked(tree: Parsed, definition: Definition, now: str) -> Filter:
    """`tree` with its columns found in `definition`, and `now()` replaced by `now`: an RFC 3339 time, empty if the
    filter does not ask for it.

    Raises BadRequest `unknown-column`, `filter-type` or `filter-limit`, naming the character and what would be
    accepted.
    """
    return _condition(tree, _Scope(definition, now))


@dataclass(frozen=True, slots=True)
class _Scope:
    definition: Definition
    now: str


def _resolved(term: Parsed, scope: _Scope) -> Filter:
    match term:
        case Name():
            return Field(_column(term, scope.definition), term.at)
        case Literal():
            return term
        case Call():
            return _call(term, scope)
        case Comparison():
            left, right = _resolved(term.left, scope), _resolved(term.right, scope)
            need_comparable(left, right, term.operator, term.at)
            return Comparison(term.operator, left, right, term.at)
        case Membership():
            return _membership(term, scope)
        case Junction():
            return Junction(term.operator, tuple([_condition(part, scope) for part in term.terms]), term.at)
        case Negation():
            return Negation(_condition(term.term, scope), term.at)
        case Duration():
            why = "a duration stands after a constant time only, like now() sub duration'P7D'"
            raise refusal("filter-type", term.written, term.at, why)
        case _:
            assert_never(term)


def _column(name: Name, definition: Definition) -> Column | Builtin:
    if not name.quoted and name.name in BUILTINS:
        return Builtin(name.name)
    if (column := definition.find(name.name)) is not None:
        return column
    known = (*definition.names, *(BUILTINS if name.name.startswith("$") else ()))
    same = [k for k in known if k.casefold() == name.name.casefold()]
    near = f"did you mean {same[0]!r}?" if same else nearest(name.name, known)
    quotes = "; a string stands in single quotes" if name.quoted else ""
    raise refusal("unknown-column", name.name, name.at, f"there is no such column: {near}{quotes}")


def _condition(term: Parsed, scope: _Scope) -> Filter:
    found = _resolved(term, scope)
    if type_of(found) not in (ColumnType.BOOLEAN, None):
        example = "compare it, like 'price gt 5' or 'not (price gt 5)'"
        why = f"expected a condition, got {CALLED[type_of(found)]}; {example}"
        raise refusal("filter-type", piece(found), found.at, why)
    return found


def _membership(term: Membership[Name | Duration], scope: _Scope) -> Filter:
    found = _resolved(term.term, scope)
    typed = next((t for t in (found, *term.choices) if type_of(t)), found)
    for choice in term.choices:
        need_comparable(typed, choice, "in", term.at)
    return Membership(found, term.choices, term.at)


def _call(term: Call[Name | Duration], scope: _Scope) -> Filter:
    match term.arguments:
        case (time, Duration() as length):
            return shifted(term.function, _resolved(time, scope), length, term.at)
        case ():
            constant = constant_time(term.function, scope.now, term.at)
            return constant or call(term.function, (), term.at)
        case arguments:
            return call(term.function, tuple([_resolved(argument, scope) for argument in arguments]), term.at)
