"""Names of datasets and columns as OData identifiers: ASCII letters, digits and `_`, at most 128, no digit first.

The standard allows letters of all scripts, but not every client copes with them. A name depends on those before it
only, so it stays what it is when others come.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from domain.schema import Definition

MAX_LENGTH = 128

_SUFFIX_LENGTH = 8
"""Characters kept free for what makes a name unique."""

ID, VERSION = "_id", "_version"
"""The properties beside the columns."""

_OPERATORS = ("eq", "ne", "gt", "ge", "lt", "le", "has", "in", "and", "or", "not")
_ARITHMETIC = ("add", "sub", "mul", "div", "divby", "mod")
_RESERVED = frozenset((*_OPERATORS, *_ARITHMETIC, "null", "true", "false", "any", "all", "inf", "nan"))
"""Words that mean something else in a filter."""


def entity_set_names(slugs: Iterable[str]) -> dict[str, str]:
    """Entity sets' names by slug; `slugs` in the order they were first taken."""
    taken: set[str] = set()
    return {slug: _unique_name(to_identifier(slug, "dataset"), taken) for slug in slugs}


def property_names(definition: Definition) -> dict[int, str]:
    """Properties' names by the position of their columns."""
    columns = sorted(definition.columns, key=lambda column: column.position)
    taken = {ID, VERSION}
    return {
        column.position: _unique_name(to_identifier(column.name, f"column_{column.position + 1}"), taken)
        for column in columns
    }


@lru_cache(maxsize=20_000)
def to_identifier(name: str, otherwise: str) -> str:
    """`Prix unité (€)` → `Prix_unite`: without accents, `_` for every run of other signs, none at the end.

    A name without any ASCII letter or digit is called `otherwise`.
    """
    plain = unicodedata.normalize("NFKD", name)
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    plain = re.sub(r"[^A-Za-z0-9_]+", "_", plain)
    plain = plain.rstrip("_") or otherwise
    if plain[0].isdigit() or plain.lower() in _RESERVED:
        plain = f"_{plain}"
    return plain[: MAX_LENGTH - _SUFFIX_LENGTH]


def _unique_name(wanted: str, taken: set[str]) -> str:
    """The first of `name`, `name_2`, `name_3` … that is not taken, whatever its case; it is taken then."""
    name, number = wanted, 1
    while name.lower() in taken:
        number += 1
        name = f"{wanted}_{number}"
    taken.add(name.lower())
    return name
