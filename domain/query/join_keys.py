"""Parses the columns that join two datasets: `user_id`, `user_id:id`, `a:x,b:y`; left column, then right column."""

import re
from dataclasses import dataclass

from domain.columns import Column, ColumnType
from domain.errors import BadRequest, Fault
from domain.query.aggregation import get_column_type
from domain.query.filter.term_types import TYPE_NAMES
from domain.query.filter.tree import Builtin
from domain.query.terms import ListTerm, find_column, parameter_error
from domain.schema import Definition

MAX_JOIN_PAIRS = 10


@dataclass(frozen=True, slots=True)
class JoinPair:
    """Two columns whose values must be equal: numbers by value, times as instants, everything else as written."""

    left: Column | Builtin
    right: Column | Builtin


_NAME = r'\s*+(?:"(?P<quoted_{0}>(?:[^"]|"")*+)"|(?P<plain_{0}>[^",:]*+))\s*+'
_PAIR = re.compile(_NAME.format("left") + "(?P<colon>:?)" + _NAME.format("right") + "(?P<after>.?)", re.DOTALL)


def parse_join_pairs(
    text: str, left: Definition, right: Definition, max_pairs: int = MAX_JOIN_PAIRS
) -> tuple[JoinPair, ...]:
    """The pairs of `text` in order.

    Raises BadRequest `on-syntax`, `on-limit`, `on-type` or `unknown-column`, which names the character.
    """
    if not text.strip():
        detail = "on names the columns to join by, like user_id:id, or user_id if both have this name"
        raise BadRequest("on-syntax", detail, (Fault("on", "on-syntax", detail),))
    pairs: list[JoinPair] = []
    at = 0
    while at <= len(text):
        match = _PAIR.match(text, at)
        if match is None or match["after"] not in ("", ",") or (not match["colon"] and _has_name(match, "right")):
            broken = at if match is None else match.start("after")
            why = "expected pairs like user_id:id, with quotes around a name that has a comma, a colon or a quote"
            raise parameter_error("on", "syntax", text[broken : broken + 20], broken + 1, why)
        if len(pairs) == max_pairs:
            raise parameter_error("on", "limit", text[at : at + 20], at + 1, f"at most {max_pairs} pairs are allowed")
        pairs.append(_parse_pair(match, left, right))
        at = match.end() if match["after"] else len(text) + 1
    return tuple(pairs)


def _parse_pair(match: re.Match[str], left: Definition, right: Definition) -> JoinPair:
    left_term = _parse_join_term(match, "left")
    right_term = _parse_join_term(match, "right") if match["colon"] else left_term
    pair = JoinPair(_find_join_column(left_term, left, "left"), _find_join_column(right_term, right, "right"))
    left_type, right_type = get_column_type(pair.left), get_column_type(pair.right)
    for term, found, side in ((left_term, left_type, "left"), (right_term, right_type, "right")):
        if found is ColumnType.JSON:
            raise parameter_error(
                "on", "type", term.name, term.at, f"the {side} column has JSON values, which cannot be joined"
            )
    if TYPE_NAMES[left_type] != TYPE_NAMES[right_type]:
        why = (
            f"the left column {left_term.name!r} has {left_type} values, the right column {right_term.name!r} has"
            f" {right_type} values; {TYPE_NAMES[left_type]} never equals {TYPE_NAMES[right_type]}"
        )
        raise parameter_error("on", "type", right_term.name, right_term.at, why)
    return pair


def _find_join_column(term: ListTerm, definition: Definition, side: str) -> Column | Builtin:
    return find_column(term, definition, "on", f" in the {side} dataset")


def _has_name(match: re.Match[str], side: str) -> bool:
    return match[f"quoted_{side}"] is not None or bool(match[f"plain_{side}"])


def _parse_join_term(match: re.Match[str], side: str) -> ListTerm:
    plain, quoted = match[f"plain_{side}"], match[f"quoted_{side}"]
    at = match.start(f"plain_{side}" if quoted is None else f"quoted_{side}") + 1
    name = plain.strip() if quoted is None else quoted.replace('""', '"')
    if not name:
        raise parameter_error("on", "syntax", match["after"], at, f"the name of the {side} column is missing")
    return ListTerm(name, quoted is not None, None, False, at, at)
