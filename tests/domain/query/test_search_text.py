"""The text of a search: its terms, and what is refused."""

from dataclasses import replace

import pytest

from domain.errors import BadRequest
from domain.query.search import Search, SearchLimits, SearchTerm, parse_search
from tests.limits import QUERY_LIMITS


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("red shoes", (SearchTerm("red"), SearchTerm("shoes"))),
        ("  red\t\nshoes ", (SearchTerm("red"), SearchTerm("shoes"))),
        ('"red shoes" -blue', (SearchTerm("red shoes", exact=True), SearchTerm("blue", excluded=True))),
        ('-"dark blue"', (SearchTerm("dark blue", exact=True, excluded=True),)),
        (
            "wi-fi O'Brien C++ 12.5",
            (SearchTerm("wi-fi"), SearchTerm("O'Brien"), SearchTerm("C++", exact=True), SearchTerm("12.5")),
        ),
        ('5" pipe', (SearchTerm('5"', exact=True), SearchTerm("pipe"))),
        ('"a""b"', (SearchTerm("a", exact=True), SearchTerm("b", exact=True))),
        ("AT & T - | !", (SearchTerm("AT"), SearchTerm("T"))),
        ('"" - x', (SearchTerm("x"),)),
        ("Mu\u0308 a.", (SearchTerm("Mu\u0308"), SearchTerm("a.", exact=True))),
        ("東京", (SearchTerm("東京"),)),
    ],
)
def test_words_phrases_and_exclusions_are_distinguished(text: str, terms: tuple[SearchTerm, ...]) -> None:
    assert parse_search(text, QUERY_LIMITS.search) == Search(terms)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("~prodct", (SearchTerm("prodct"),)),
        (" ~ red shos", (SearchTerm("red"), SearchTerm("shos"))),
        ('~"b c" -5', (SearchTerm("b c", exact=True), SearchTerm("-5"))),
        ("~%_", (SearchTerm("%_"),)),
        ("~😀", (SearchTerm("😀"),)),
        ("~~", (SearchTerm("~"),)),
    ],
)
def test_after_a_tilde_every_character_counts(text: str, terms: tuple[SearchTerm, ...]) -> None:
    assert parse_search(text, QUERY_LIMITS.search) == Search(terms, similar=True)


def test_a_term_has_its_position() -> None:
    assert [term.at for term in parse_search('red -"dark blue" x', QUERY_LIMITS.search).terms] == [1, 7, 18]
    assert [term.at for term in parse_search(" ~ab c", QUERY_LIMITS.search).terms] == [3, 6]


@pytest.mark.parametrize(
    ("text", "code", "detail"),
    [
        ('red "blue', "search-syntax", "The quotation mark at character 5 is not closed: end it with '\"'"),
        ('~"', "search-syntax", "The quotation mark at character 2 is not closed: end it with '\"'"),
        (
            " & |",
            "search-syntax",
            "'& |' at character 2 contains no word: a search needs letters or digits; ~& | finds other characters",
        ),
        (
            "&" * 70,
            "search-syntax",
            f"'{'&' * 60}' at character 1 contains no word: a search needs letters or digits; ~{'&' * 60} finds other"
            " characters",
        ),
        ("~ ", "search-syntax", "Nothing follows the '~' at character 1: write text, as in ~prodct"),
        ('~""', "search-syntax", "Nothing follows the '~' at character 1: write text, as in ~prodct"),
        ("a\x00", "search-syntax", "U+0000 at character 2 cannot be in a record"),
        ("\ud800", "search-syntax", "U+D800 at character 1 cannot be in a record"),
        ("\udfff", "search-syntax", "U+DFFF at character 1 cannot be in a record"),
        ("\udce4", "search-syntax", "U+DCE4 at character 1 cannot be in a record"),
        ("x" * 1001, "search-limit", "The search has 1001 characters; 1000 are allowed"),
        ("x " * 33, "search-limit", "The search has 33 terms; 32 are allowed"),
        ("~" + "x " * 33, "search-limit", "The search has 33 terms; 32 are allowed"),
    ],
)
def test_an_invalid_search_is_refused(text: str, code: str, detail: str) -> None:
    with pytest.raises(BadRequest) as refused:
        parse_search(text, QUERY_LIMITS.search)
    assert (refused.value.code, refused.value.detail) == (code, detail)
    assert [fault.pointer for fault in refused.value.faults] == ["search"]


def test_terms_compare_without_positions() -> None:
    assert SearchTerm("a", at=3) == SearchTerm("a")
    assert SearchTerm("a").at == 0


def test_the_given_limits_apply() -> None:
    with pytest.raises(BadRequest, match="3 characters; 2 are allowed"):
        parse_search("abc", replace(QUERY_LIMITS.search, length=2))
    with pytest.raises(BadRequest, match="2 terms; 1 are allowed"):
        parse_search("a b", replace(QUERY_LIMITS.search, terms=1))
    assert len(parse_search("ab", replace(QUERY_LIMITS.search, length=2)).terms) == 1
    assert len(parse_search("a b", replace(QUERY_LIMITS.search, terms=2)).terms) == 2
    assert SearchLimits(length=1_000, terms=32) == QUERY_LIMITS.search
    assert len(parse_search("x " * 32, QUERY_LIMITS.search).terms) == 32


def test_characters_next_to_surrogates_can_be_searched() -> None:
    assert parse_search("~\ud7ff\ue000", QUERY_LIMITS.search).terms == (SearchTerm("\ud7ff\ue000"),)
