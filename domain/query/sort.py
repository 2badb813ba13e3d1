"""Parses the order of records: `-price,name,"Unit price":ci` is descending price, then name, then the unit price
without regard to case and accents."""

import re
from dataclasses import dataclass
from enum import StrEnum

from domain.columns import Column, ColumnType
from domain.errors import BadRequest, Fault, suggest_nearest
from domain.query.filter.term_types import get_term_type, quote_term
from domain.query.filter.tree import BUILTINS, Builtin, Field, Filter
from domain.schema import Definition


class SortRule(StrEnum):
    """How text is compared. The values are what a client writes after the column's name, and are stored with indexes.

    `CASE_INSENSITIVE` ignores case and accents; `NATURAL` also compares numbers within text by their size.
    """

    CODE_POINT = ""
    CASE_INSENSITIVE = "ci"
    NATURAL = "natural"


@dataclass(frozen=True, slots=True)
class SortKey:
    """A term of the order: a column, or what a filter's functions and operators make of columns.

    Nulls are last in both directions, except with `nulls_first` in an ascending order.
    """

    by: Column | Builtin | Filter
    descending: bool = False
    nulls_first: bool = False
    rule: SortRule = SortRule.CODE_POINT

    @property
    def term(self) -> Filter:
        """The term of a filter that has the same values."""
        return Field(self.by) if isinstance(self.by, Column | Builtin) else self.by


_KEY = re.compile(
    r'\s*(?P<minus>-?)\s*(?:"(?P<quoted>(?:[^"]|"")*+)"(?:\s*:(?P<rule>[^",]*))?|(?P<plain>[^",]*))\s*(?P<after>.?)',
    re.DOTALL,
)


def parse_sort(text: str, definition: Definition, max_keys: int) -> tuple[SortKey, ...]:
    """The keys of `text` in order, none for a blank text. Names with a comma or a quote are written in quotes.

    A rule follows the name after a colon: `name:ci`, `name:natural`. Raises BadRequest `sort-syntax`, `sort-type`,
    `unknown-column` or `sort-limit`. A column cannot be repeated with the same rule.
    """
    keys: list[SortKey] = []
    at = 0
    while text.strip() and at <= len(text):
        match = _KEY.match(text, at)
        if match is None or match["after"] not in ("", ","):
            raise sort_error("sort-syntax", f"the sort cannot be read from character {at + 1} on: {_EXPECTED}")
        name, rule = _split_rule(match, definition)
        key = SortKey(_find_sort_column(name, match, definition), bool(match["minus"]), rule=rule)
        if rule is not SortRule.CODE_POINT and get_term_type(key.term) is not ColumnType.STRING:
            where = f"{quote_term(key.term)!r} at character {at + 1}"
            raise sort_error("sort-type", f"{where} is not text: only text can be sorted by {rule.value!r}")
        append_key(keys, key, at + 1, max_keys)
        at = match.end() if match["after"] else len(text) + 1
    return tuple(keys)


def append_key(keys: list[SortKey], key: SortKey, at: int, max_keys: int) -> None:
    """Append the key that was read at character `at`. Raises BadRequest if it has no order, is repeated, or is one
    too many."""
    where, column_type = f"{quote_term(key.term)!r} at character {at}", get_term_type(key.term)
    if column_type is ColumnType.JSON:
        raise sort_error("sort-type", f"{where} has JSON values, which have no order")
    if column_type is None:
        raise sort_error("sort-type", f"{where} is always null, which is no order")
    if any((key.by, key.rule) == (earlier.by, earlier.rule) for earlier in keys):
        raise sort_error("sort-syntax", f"{where} is repeated")
    if len(keys) == max_keys:
        raise sort_error("sort-limit", f"a sort can have at most {max_keys} columns")
    keys.append(key)


_EXPECTED = 'expected columns like -price,name:ci,"Unit price"'


def _split_rule(match: re.Match[str], definition: Definition) -> tuple[str, SortRule]:
    """The name and the rule after it. A plain name that is a column's own is taken as it stands."""
    if match["quoted"] is not None:
        name = match["quoted"].replace('""', '"')
        if match["rule"] is None:
            return name, SortRule.CODE_POINT
        if (given := match["rule"].strip()) not in _RULES:
            raise _rule_error(given, match)
        return name, SortRule(given)
    name = match["plain"].strip()
    bare, colon, given = (part.strip() for part in name.rpartition(":"))
    if not colon or definition.find(name) is not None:
        return name, SortRule.CODE_POINT
    if given in _RULES:
        return bare, SortRule(given)
    if bare in BUILTINS or definition.find(bare) is not None:
        raise _rule_error(given, match)
    return name, SortRule.CODE_POINT


_RULES = tuple(rule.value for rule in SortRule if rule.value)


def _rule_error(given: str, match: re.Match[str]) -> BadRequest:
    hint = suggest_nearest(given, _RULES)
    detail = f"{given!r} at character {match.start() + 1}: there is no such rule: {hint}"
    return sort_error("sort-syntax", detail)


def _find_sort_column(name: str, match: re.Match[str], definition: Definition) -> Column | Builtin:
    quoted = match["quoted"]
    if quoted is None and name in BUILTINS:
        return Builtin(name)
    if (column := definition.find(name)) is not None:
        return column
    at = match.start() + 1
    if not name:
        raise sort_error("sort-syntax", f"a column is missing at character {at}: {_EXPECTED}")
    bare, _, direction = name.rpartition(" ")
    if direction.lower() in ("asc", "desc") and bare:
        corrected = f"-{bare}" if direction.lower() == "desc" else bare
        raise sort_error("sort-syntax", f"{name!r} at character {at}: write {corrected!r}")
    known = (*definition.names, *(BUILTINS if name.startswith("$") else ()))
    raise sort_error(
        "unknown-column", f"{name!r} at character {at}: there is no such column: {suggest_nearest(name, known)}"
    )


def sort_error(code: str, detail: str) -> BadRequest:
    return BadRequest(code, detail, (Fault("sort", code, detail),))
