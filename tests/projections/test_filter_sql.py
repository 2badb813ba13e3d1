"""A filter as PostgreSQL answers it, compared with the same filter evaluated here."""

import datetime
import json
from collections.abc import Iterator, Sequence
from decimal import Decimal

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from domain.columns import Column, ColumnType, Value
from domain.filter_text import parse_filter
from domain.filter_tree import FUNCTIONS
from domain.filters import checked
from domain.schema import Definition
from projections.filter_sql import filter_sql
from projections.function_sql import FUNCTION_SQL
from projections.value_sql import value_sql
from tests.projections.reference import Row, kept

CURRENT = 2**63 - 1

DEFINITION = Definition(
    "things",
    "",
    (
        Column("s", ColumnType.STRING, 0),
        Column("n", ColumnType.DECIMAL, 1),
        Column("ok", ColumnType.BOOLEAN, 2),
        Column("d", ColumnType.DATE, 3),
        Column("t", ColumnType.DATETIME, 4),
        Column("%s '\"; drop", ColumnType.STRING, 5),
        Column("i", ColumnType.INTEGER, 6),
    ),
)

Connection = psycopg.Connection[tuple[object, ...]]


@pytest.fixture(scope="module")
def connection(shared_database: str) -> Iterator[Connection]:
    with psycopg.connect(shared_database, autocommit=True) as opened:
        yield opened


@pytest.fixture
def table(connection: Connection) -> Connection:
    connection.execute("DROP TABLE IF EXISTS things")
    connection.execute("CREATE TABLE things (id bigint, version bigint, until bigint, values jsonb)")
    return connection


def fill(connection: Connection, rows: Sequence[Row]) -> None:
    connection.execute("TRUNCATE things")
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO things VALUES (%s, %s, %s, %s::jsonb)",
            [(row.id, row.version, CURRENT, as_json(row.values)) for row in rows],
        )


def as_json(values: Sequence[Value]) -> str:
    """JSON that keeps every digit of a decimal."""
    return "[" + ",".join(str(v) if isinstance(v, Decimal) else json.dumps(v) for v in values) + "]"


def found(connection: Connection, text: str) -> list[object]:
    condition, params = filter_sql(checked(parse_filter(text), DEFINITION))
    query = sql.SQL("SELECT id FROM things WHERE {} ORDER BY id").format(condition)
    return [row[0] for row in connection.execute(query, params)]


strings = st.text("aAbÉéжЖ%_\\'\"$ ", max_size=4)
numbers = st.one_of(
    st.integers(-4, 4).map(Decimal), st.decimals(-3, 3, places=1), st.integers(-(10**30), 10**30).map(Decimal)
)
dates = st.dates(datetime.date(2023, 12, 30), datetime.date(2024, 1, 3)).map(str)
times = st.tuples(
    dates,
    st.sampled_from(["T00:00:00", "T23:59:59.5", "T12:30:00.000001"]),
    st.sampled_from(["", "Z", "+02:00", "-05:30"]),
).map("".join)
rows = st.tuples(
    st.integers(1, 5),
    st.integers(1, 3),
    st.tuples(
        st.none() | strings,
        st.none() | numbers,
        st.none() | st.booleans(),
        st.none() | dates,
        st.none() | times,
        st.none() | strings,
        st.none() | st.integers(-4, 4),
    ),
).map(lambda parts: Row(*parts))

