"""A search in plain Python, as a reference for PostgreSQL's results."""

import re
import unicodedata
from collections.abc import Sequence

from domain.columns import Value
from domain.query.filter.tree import Connective
from domain.query.search import Search, SearchTerm
from domain.query.search_expression import SearchExpression, SearchJunction, SearchNegation

_INVISIBLE = re.compile("[\u0300-\u036f\u00ad\u200c\u200d\u2060\ufeff]")
_ALIKE = str.maketrans(
    dict(zip("øðđħıłŋŧς", "oddhilntσ", strict=True)) | {"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"}
)


def fold_text(text: str) -> str:
    """The text without case, accents and invisible characters."""
    bare = _INVISIBLE.sub("", unicodedata.normalize("NFKD", text))
    return unicodedata.normalize("NFC", bare.lower().translate(_ALIKE))


def split_words(text: str) -> list[str]:
    """The words of a text: runs of letters and digits. PostgreSQL ends a word after a number such as `1e5`."""
    return re.findall(r"(?<![^\W_])[0-9]+e[0-9]+|[^\W_]+", fold_text(text))


def matches_words(search: Search, cells: Sequence[Value]) -> bool:
    """Whether a record with these string cells matches a search for words."""
    document = split_words("\n".join(cell for cell in cells if isinstance(cell, str)))
    return all(_contains_term(term, document) is not term.excluded for term in search.terms)


def matches_expression(expression: SearchExpression, cells: Sequence[Value]) -> bool:
    """Whether a record with these string cells matches a search with operators."""
    match expression:
        case SearchTerm():
            return matches_words(Search((expression,)), cells)
        case SearchNegation():
            return not matches_expression(expression.expression, cells)
        case SearchJunction():
            each = (matches_expression(one, cells) for one in expression.expressions)
            return any(each) if expression.operator is Connective.OR else all(each)


def contains_terms(search: Search, cells: Sequence[Value]) -> bool:
    """Whether the cells contain every term character by character, after folding."""
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
