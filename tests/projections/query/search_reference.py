"""What a search finds, said once more without a database."""

import re
import unicodedata
from collections.abc import Sequence

from domain.columns import Value
from domain.query.search import Search, Term

_INVISIBLE = re.compile("[\u0300-\u036f\u00ad\u200c\u200d\u2060\ufeff]")
_ALIKE = str.maketrans(
    dict(zip("øðđħıłŋŧς", "oddhilntσ", strict=True)) | {"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"}
)


def folded(text: str) -> str:
    """Without case, accents and invisible characters."""
    bare = _INVISIBLE.sub("", unicodedata.normalize("NFKD", text))
    return unicodedata.normalize("NFC", bare.lower().translate(_ALIKE))


def words(text: str) -> list[str]:
    """Runs of letters and digits."""
    return re.findall(r"[^\W_]+", folded(text))


def found(search: Search, cells: Sequence[Value]) -> bool:
    """Whether a record whose string cells are these answers a search for words."""
    document = words("\n".join(cell for cell in cells if isinstance(cell, str)))
    return all(_stands(term, document) is not term.excluded for term in search.terms)


def contains(search: Search, cells: Sequence[Value]) -> bool:
    """Whether every term stands in the cells character by character, but for what folding takes away."""
    text = folded("\n".join(cell for cell in cells if isinstance(cell, str)))
    return all(folded(term.text) in text for term in search.terms)


def _stands(term: Term, document: list[str]) -> bool:
    wanted = words(term.text)
    whole = term.exact or term.excluded
    for at in range(len(document) - len(wanted) + 1):
        *led, last = document[at : at + len(wanted)]
        if led == wanted[:-1] and (last == wanted[-1] if whole else last.startswith(wanted[-1])):
            return True
    return False
