"""Compile a search to SQL: a condition that an index can serve, and a rank of how well each record matches.

Words are searched in a tsvector and parts of words in trigrams. Both are built from the record's string cells as one
folded text. The condition uses the same functions as the index, so it finds the same records without the index.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import LiteralString, assert_never

from domain.columns import ColumnType
from domain.errors import BadRequest, Fault
from domain.query.filter.tree import Connective
from domain.query.search import Search, SearchTerm
from domain.query.search_expression import SearchExpression, SearchJunction, SearchNegation
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

    `rank` is a bigint; higher is better. It is None if a record without any of the words can match, as in a search
    that only excludes words: then all matches are equal.
    """

    kind: IndexKind
    positions: tuple[int, ...]
    where: SqlFragment
    rank: SqlFragment | None


def compile_search(search: Search | SearchExpression, definition: Definition) -> CompiledSearch:
    """Compile a search of all string columns. Raises BadRequest `search-columns` if there are none."""
    strings = [column.position for column in definition.columns if column.type is ColumnType.STRING]
    if not strings:
        detail = "A search looks at columns of type string; the dataset has none: use filter"
        raise BadRequest("search-columns", detail, (Fault("search", "search-columns", detail),))
    positions = tuple(sorted(strings))
    if not isinstance(search, Search):
        return _compile_words(search, positions)
    if search.similar:
        return _compile_similar(search.terms, positions)
    return _compile_words(
        _join_expressions(Connective.AND, [_term_expression(each) for each in search.terms]), positions
    )


def _term_expression(term: SearchTerm) -> SearchExpression:
    """A term of a search; one that is excluded excludes whole words only."""
    return SearchNegation(replace(term, exact=True, excluded=False)) if term.excluded else term


def _compile_words(expression: SearchExpression, positions: tuple[int, ...]) -> CompiledSearch:
    document = SqlFragment(words_sql(positions))
    where = fill_template("{0} @@ ({1})", document, _words_query(expression, begun=True))
    if not _needs_a_word(expression):
        return CompiledSearch(IndexKind.WORDS, positions, where, None)
    wanted = _without_negations(expression)
    assert wanted is not None
    queries = [_words_query(wanted, begun=True), _words_query(wanted, begun=False)]
    return CompiledSearch(
        IndexKind.WORDS, positions, where, fill_template("rowledger_rank({0}, {1}, {2})", document, *queries)
    )


def _words_query(expression: SearchExpression, begun: bool) -> SqlFragment:
    """The expression as a tsquery. `begun`: words also match as prefixes, unless they are exact."""
    match expression:
        case SearchTerm():
            is_whole = expression.exact or not begun
            return bind_value(
                "rowledger_phrase({}::text)" if is_whole else "rowledger_begun({}::text)", expression.text
            )
        case SearchNegation():
            return fill_template("(!!{0})", _words_query(expression.expression, begun))
        case SearchJunction():
            parts = [_words_query(each, begun) for each in expression.expressions]
            return fill_template("({0})", join_fragments(_CONNECTIVES[expression.operator], parts))
        case _:
            assert_never(expression)


_CONNECTIVES: Mapping[Connective, LiteralString] = {Connective.AND: " && ", Connective.OR: " || "}


def _needs_a_word(expression: SearchExpression) -> bool:
    """Whether every match contains one of the words, so that an index finds the matches."""
    match expression:
        case SearchTerm():
            return True
        case SearchNegation():
            return False
        case SearchJunction():
            each = (_needs_a_word(one) for one in expression.expressions)
            return any(each) if expression.operator is Connective.AND else all(each)
        case _:
            assert_never(expression)


def _without_negations(expression: SearchExpression) -> SearchExpression | None:
    """The words that a match should contain; None if the expression only excludes words."""
    match expression:
        case SearchTerm():
            return expression
        case SearchNegation():
            return None
        case SearchJunction():
            kept = [one for each in expression.expressions if (one := _without_negations(each)) is not None]
            return _join_expressions(expression.operator, kept) if kept else None
        case _:
            assert_never(expression)


def _join_expressions(operator: Connective, expressions: Sequence[SearchExpression]) -> SearchExpression:
    return expressions[0] if len(expressions) == 1 else SearchJunction(operator, tuple(expressions))


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
