"""PostgreSQL's results of a search, with and without its index, are the same as those of the reference."""

import json
from collections.abc import Iterator, Sequence

import psycopg
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from psycopg import sql

from domain.columns import Column, ColumnType, Value
from domain.errors import BadRequest
from domain.query.search import has_words, parse_search
from domain.query.search_expression import parse_search_expression
from domain.schema import Definition
from interfaces.services import database
from projections.indexes.index_specs import IndexKind, IndexPart, IndexSpec, create_index_sql
from projections.query.compiled import CompiledQuery, QuerySpec, compile_query
from projections.query.index_recommendations import recommend_indexes
from projections.query.odata.entity_pages import compile_entity_query
from projections.sql.record_tables import RecordTable, create, drop
from tests.limits import QUERY_LIMITS
from tests.projections.query import search_reference

NAME = Column("name", ColumnType.STRING, 0)
NUMBER = Column("number", ColumnType.DECIMAL, 1)
TEXT = Column("text", ColumnType.STRING, 3)
DEFINITION = Definition("things", "", (TEXT, NUMBER, NAME))
STRINGS = (IndexPart(0, ColumnType.STRING), IndexPart(3, ColumnType.STRING))
TABLE = RecordTable("found")

Connection = psycopg.Connection[tuple[object, ...]]


@pytest.fixture(scope="module")
def table(shared_database: str) -> Iterator[Connection]:
    """A table of records, with an index of each kind."""
    with psycopg.connect(database.session_conninfo(shared_database), autocommit=True) as opened:
        create(opened.cursor(), TABLE)
        for kind in (IndexKind.WORDS, IndexKind.TRIGRAMS):
            opened.execute(create_index_sql(TABLE, IndexSpec(kind, STRINGS)))
        opened.execute("SET search_path = public, records")
        yield opened
        drop(opened.cursor(), TABLE)


def fill(table: Connection, rows: Sequence[Sequence[Value]]) -> None:
    table.execute("TRUNCATE found")
    with table.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO found VALUES (%s, 1, 9, %s::jsonb)",
            [(number, json.dumps(row)) for number, row in enumerate(rows, 1)],
        )


def ids(table: Connection, text: str) -> list[object]:
    return ids_of(table, compile_query(DEFINITION, QuerySpec(search=text), QUERY_LIMITS))


def ids_of(table: Connection, query: CompiledQuery) -> list[object]:
    """The ids of the records found, in order. They must be the same with and without the index."""
    statement = sql.SQL("SELECT id FROM found WHERE {} ORDER BY id").format(query.where.text)
    answers = []
    for setting in ("enable_seqscan", "enable_bitmapscan"):
        with table.transaction():
            table.execute(sql.SQL("SET LOCAL {} = off").format(sql.Identifier(setting)))
            answers.append([row[0] for row in table.execute(statement, query.where.params)])
    assert answers[0] == answers[1], query.spec.search
    return answers[0]


def best_first(table: Connection, text: str) -> list[object]:
    query = compile_query(DEFINITION, QuerySpec(search=text), QUERY_LIMITS)
    assert query.rank is not None
    statement = sql.SQL("SELECT id FROM found WHERE {} ORDER BY {} DESC, id").format(
        query.where.text, query.rank.text
    )
    return [row[0] for row in table.execute(statement, [*query.where.params, *query.rank.params])]


LETTERS = "aAbBéÉe\u0301ñßıİIiЖжйΣσςø한가日本0179"
OTHERS = " \t\n.-_/'\"@&|!:*<>()%\\$😀\u00a0\u200b\u00ad–"
texts = st.text(st.sampled_from(LETTERS + LETTERS + OTHERS), max_size=12)
cells = st.none() | texts
rows = st.lists(st.tuples(cells, st.none() | st.integers(0, 9), st.just("notfound"), cells), min_size=1, max_size=6)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=rows, searches=st.lists(texts, min_size=1, max_size=4), data=st.data())
def test_postgresql_finds_what_the_reference_finds(
    table: Connection, rows: list[Sequence[Value]], searches: list[str], data: st.DataObject
) -> None:
    fill(table, rows)
    there = [cell for row in rows for cell in (row[0], row[3]) if isinstance(cell, str)]
    for text in (*searches, *(data.draw(st.sampled_from(there)) for _ in there[:2])):
        try:
            search = parse_search(text, QUERY_LIMITS.search)
        except BadRequest:
            assume(not text.strip() or not has_words(text) or '"' in text or text.strip().startswith("~"))
            continue
        assume(text.strip())
        expected = [at for at, row in enumerate(rows, 1) if search_reference.matches_words(search, (row[0], row[3]))]
        assert ids(table, text) == expected, text


