"""A search as SQL: the condition that an index of its kind serves, and how well each record answers.

Words stand in a tsvector, parts of words in trigrams, both of the record's string cells as one folded text. What
finds a record is the same with the index as without it: the functions of the index.
"""

from dataclasses import dataclass

from domain.columns import ColumnType
from domain.errors import BadRequest, Fault
from domain.query.search import Search, Term
from domain.schema import Definition
from projections.indexes.index_specs import Kind
from projections.sql.fragments import Piece, bound, filled, joined
from projections.sql.search_documents import text_of, words_of

SIMILARITY = 0.375
"""From which `word_similarity` on text is similar: two letters swapped leave a word of seven 3 of its 8 trigrams.

`<%`, which an index serves, takes it from the session.
"""

SESSION = {"pg_trgm.word_similarity_threshold": str(SIMILARITY)}
"""The settings of a session that searches."""

SHORTEST_SIMILAR = 4
"""Letters and digits that a term needs for a mistyped one to be told from another word."""


@dataclass(frozen=True, slots=True)
class Searched:
    """A search of the columns at `positions`, which an index of `kind` serves.

    `rank`: a bigint, greater is better; None where words are only excluded: all records answer alike.
    """

    kind: Kind
    positions: tuple[int, ...]
    where: Piece
    rank: Piece | None


def searched(search: Search, definition: Definition) -> Searched:
    """Raises BadRequest `search-columns` if there is no column of strings."""
    strings = [column.position for column in definition.columns if column.type is ColumnType.STRING]
    if not strings:
        detail = "A search looks at columns of type string; the dataset has none: use filter"
        raise BadRequest("search-columns", detail, (Fault("search", "search-columns", detail),))
    positions = tuple(sorted(strings))
    return _similar(search.terms, positions) if search.similar else _words(search.terms, positions)


def _words(terms: tuple[Term, ...], positions: tuple[int, ...]) -> Searched:
    document = Piece(words_of(positions))
    kept = [term for term in terms if not term.excluded]
    excluded = [filled("!!{0}", bound("rowledger_phrase({}::text)", term.text)) for term in terms if term.excluded]
    begun = [bound("rowledger_phrase({}::text)" if t.exact else "rowledger_begun({}::text)", t.text) for t in kept]
    where = filled("{0} @@ ({1})", document, joined(" && ", begun + excluded))
    if not kept:
        return Searched(Kind.WORDS, positions, where, None)
    whole = joined(" && ", [bound("rowledger_phrase({}::text)", term.text) for term in kept])
    rank = filled("rowledger_rank({0}, {1}, {2})", document, joined(" && ", begun), whole)
    return Searched(Kind.WORDS, positions, where, rank)


def _similar(terms: tuple[Term, ...], positions: tuple[int, ...]) -> Searched:
    document = Piece(text_of(positions))
    where = joined(" AND ", [_resembles(term, document) for term in terms])
    rank = joined(" + ", [_resemblance(term, document) for term in terms])
    return Searched(Kind.TRIGRAMS, positions, where, filled("(({0}) * 1000000000)::bigint", rank))


def _resembles(term: Term, document: Piece) -> Piece:
    containing = filled("{0} LIKE {1}", document, bound("rowledger_containing({}::text)", term.text))
    if term.exact or sum(character.isalnum() for character in term.text) < SHORTEST_SIMILAR:
        return containing
    folded = bound("rowledger_folded({}::text)", term.text)
    similar = filled(f"{{0}} <%% {{1}} AND word_similarity({{0}}, {{1}}) >= {SIMILARITY}", folded, document)
    return filled("({0} OR {1})", containing, similar)


def _resemblance(term: Term, document: Piece) -> Piece:
    """From 0 to 2: what contains the term goes before what is only similar."""
    containing = filled("({0} LIKE {1})::int", document, bound("rowledger_containing({}::text)", term.text))
    folded = bound("rowledger_folded({}::text)", term.text)
    return filled("{0} + word_similarity({1}, {2})", containing, folded, document)
