"""Turns names of datasets and columns into OData identifiers: letters and digits of all scripts and `_`, at most 128
characters.

An identifier depends only on the names before it, so it does not change when others are added. Characters beyond
U+FFFF are left out, although the standard allows their letters: clients in .NET and Java refuse the whole metadata
because of one.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from domain.schema import Definition

MAX_LENGTH = 128

_SUFFIX_LENGTH = 8
"""Number of characters reserved for a suffix that makes a name unique."""

ID, VERSION = "_id", "_version"
"""The properties of an entity that are not columns."""

_OPERATORS = ("eq", "ne", "gt", "ge", "lt", "le", "has", "in", "and", "or", "not")
_ARITHMETIC = ("add", "sub", "mul", "div", "divby", "mod")
_RESERVED = frozenset((*_OPERATORS, *_ARITHMETIC, "null", "true", "false", "any", "all", "inf", "nan"))
"""Words with another meaning in a filter."""


def entity_set_names(slugs: Iterable[str]) -> dict[str, str]:
    """Entity set names by slug. `slugs` must be in the order in which they were first used."""
    taken: set[str] = set()
    return {slug: _unique_name(to_identifier(slug, "dataset"), taken) for slug in slugs}


def property_names(definition: Definition) -> dict[int, str]:
    """Property names by column position."""
    columns = sorted(definition.columns, key=lambda column: column.position)
    taken = {ID, VERSION}
    return {
        column.position: _unique_name(to_identifier(column.name, f"column_{column.position + 1}"), taken)
        for column in columns
    }


@lru_cache(maxsize=20_000)
def to_identifier(name: str, fallback: str) -> str:
    """`Prix unité (€)` → `Prix_unité`: `_` for each run of other characters, none at the end.

    Characters that only look different, such as `ﬁ` and `²`, become plain ones. A name without a letter or a digit
    becomes `fallback`.
    """
    kept = "".join(map(_to_identifier_character, unicodedata.normalize("NFKC", name)))
    plain = unicodedata.normalize("NFC", re.sub(" +", "_", kept)).rstrip("_" + _JOINERS) or fallback
    if (unicodedata.category(plain[0]) not in _LETTERS and plain[0] != "_") or plain.lower() in _RESERVED:
        plain = f"_{plain}"
    return plain[: MAX_LENGTH - _SUFFIX_LENGTH]


_LETTERS = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Nl"})
"""The Unicode categories of the characters with which an identifier can begin."""

_OTHERS = frozenset({"Nd", "Mn", "Mc", "Pc"})
"""The categories of the other characters of an identifier: digits, marks of letters, connectors such as `_`."""

_JOINERS = "\u200c\u200d"
"""Invisible, but letters of some scripts look different beside them."""


def _to_identifier_character(character: str) -> str:
    """The character, a blank if an identifier cannot contain it, or nothing if it is invisible."""
    category = unicodedata.category(character)
    if character in _JOINERS or (category in _LETTERS | _OTHERS and character <= "\uffff"):
        return character
    return "" if category == "Cf" else " "


def _unique_name(base: str, taken: set[str]) -> str:
    """The first of `base`, `base_2`, `base_3` … that is not in `taken`, ignoring case. It is added to `taken`."""
    name, number = base, 1
    while _fold_name(name) in taken:
        number += 1
        name = f"{base}_{number}"
    taken.add(_fold_name(name))
    return name


def _fold_name(name: str) -> str:
    """The name as clients compare it that ignore case and what is invisible."""
    return unicodedata.normalize("NFKC", name.casefold()).translate(dict.fromkeys(map(ord, _JOINERS)))