plain_words = st.text(st.sampled_from("aAbBéßıЖж日1"), min_size=1, max_size=3)
expressions = st.recursive(
    plain_words | st.lists(plain_words, min_size=1, max_size=2).map(lambda words: f'"{" ".join(words)}"'),
    lambda inner: (
        inner.map("NOT ({})".format)
        | st.tuples(inner, st.sampled_from((" ", " AND ", " OR ", " NOT ", " OR NOT ")), inner).map("".join)
        | inner.map("({})".format)
    ),
    max_leaves=5,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=rows, text=expressions)
def test_operators_combine_what_the_terms_find(table: Connection, rows: list[Sequence[Value]], text: str) -> None:
    fill(table, rows)
    parsed = parse_search_expression(text, QUERY_LIMITS.search)
    query = compile_entity_query(DEFINITION, QuerySpec(search=text), QUERY_LIMITS)
    expected = [at for at, row in enumerate(rows, 1) if search_reference.matches_expression(parsed, (row[0], row[3]))]
    assert ids_of(table, query) == expected
    if query.rank is None:
        assert recommend_indexes(query) == ()
    else:
        ranked = sql.SQL("SELECT count({}) FROM found").format(query.rank.text)
        assert table.execute(ranked, query.rank.params).fetchone() == (len(rows),)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=rows, text=texts)
def test_parts_of_words_are_found_whatever_characters_they_are(
    table: Connection, rows: list[Sequence[Value]], text: str
) -> None:
    fill(table, rows)
    try:
        search = parse_search(f"~{text}", QUERY_LIMITS.search)
    except BadRequest:
        assert not text.strip() or '"' in text
        return
    containing = {at for at, row in enumerate(rows, 1) if search_reference.contains_terms(search, (row[0], row[3]))}
    assert containing <= set(ids(table, f"~{text}"))


SHOP: list[Sequence[Value]] = [
    ("Product", 1, None, "red wi-fi box"),
    ("München", 2, None, "the dark red production line"),
    ("MÜNCHEN SÜD", 3, None, "O'Brien <ann.o-brien@example.com>"),
    ("Mu\u0308nchen", 4, None, None),
    ("STRASSE", 5, None, "C++ 12.5 AB-123/4"),
    ("Straße", 6, "product", "c 12 5"),
    ("İstanbul", 7, None, "\u00adinvisible\u00ad hy\u00adphen"),
    ("東京タワー", 8, None, "😀 smile 100% a_b a\\b"),
    (None, None),
    (["product"], True, None, {"x": "boxes"}),
]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("product", [1, 2, 10]),
        ("prod", [1, 2, 10]),
        ("roduct", []),
        ('"product"', [1, 10]),
        ("prod -production", [1, 10]),
        ("prod -produc", [1, 2, 10]),
        ("red", [1, 2]),
        ("RED dark", [2]),
        ('"dark red"', [2]),
        ('"red dark"', []),
        ('red -"dark red"', [1]),
        ("-red prod", [10]),
        ("munchen", [2, 3, 4]),
        ("MÜNCHEN", [2, 3, 4]),
        ("Mu\u0308nch", [2, 3, 4]),
        ("münchen sud", [3]),
        ("strasse", [5, 6]),
        ("straße", [5, 6]),
        ("STRAẞE", [5, 6]),
        ("istanbul", [7]),
        ("ISTANBUL", [7]),
        ("ıstanbul", [7]),
        ("hyphen invisible", [7]),
        ("wi-fi", [1]),
        ("wi fi", [1]),
        ("o'brien", [3]),
        ("o’brien", [3]),
        ("ann.o-brien@example.com", [3]),
        ("C++", [5, 6]),
        ("C", [3, 5, 6]),
        ("12.5", [5, 6]),
        ("ab-123/4", [5]),
        ("AB-123/5", []),
        ("東京", [8]),
        ("タワー", []),
        ("& red | ! <->:*", [1, 2]),
        ("red:*", [1, 2]),
        ("re:*", []),
        ("'); DROP TABLE found; --", []),
        ("%s {0} %(x)s", []),
    ],
)
def test_words_are_found(table: Connection, text: str, found: list[int]) -> None:
    fill(table, SHOP)
    assert ids(table, text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("~prodct", [1, 2, 10]),
        ("~porduct", [1, 10]),
        ("~roduc", [1, 2, 10]),
        ("~munchn", [2, 3, 4]),
        ("~タワー", [8]),
        ("~😀", [8]),
        ("~0%", [8]),
        ("~a_b", [8]),
        ("~a\\b", [8]),
        ("~b-12", [5]),
        ("~-fi", [1]),
        ("~ red prodction", [1, 2]),
        ('~"dark red"', [2]),
        ('~"drak red"', []),
        ("~xqzwv", []),
    ],
)
def test_parts_of_words_and_mistyped_ones_are_found(table: Connection, text: str, found: list[int]) -> None:
    fill(table, SHOP)
    assert ids(table, text) == found


