"""Compile a search to SQL: a condition that an index can serve, and a rank of how well each record matches.

Words are searched in a tsvector and parts of words in trigrams. Both are built from the record's string cells as one
folded text. The condition uses the same functions as the index, so it finds the same records without the index.
"""

from dataclasses import dataclass

from domain.columns import ColumnType
from domain.errors import BadRequest, Fault
from domain.query.search import Search, SearchTerm
from domain.schema import Definition
from projections.indexes.index_specs import IndexKind
from projections.sql.fragments import SqlFragment, bind_value, fill_template, join_fragments
from projections.sql.search_documents import folded_text_sql, words_sql

MIN_SIMILARITY = 0.375
"""The lowest `word_similarity` of a match. Swapping two letters leaves a word of seven letters 3 of its 8 trigrams.

The operator `<%`, which an index serves, reads this limit from the session.
"""

SESSION_SETTINGS = {"pg_trgm.word_similarity_threshold": str(MIN_SIMILARITY)}
"""The settings that a session needs for searches."""

MIN_SIMILAR_LENGTH = 4
"""The fewest letters and digits of a term that may match similar words: shorter terms resemble too many words."""


@dataclass(frozen=True, slots=True)
class CompiledSearch:
    """A search of the columns at `positions`, which an index of `kind` serves.

    `rank` is a bigint; higher is better. It is None if the search only excludes words: then all matches are equal.
    """

    kind: IndexKind
    positions: tuple[int, ...]
    where: SqlFragment
    rank: SqlFragment | None


def compile_search(search: Search, definition: Definition) -> CompiledSearch:
    """Compile a search of all string columns. Raises BadRequest `search-columns` if there are none."""
    strings = [column.position for column in definition.columns if column.type is ColumnType.STRING]
    if not strings:
        detail = "A search looks at columns of type string; the dataset has none: use filter"
        raise BadRequest("search-columns", detail, (Fault("search", "search-columns", detail),))
    positions = tuple(sorted(strings))
    return _compile_similar(search.terms, positions) if search.similar else _compile_words(search.terms, positions)


def _compile_words(terms: tuple[SearchTerm, ...], positions: tuple[int, ...]) -> CompiledSearch:
    document = SqlFragment(words_sql(positions))
    included = [term for term in terms if not term.excluded]
    excluded = [
        fill_template("!!{0}", bind_value("rowledger_phrase({}::text)", term.text)) for term in terms if term.excluded
    ]
    prefixes = [
        bind_value("rowledger_phrase({}::text)" if t.exact else "rowledger_begun({}::text)", t.text) for t in included
    ]
    where = fill_template("{0} @@ ({1})", document, join_fragments(" && ", prefixes + excluded))
    if not included:
        return CompiledSearch(IndexKind.WORDS, positions, where, None)
    phrases = join_fragments(" && ", [bind_value("rowledger_phrase({}::text)", term.text) for term in included])
    rank = fill_template("rowledger_rank({0}, {1}, {2})", document, join_fragments(" && ", prefixes), phrases)
    return CompiledSearch(IndexKind.WORDS, positions, where, rank)


def _compile_similar(terms: tuple[SearchTerm, ...], positions: tuple[int, ...]) -> CompiledSearch:
    document = SqlFragment(folded_text_sql(positions))
    where = join_fragments(" AND ", [_similar_condition(term, document) for term in terms])
    rank = join_fragments(" + ", [_similarity_rank(term, document) for term in terms])
    return CompiledSearch(IndexKind.TRIGRAMS, positions, where, fill_template("(({0}) * 1000000000)::bigint", rank))


def _similar_condition(term: SearchTerm, document: SqlFragment) -> SqlFragment:
    containing = fill_template("{0} LIKE {1}", document, bind_value("rowledger_containing({}::text)", term.text))
    if term.exact or sum(character.isalnum() for character in term.text) < MIN_SIMILAR_LENGTH:
        return containing
    folded = bind_value("rowledger_folded({}::text)", term.text)
    similar = fill_template(
        f"{{0}} <%% {{1}} AND word_similarity({{0}}, {{1}}) >= {MIN_SIMILARITY}", folded, document
    )
    return fill_template("({0} OR {1})", containing, similar)


def _similarity_rank(term: SearchTerm, document: SqlFragment) -> SqlFragment:
    """A number from 0 to 2: records that contain the term rank above records that are only similar."""
    containing = fill_template(
        "({0} LIKE {1})::int", document, bind_value("rowledger_containing({}::text)", term.text)
    )
    folded = bind_value("rowledger_folded({}::text)", term.text)
    return fill_template("{0} + word_similarity({1}, {2})", containing, folded, document)
