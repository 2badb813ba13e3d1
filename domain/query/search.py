"""Parses a search: words that must all match, `"an exact phrase"`, `-excluded`; after `~`, parts of words.

A word is a sequence of letters and digits, in the search as in the records. So `O'Brien`, `wi-fi` and `AB-123/4` are
each a sequence of words, and are found as they are typed. The database decides which characters are letters. The last
word of a term also matches as a prefix, unless another character follows it: `C++`.
"""

import re
import unicodedata
from dataclasses import dataclass, field

from domain.errors import BadRequest, Fault


@dataclass(frozen=True, slots=True)
class SearchLimits:
    """The most characters of the text, and the most terms in it."""

    length: int
    terms: int


@dataclass(frozen=True, slots=True)
class SearchTerm:
    """A text that must match, or must not if `excluded`. `exact`: neither as a prefix nor similar.

    `at` is its position in the search, from 1.
    """

    text: str
    exact: bool = False
    excluded: bool = False
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Search:
    """All terms of a search. `similar`: they are parts of words and match similar texts."""

    terms: tuple[SearchTerm, ...]
    similar: bool = False


_PART = r'(?:"(?P<phrase>[^"]*)(?P<closed>"?)|(?P<plain>\S+))'
_SIMILAR_PART = re.compile(rf"\s*{_PART}")
_WORD_PART = re.compile(rf"\s*(?P<minus>-?){_PART}")


def parse_search(text: str, limits: SearchLimits) -> Search:
    """The terms of `text`. Raises BadRequest `search-syntax` or `search-limit`, naming the character or limit."""
    check_search_text(text, limits)
    begin = len(text) - len(text.lstrip())
    similar = text.startswith("~", begin)
    terms = _parse_terms(text, begin + 1 if similar else begin, similar)
    found = [term for term in terms if term.text.strip() and (similar or has_words(term.text))]
    check_term_count(len(found), limits)
    if not found:
        raise _no_terms_error(text, begin, similar)
    return Search(tuple(found), similar)


def has_words(text: str) -> bool:
    """Whether `text` contains a letter or a digit."""
    return any(character.isalnum() for character in text)


def word_term(text: str, at: int) -> SearchTerm:
    """The term for text without quotes. It also matches as a prefix if it could be the beginning of a longer word."""
    return SearchTerm(text, not _ends_within_word(text), at=at)


def check_search_text(text: str, limits: SearchLimits) -> None:
    """Raises BadRequest if the text is too long, or contains a character that no record can contain."""
    if len(text) > limits.length:
        raise search_error("search-limit", f"The search has {len(text)} characters; {limits.length} are allowed")
    for at, character in enumerate(text, 1):
        if character == "\x00" or "\ud800" <= character <= "\udfff":
            raise search_error("search-syntax", f"U+{ord(character):04X} at character {at} cannot be in a record")


def check_term_count(count: int, limits: SearchLimits) -> None:
    """Raises BadRequest if a search has too many terms."""
    if count > limits.terms:
        raise search_error("search-limit", f"The search has {count} terms; {limits.terms} are allowed")


def unclosed_phrase_error(at: int) -> BadRequest:
    """The error about the quotation mark at character `at`."""
    return search_error("search-syntax", f"The quotation mark at character {at} is not closed: end it with '\"'")


def search_error(code: str, detail: str) -> BadRequest:
    return BadRequest(code, detail, (Fault("search", code, detail),))


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
        raise unclosed_phrase_error(match.start("phrase"))
    return SearchTerm(match["phrase"], True, excluded, 1 + match.start("phrase"))


def _ends_within_word(text: str) -> bool:
    """Whether the text ends in a letter, a digit or an accent, so that the word could be longer."""
    return text[-1].isalnum() or unicodedata.category(text[-1]).startswith("M")


def _no_terms_error(text: str, begin: int, similar: bool) -> BadRequest:
    shown = text[begin : begin + 60]
    if similar:
        example = "write text, as in ~prodct"
        return search_error("search-syntax", f"Nothing follows the '~' at character {begin + 1}: {example}")
    why = f"a search needs letters or digits; ~{shown} finds other characters"
    return search_error("search-syntax", f"{shown!r} at character {begin + 1} contains no word: {why}")