def test_whole_words_rank_before_prefixes_and_short_records_before_long_ones(table: Connection) -> None:
    fill(
        table,
        [("prod", 0, 0, "and much more beside it"), ("product", 0, 0, ""), ("prod", 0, 0, ""), ("prod prod", 0)],
    )
    assert best_first(table, "prod") == [4, 3, 1, 2]


def test_records_that_contain_the_text_rank_before_similar_ones(table: Connection) -> None:
    fill(table, [("prodct", 0, 0, ""), ("xproductx", 0, 0, ""), ("product", 0, 0, "")])
    assert best_first(table, "~product") == [3, 2, 1]


def test_exclusions_alone_have_no_rank() -> None:
    assert compile_query(DEFINITION, QuerySpec(search="-red"), QUERY_LIMITS).rank is None
    assert compile_query(DEFINITION, QuerySpec(search="red", sort="name"), QUERY_LIMITS).rank is None


def test_only_the_beginning_of_the_longest_records_is_searched(table: Connection) -> None:
    distinct = " ".join(f"{number:x}𐐀" for number in range(100_000))
    long_word = "w" * 3_000
    fill(
        table,
        [
            (f"first {distinct}", 0, 0, "last"),
            (f"first {'x' * 1_000_000}", 0, 0, "last"),
            ("\ufdfa" * 200_000, 0, 0, "last"),
            (long_word, 0, 0, "last"),
            ("𐐀 " * 400_000, 0, 0, "last"),
        ],
    )
    assert ids(table, "first") == [1, 2]
    assert ids(table, "last") == [4]
    assert ids(table, "~www last") == [4]
    assert ids(table, "~xxx") == [2]


def test_the_functions_need_no_search_path(table: Connection) -> None:
    """Index builds and statistics run with the system's search path only."""
    fill(table, SHOP)
    with table.transaction():
        table.execute("SET LOCAL search_path = pg_catalog, pg_temp")
        table.execute("ANALYZE records.found")
        table.execute("REINDEX TABLE records.found")
    assert ids(table, "munchen") == [2, 3, 4]


def test_no_text_of_the_user_is_in_the_sql() -> None:
    for text in ('evil1 "evil2" -evil3', "~evil1 evil2"):
        query = compile_query(DEFINITION, QuerySpec(search=text), QUERY_LIMITS)
        assert query.rank is not None
        for piece in (query.where, query.rank):
            assert "evil" not in piece.text.as_string(None)
            assert piece.text.as_string(None).count("%s") == len(piece.params)


def test_an_index_serves_a_search(table: Connection) -> None:
    fill(table, [(f"name {number}", number, None, f"text {number % 7}") for number in range(5_000)])
    table.execute("ANALYZE found")
    for text in ("4711", '"name 4711"', "name 4711 -x", "~nmae4711", "~4711"):
        query = compile_query(DEFINITION, QuerySpec(search=text), QUERY_LIMITS)
        statement = sql.SQL("EXPLAIN (COSTS off) SELECT id FROM found WHERE {}").format(query.where.text)
        plan = "\n".join(str(line) for (line,) in table.execute(statement, query.where.params))
        assert "Bitmap Index Scan" in plan, (text, plan)


@pytest.mark.parametrize(
    ("search", "kinds"),
    [
        ("red", [IndexKind.WORDS]),
        ("~red", [IndexKind.TRIGRAMS]),
        ("-red", []),
        ("red -blue", [IndexKind.WORDS]),
        ("", []),
    ],
)
def test_a_search_wants_the_index_of_its_kind(search: str, kinds: list[IndexKind]) -> None:
    query = compile_query(DEFINITION, QuerySpec(search=search), QUERY_LIMITS)
    assert recommend_indexes(query) == tuple(IndexSpec(kind, STRINGS) for kind in kinds)


def test_filter_and_sort_want_indexes_in_addition() -> None:
    query = compile_query(DEFINITION, QuerySpec("number eq 1", "-name", "red"), QUERY_LIMITS)
    assert [spec.kind for spec in recommend_indexes(query)] == [IndexKind.WORDS, IndexKind.ORDER]


def test_a_dataset_without_strings_cannot_be_searched() -> None:
    with pytest.raises(BadRequest, match="the dataset has none") as refused:
        compile_query(Definition("numbers", "", (NUMBER,)), QuerySpec(search="x"), QUERY_LIMITS)
    assert refused.value.code == "search-columns"