COLUMN_OF_TEXT = '"%s \'""; drop"'


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def calls(names: Sequence[str], arguments: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(st.sampled_from(names), arguments).map(lambda parts: f"{parts[0]}({parts[1]})")


constants = {
    "string": strings.map(quoted),
    "number": numbers.map(lambda number: f"{number:f}") | st.sampled_from(["1e2", "99999999999999999999"]),
    "boolean": st.sampled_from(["true", "false"]),
    "date": dates,
    "time": times,
}
plain_strings = st.sampled_from(["s", COLUMN_OF_TEXT]) | constants["string"]
string_terms = plain_strings | calls(["tolower", "toupper", "trim"], plain_strings)
terms = {
    "string": string_terms,
    "number": st.one_of(
        st.sampled_from(["n", "i", "$id", "$version"]),
        calls(["length"], string_terms),
        calls(["year", "month", "day"], st.sampled_from(["d", "t"]) | constants["date"]),
        calls(["hour", "minute", "second"], st.just("t") | constants["time"]),
    ),
    "boolean": st.just("ok"),
    "date": st.just("d"),
    "time": st.just("t"),
}


@st.composite
def comparisons(draw: st.DrawFn) -> str:
    kind = draw(st.sampled_from(sorted(terms)))
    operators = ["eq", "ne"] if kind == "boolean" else ["eq", "ne", "gt", "ge", "lt", "le"]
    sides = terms[kind] | constants[kind] | st.just("null")
    return f"{draw(sides)} {draw(st.sampled_from(operators))} {draw(sides)}"


@st.composite
def memberships(draw: st.DrawFn) -> str:
    kind = draw(st.sampled_from(sorted(terms)))
    choices = draw(st.lists(constants[kind] | st.just("null"), min_size=1, max_size=3))
    return f"{draw(terms[kind] | st.just('null'))} in ({','.join(choices)})"


matches = st.tuples(
    st.sampled_from(["contains", "startswith", "endswith"]), string_terms, string_terms | st.just("null")
).map(lambda parts: f"{parts[0]}({parts[1]},{parts[2]})")
conditions = st.recursive(
    comparisons() | memberships() | matches | st.sampled_from(["ok", "true", "false", "null"]),
    lambda inner: st.one_of(
        inner.map(lambda part: f"not ({part})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: "(" + ") and (".join(parts) + ")"),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: "(" + ") or (".join(parts) + ")"),
        st.tuples(inner, st.sampled_from(["eq", "ne"]), inner).map(lambda p: f"({p[0]}) {p[1]} ({p[2]})"),
    ),
    max_leaves=5,
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(rows, min_size=1, max_size=8), texts=st.lists(conditions, min_size=1, max_size=4))
def test_postgresql_keeps_what_the_reference_keeps(table: Connection, rows: list[Row], texts: list[str]) -> None:
    numbered = [Row(place, row.version, row.values) for place, row in enumerate(rows, 1)]
    fill(table, numbered)
    for text in texts:
        tree = checked(parse_filter(text), DEFINITION)
        assert found(table, text) == [row.id for row in numbered if kept(tree, row)], text


NULLS = Row(1, 1, (None,) * 7)
FIVE = Row(2, 1, ("Ærlig 100%_\\ 'x'", Decimal(5), True, "2024-01-31", "2024-01-31T23:30:00-01:00", "q", 5))
SHORT = Row(3, 2, ())


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("n eq null", [1, 3]),
        ("n ne 5", [1, 3]),
        ("not (n gt 5)", [1, 2, 3]),
        ("not (n ge 5)", [1, 3]),
        ("n in (5, null)", [1, 2, 3]),
        ("not (n in (6))", [1, 2, 3]),
        ("n eq i", [1, 2, 3]),
        ("null eq null", [1, 2, 3]),
        ("n gt null", []),
        ("not ok", []),
        ("not contains(s, 'z')", [2]),
        ("contains(s, '100%_\\ ''x''')", [2]),
        ("contains(s, '%x%')", []),
        ("startswith(s, 'Ær')", [2]),
        ("endswith(s, '''x''')", [2]),
        ("endswith(s, '')", [2]),
        ("startswith(tolower(s), 'ær')", [2]),
        ("startswith(toupper(s), 'ÆRL')", [2]),
        ("length(s) eq 16", [2]),
        ("trim('\u00a0 a\t') eq 'a'", [1, 2, 3]),
        ("t eq 2024-02-01T00:30:00Z", [2]),
        ("t eq 2024-02-01T00:30:00", [2]),
        ("t in (2024-02-01T00:30:00.000Z, null)", [1, 2, 3]),
        ("day(t) eq 31 and hour(t) eq 23 and minute(t) eq 30 and second(t) eq 0", [2]),
        ("$id eq 2", [2]),
        ("$id lt 2.5", [1, 2]),
        ("$id lt 99999999999999999999", [1, 2, 3]),
        ("$id in (99999999999999999999, 2, 2.5, 3.0)", [2, 3]),
        ("$version gt 1", [3]),
        ("n lt 1e999", [2]),
        ('"%s \'""; drop" eq \'q\'', [2]),
        ("s eq '''; drop table things; --'", []),
        ("s eq '%s %(x)s {0} \\'", []),
        ("(n gt 1) eq ok", [2]),
    ],
)
def test_a_filter_keeps_these(table: Connection, text: str, ids: list[int]) -> None:
    fill(table, [NULLS, FIVE, SHORT])
    assert found(table, text) == ids


