"""What a search finds, said once more without a database."""

import re
import unicodedata
from collections.abc import Sequence

from domain.columns import Value
from domain.query.search import Search, SearchTerm

_INVISIBLE = re.compile("[\u0300-\u036f\u00ad\u200c\u200d\u2060\ufeff]")
_ALIKE = str.maketrans(
    dict(zip("øðđħıłŋŧς", "oddhilntσ", strict=True)) | {"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"}
)


def fold_text(text: str) -> str:
    """Without case, accents and invisible characters."""
    bare = _INVISIBLE.sub("", unicodedata.normalize("NFKD", text))
    return unicodedata.normalize("NFC", bare.lower().translate(_ALIKE))


def split_words(text: str) -> list[str]:
    """Runs of letters and digits."""
    return re.findall(r"[^\W_]+", fold_text(text))


def matches_words(search: Search, cells: Sequence[Value]) -> bool:
    """Whether a record whose string cells are these answers a search for words."""
    document = split_words("\n".join(cell for cell in cells if isinstance(cell, str)))
    return all(_contains_term(term, document) is not term.excluded for term in search.terms)


def contains_terms(search: Search, cells: Sequence[Value]) -> bool:
    """Whether every term stands in the cells character by character, but for what folding takes away."""
    text = fold_text("\n".join(cell for cell in cells if isinstance(cell, str)))
    return all(fold_text(term.text) in text for term in search.terms)


def _contains_term(term: SearchTerm, document: list[str]) -> bool:
    wanted = split_words(term.text)
    whole = term.exact or term.excluded
    for at in range(len(document) - len(wanted) + 1):
        *led, last = document[at : at + len(wanted)]
        if led == wanted[:-1] and (last == wanted[-1] if whole else last.startswith(wanted[-1])):
            return True
    return False
