"""Turns names of datasets and columns into OData identifiers: ASCII letters, digits and `_`, at most 128 characters.

The standard allows letters of all scripts, but not every client supports them. An identifier depends only on the
names before it, so it does not change when others are added.
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
    """`Prix unité (€)` → `Prix_unite`: without accents, `_` for each run of other characters, none at the end.

    A name without any ASCII letter or digit becomes `fallback`.
    """
    plain = unicodedata.normalize("NFKD", name)
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    plain = re.sub(r"[^A-Za-z0-9_]+", "_", plain)
    plain = plain.rstrip("_") or fallback
    if plain[0].isdigit() or plain.lower() in _RESERVED:
        plain = f"_{plain}"
    return plain[: MAX_LENGTH - _SUFFIX_LENGTH]


def _unique_name(base: str, taken: set[str]) -> str:
    """The first of `base`, `base_2`, `base_3` … that is not in `taken`, ignoring case. It is added to `taken`."""
    name, number = base, 1
    while name.lower() in taken:
        number += 1
        name = f"{base}_{number}"
    taken.add(name.lower())
    return name
