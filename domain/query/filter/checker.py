"""Checks a filter against the columns of a dataset: names become fields, and types must fit."""

from dataclasses import dataclass
from typing import assert_never

from domain.columns import Column, ColumnType
from domain.errors import suggest_nearest
from domain.query.filter.calls import check_call
from domain.query.filter.term_types import (
    TYPE_NAMES,
    get_term_type,
    quote_term,
    require_comparable,
)
from domain.query.filter.times import get_constant_time, shift_time
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
    ParsedFilter,
    filter_error,
)
from domain.schema import Definition


def check_filter(tree: ParsedFilter, definition: Definition, now: str) -> Filter:
    """`tree` with the columns of `definition`, and with `now()` replaced by `now`.

    `now` is an RFC 3339 time, empty if the filter does not contain `now()`. Raises BadRequest `unknown-column`,
    `filter-type` or `filter-limit`, which names the character and what would be accepted.
    """
    return _check_condition(tree, _CheckScope(definition, now))


def check_term(tree: ParsedFilter, definition: Definition) -> Filter:
    """A term of any type, which does not call `now()`, with the columns of `definition`. Raises like
    `check_filter`."""
    return _check_term(tree, _CheckScope(definition, ""))


@dataclass(frozen=True, slots=True)
class _CheckScope:
    definition: Definition
    now: str


def _check_term(term: ParsedFilter, scope: _CheckScope) -> Filter:
    match term:
        case Name():
            return Field(_find_field_column(term, scope.definition), term.at)
        case Literal():
            return term
        case Call():
            return _check_term_call(term, scope)
        case Comparison():
            left, right = _check_term(term.left, scope), _check_term(term.right, scope)
            require_comparable(left, right, term.operator, term.at)
            return Comparison(term.operator, left, right, term.at)
        case Membership():
            return _check_membership(term, scope)
        case Junction():
            return Junction(term.operator, tuple([_check_condition(part, scope) for part in term.terms]), term.at)
        case Negation():
            return Negation(_check_condition(term.term, scope), term.at)
        case Duration():
            why = "a duration can only follow a constant time, like now() sub duration'P7D'"
            raise filter_error("filter-type", term.written, term.at, why)
        case _:
            assert_never(term)


def _find_field_column(name: Name, definition: Definition) -> Column | Builtin:
    if not name.quoted and name.name in BUILTINS:
        return Builtin(name.name)
    if (column := definition.find(name.name)) is not None:
        return column
    known = (*definition.names, *(BUILTINS if name.name.startswith("$") else ()))
    same = [k for k in known if k.casefold() == name.name.casefold()]
    near = f"did you mean {same[0]!r}?" if same else suggest_nearest(name.name, known)
    quotes = "; a string is written in single quotes" if name.quoted else ""
    raise filter_error("unknown-column", name.name, name.at, f"there is no such column: {near}{quotes}")


def _check_condition(term: ParsedFilter, scope: _CheckScope) -> Filter:
    checked = _check_term(term, scope)
    if get_term_type(checked) not in (ColumnType.BOOLEAN, None):
        example = "compare it, like 'price gt 5' or 'not (price gt 5)'"
        why = f"expected a condition, got {TYPE_NAMES[get_term_type(checked)]}; {example}"
        raise filter_error("filter-type", quote_term(checked), checked.at, why)
    return checked


def _check_membership(term: Membership[Name | Duration], scope: _CheckScope) -> Filter:
    checked = _check_term(term.term, scope)
    typed = next((each for each in (checked, *term.choices) if get_term_type(each)), checked)
    for choice in term.choices:
        require_comparable(typed, choice, "in", term.at)
    return Membership(checked, term.choices, term.at)


def _check_term_call(term: Call[Name | Duration], scope: _CheckScope) -> Filter:
    match term.arguments:
        case (time, Duration() as length):
            return shift_time(term.function, _check_term(time, scope), length, term.at)
        case ():
            constant = get_constant_time(term.function, scope.now, term.at)
            return constant or check_call(term.function, (), term.at)
        case arguments:
            return check_call(term.function, tuple([_check_term(argument, scope) for argument in arguments]), term.at)
