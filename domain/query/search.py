"""The text of a search: words that must all be found, `"an exact phrase"`, `-excluded`; after a `~`, parts of words.

A word is a run of letters and digits, here as in the records, so that `O'Brien`, `wi-fi` and `AB-123/4` are found by
typing them: they are words that follow each other. Which characters are letters is left to the database. The last
word may be only begun, unless another character shows that it is whole: `C++`.
"""

import re
import unicodedata
from dataclasses import dataclass, field

from domain.errors import BadRequest, Fault


@dataclass(frozen=True, slots=True)
class SearchLimits:
    """Characters of the text, and terms in it."""

    length: int = 1_000
    terms: int = 32


@dataclass(frozen=True, slots=True)
class SearchTerm:
    """What must be found, or must not be. `exact`: as it stands, neither only begun nor only similar.

    `at` is its place in the text, counted from 1.
    """

    text: str
    exact: bool = False
    excluded: bool = False
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Search:
    """All terms of a search. `similar`: they are parts of words, perhaps mistyped, rather than words."""

    terms: tuple[SearchTerm, ...]
    similar: bool = False


_PART = r'(?:"(?P<phrase>[^"]*)(?P<closed>"?)|(?P<plain>\S+))'
_SIMILAR_PART = re.compile(rf"\s*{_PART}")
_WORD_PART = re.compile(rf"\s*(?P<minus>-?){_PART}")


def parse_search(text: str, limits: SearchLimits | None = None) -> Search:
    """Raises BadRequest `search-syntax` or `search-limit`, naming the character or the limit."""
    limits = limits or SearchLimits()
    if len(text) > limits.length:
        raise _search_error("search-limit", f"The search has {len(text)} characters; {limits.length} are allowed")
    _require_storable(text)
    begin = len(text) - len(text.lstrip())
    similar = text.startswith("~", begin)
    terms = _parse_terms(text, begin + 1 if similar else begin, similar)
    found = [term for term in terms if term.text.strip() and (similar or has_words(term.text))]
    if len(found) > limits.terms:
        raise _search_error("search-limit", f"The search has {len(found)} terms; {limits.terms} are allowed")
    if not found:
        raise _no_terms_error(text, begin, similar)
    return Search(tuple(found), similar)


def has_words(text: str) -> bool:
    return any(character.isalnum() for character in text)


def _parse_terms(text: str, at: int, similar: bool) -> list[SearchTerm]:
    terms: list[SearchTerm] = []
    while (match := (_SIMILAR_PART if similar else _WORD_PART).match(text, at)) is not None:
        terms.append(_parse_term(match, similar))
        at = match.end()
    return terms


def _parse_term(match: re.Match[str], similar: bool) -> SearchTerm:
    excluded = not similar and match["minus"] == "-"
    if match["phrase"] is None:
        text = match["plain"]
        return SearchTerm(text, not similar and not _ends_within_word(text), excluded, 1 + match.start("plain"))
    if not match["closed"]:
        place = match.start("phrase")
        raise _search_error(
            "search-syntax", f"The quotation mark at character {place} is not closed: end it with '\"'"
        )
    return SearchTerm(match["phrase"], True, excluded, 1 + match.start("phrase"))


def _ends_within_word(text: str) -> bool:
    """Whether the text ends within a word: in a letter, a digit or an accent."""
    return text[-1].isalnum() or unicodedata.category(text[-1]).startswith("M")


def _require_storable(text: str) -> None:
    for at, character in enumerate(text, 1):
        if character == "\x00" or "\ud800" <= character <= "\udfff":
            raise _search_error(
                "search-syntax", f"U+{ord(character):04X} at character {at} is no text that records hold"
            )


def _no_terms_error(text: str, begin: int, similar: bool) -> BadRequest:
    shown = text[begin : begin + 60]
    if similar:
        what = "write text, as in ~prodct"
        return _search_error("search-syntax", f"Nothing follows the '~' at character {begin + 1}: {what}")
    why = f"letters or digits are searched for; ~{shown} finds other characters"
    return _search_error("search-syntax", f"{shown!r} at character {begin + 1} holds no word: {why}")


def _search_error(code: str, detail: str) -> BadRequest:
    return BadRequest(code, detail, (Fault("search", code, detail),))
