"""Notes on what is new in a dataset although something very similar exists: columns by name, records by key."""

import unicodedata
from collections.abc import Iterator, Sequence

from application.imports.source_lines import LineRuns
from application.ports import NearKey

MAX_NEAR_KEYS = 3


def near_name_notes(new: Sequence[str], existing: Sequence[str]) -> Iterator[str]:
    """The notes on new columns whose names differ from existing ones by case, blanks or the form of characters."""
    known = {_fold_name(name): name for name in reversed(existing)}
    for name in new:
        if (near := known.get(_fold_name(name))) is None:
            continue
        is_same_text = unicodedata.normalize("NFC", name) == unicodedata.normalize("NFC", near)
        alike = ", composed of other characters (Unicode NFC and NFD)" if is_same_text else ""
        yield (
            f"Column {name!r} is new; there is {near!r}{alike}. If both are the same, "
            "set options.columns to the list of the file's columns, with the name that you mean."
        )


def near_key_notes(name: str, found: Sequence[NearKey], lines: LineRuns) -> Iterator[str]:
    """The note on new records whose key in column `name` is an existing one but for leading zeros."""
    if not found:
        return
    pairs = ", ".join(
        f"{new!r} (line {lines.line(row) or 0:,}) and {old!r}" for row, new, old in found[:MAX_NEAR_KEYS]
    )
    more = " …" if len(found) > MAX_NEAR_KEYS else ""
    differs = f"their {name!r} differs from an existing one by leading zeros only"
    yield f"Records are new although {differs}: {pairs}{more}."


def _fold_name(name: str) -> str:
    words = unicodedata.normalize("NFKC", name).casefold().replace("_", " ").split()
    return unicodedata.normalize("NFC", " ".join(words))
