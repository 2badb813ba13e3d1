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
class Term:
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

    terms: tuple[Term, ...]
    similar: bool = False


_PART = r'(?:"(?P<phrase>[^"]*)(?P<closed>"?)|(?P<plain>\S+))'
_MISTYPED = re.compile(rf"\s*{_PART}")
_WORD = re.compile(rf"\s*(?P<minus>-?){_PART}")


def parse_search(text: str, limits: SearchLimits | None = None) -> Search:
    """Raises BadRequest `search-syntax` or `search-limit`, naming the character or the limit."""
    limits = limits or SearchLimits()
    if len(text) > limits.length:
        raise _refused("search-limit", f"The search has {len(text)} characters; {limits.length} are allowed")
    _must_be_storable(text)
    begin = len(text) - len(text.lstrip())
    similar = text.startswith("~", begin)
    terms = _terms(text, begin + 1 if similar else begin, similar)
    found = [term for term in terms if term.text.strip() and (similar or has_words(term.text))]
    if len(found) > limits.terms:
        raise _refused("search-limit", f"The search has {len(found)} terms; {limits.terms} are allowed")
    if not found:
        raise _nothing(text, begin, similar)
    return Search(tuple(found), similar)


def has_words(text: str) -> bool:
    return any(character.isalnum() for character in text)


def _terms(text: str, at: int, similar: bool) -> list[Term]:
    terms: list[Term] = []
    while (match := (_MISTYPED if similar else _WORD).match(text, at)) is not None:
        terms.append(_term(match, similar))
        at = match.end()
    return terms


def _term(match: re.Match[str], similar: bool) -> Term:
    excluded = not similar and match["minus"] == "-"
    if match["phrase"] is None:
        text = match["plain"]
        return Term(text, not similar and not _may_go_on(text), excluded, 1 + match.start("plain"))
    if not match["closed"]:
        place = match.start("phrase")
        raise _refused("search-syntax", f"The quotation mark at character {place} is not closed: end it with '\"'")
    return Term(match["phrase"], True, excluded, 1 + match.start("phrase"))


def _may_go_on(text: str) -> bool:
    """Whether the text ends within a word: in a letter, a digit or an accent."""
    return text[-1].isalnum() or unicodedata.category(text[-1]).startswith("M")


def _must_be_storable(text: str) -> None:
    for at, character in enumerate(text, 1):
        if character == "\x00" or "\ud800" <= character <= "\udfff":
            raise _refused("search-syntax", f"U+{ord(character):04X} at character {at} is no text that records hold")


def _nothing(text: str, begin: int, similar: bool) -> BadRequest:
    shown = text[begin : begin + 60]
    if similar:
        what = "write text, as in ~prodct"
        return _refused("search-syntax", f"Nothing follows the '~' at character {begin + 1}: {what}")
    why = f"letters or digits are searched for; ~{shown} finds other characters"
    return _refused("search-syntax", f"{shown!r} at character {begin + 1} holds no word: {why}")


def _refused(code: str, detail: str) -> BadRequest:
    return BadRequest(code, detail, (Fault("search", code, detail),))
