"""Parses the order of records: `-price,name,"Unit price"` is descending price, then name, then the unit price."""

import re
from dataclasses import dataclass

from domain.columns import Column, ColumnType
from domain.errors import BadRequest, Fault, suggest_nearest
from domain.query.filter.tree import BUILTINS, Builtin
from domain.schema import Definition


@dataclass(frozen=True, slots=True)
class SortKey:
    """A column of the order. Nulls are last in both directions, except with `nulls_first` in an ascending order."""

    column: Column | Builtin
    descending: bool = False
    nulls_first: bool = False


_KEY = re.compile(r'\s*(?P<minus>-?)\s*(?:"(?P<quoted>(?:[^"]|"")*+)"|(?P<plain>[^",]*))\s*(?P<after>.?)', re.DOTALL)


def parse_sort(text: str, definition: Definition, max_keys: int) -> tuple[SortKey, ...]:
    """The keys of `text` in order, none for a blank text. Names with a comma or a quote are written in quotes.

    Raises BadRequest `sort-syntax`, `sort-type`, `unknown-column` or `sort-limit`. A column cannot be repeated.
    """
    keys: list[SortKey] = []
    at = 0
    while text.strip() and at <= len(text):
        match = _KEY.match(text, at)
        if match is None or match["after"] not in ("", ","):
            raise _sort_error("sort-syntax", f"the sort cannot be read from character {at + 1} on: {_EXPECTED}")
        key = SortKey(_find_sort_column(match, definition), bool(match["minus"]))
        if isinstance(key.column, Column) and key.column.type is ColumnType.JSON:
            raise _sort_error(
                "sort-type", f"{_get_key_name(key)!r} at character {at + 1} has JSON values, which have no order"
            )
        if any(key.column == earlier.column for earlier in keys):
            raise _sort_error("sort-syntax", f"{_get_key_name(key)!r} at character {at + 1} is repeated")
        if len(keys) == max_keys:
            raise _sort_error("sort-limit", f"a sort can have at most {max_keys} columns")
        keys.append(key)
        at = match.end() if match["after"] else len(text) + 1
    return tuple(keys)


_EXPECTED = 'expected columns like -price,name,"Unit price"'


def _find_sort_column(match: re.Match[str], definition: Definition) -> Column | Builtin:
    plain, quoted = match["plain"], match["quoted"]
    name = plain.strip() if quoted is None else quoted.replace('""', '"')
    if quoted is None and name in BUILTINS:
        return Builtin(name)
    if (column := definition.find(name)) is not None:
        return column
    at = match.start() + 1
    if not name:
        raise _sort_error("sort-syntax", f"a column is missing at character {at}: {_EXPECTED}")
    bare, _, direction = name.rpartition(" ")
    if direction.lower() in ("asc", "desc") and bare:
        corrected = f"-{bare}" if direction.lower() == "desc" else bare
        raise _sort_error("sort-syntax", f"{name!r} at character {at}: write {corrected!r}")
    known = (*definition.names, *(BUILTINS if name.startswith("$") else ()))
    raise _sort_error(
        "unknown-column", f"{name!r} at character {at}: there is no such column: {suggest_nearest(name, known)}"
    )


def _get_key_name(key: SortKey) -> str:
    return key.column.name if isinstance(key.column, Column) else key.column.value


def _sort_error(code: str, detail: str) -> BadRequest:
    return BadRequest(code, detail, (Fault("sort", code, detail),))