def test_no_text_of_the_user_is_in_the_sql() -> None:
    text = "s in ('evil1') or contains(s, 'evil2') or t gt 1999-01-01T00:00:00Z or n eq 66677 or $id eq 66678"
    condition, params = filter_sql(checked(parse_filter(text), DEFINITION))
    written = condition.as_string(None)
    assert not any(piece in written for piece in ("evil", "1999", "6667", "drop"))
    assert written.count("%s") == len(params) == 5


def test_every_function_of_a_filter_has_its_sql() -> None:
    assert FUNCTION_SQL.keys() == FUNCTIONS.keys()


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata"])
def test_no_value_of_another_type_fails(table: Connection, zone: str) -> None:
    odd: list[Value] = [None, True, Decimal("1.5"), "", "x", "2024-02-30T00:00:00Z", "0000-01-01T00:00:00Z"]
    odd += ["9999-12-31T23:59:59.999999999-15:59", "0001-01-01T00:00:00+15:59", "2024-99-99T99:99:99Z"]
    fill(table, [Row(place, 1, (value,) * 7) for place, value in enumerate(odd, 1)])
    table.execute(sql.SQL("SET timezone = {}").format(sql.Literal(zone)))
    try:
        for column in DEFINITION.columns:
            table.execute(sql.SQL("SELECT {} FROM things").format(value_sql(column)))
        assert found(table, "year(d) ge 0 and n eq 1") == []
        assert found(table, "t gt 9999-12-31T23:59:59Z") == [8]
    finally:
        table.execute("RESET timezone")


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("n", "n eq 77"),
        ("n", "n gt 4990 and n le 4995"),
        ("n", "n in (5, 6)"),
        ("n", "n eq null"),
        ("s", "s eq 'name 77'"),
        ("s", "startswith(s, 'name 77')"),
        ("d", "d eq 2024-01-31"),
        ("t", "t ge 2024-01-31T10:00:00Z and t lt 2024-01-31T10:00:01Z"),
    ],
)
def test_an_index_on_the_value_serves_a_filter(table: Connection, column: str, text: str) -> None:
    load_many(table)
    index_on(table, column)
    condition, params = filter_sql(checked(parse_filter(text), DEFINITION))
    query = sql.SQL("EXPLAIN (COSTS off) SELECT id FROM things WHERE {}").format(condition)
    plan = "\n".join(str(line) for (line,) in table.execute(query, params))
    assert "Index Cond" in plan, plan


@pytest.mark.parametrize("name", ["s", "n", "ok", "d", "t"])
def test_an_index_on_the_value_serves_a_sort(table: Connection, name: str) -> None:
    load_many(table)
    index_on(table, name)
    value = value_sql(DEFINITION.column(name, "test"))
    query = sql.SQL("EXPLAIN (COSTS off) SELECT id FROM things ORDER BY {}, id LIMIT 50").format(value)
    plan = "\n".join(str(line) for (line,) in table.execute(query))
    assert "Index Scan" in plan and "Sort" not in plan, plan


def load_many(connection: Connection) -> None:
    connection.execute(
        """
        INSERT INTO things SELECT n, 1, 9223372036854775807, jsonb_build_array(
            'name ' || n, n, n % 2 = 0, to_char(date '2000-01-01' + n, 'YYYY-MM-DD'),
            to_char(timestamp '2024-01-31' + n * interval '1 minute', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), null, n)
        FROM generate_series(1, 5000) AS n
        """
    )


def index_on(connection: Connection, name: str) -> None:
    value = value_sql(DEFINITION.column(name, "test"))
    connection.execute(sql.SQL("CREATE INDEX ON things (({}), id)").format(value))
    connection.execute("ANALYZE things")
