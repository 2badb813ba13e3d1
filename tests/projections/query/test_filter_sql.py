"""The SQL of a filter finds the right records, fails on no value, and can use an index."""

from decimal import Decimal

import pytest
from psycopg import sql

from domain.columns import Value
from domain.query.filter.checker import check_filter
from domain.query.filter.functions import ARITHMETIC, FUNCTIONS
from domain.query.filter.parser import parse_filter
from projections.sql.filter_sql import filter_sql
from projections.sql.function_sql import FUNCTION_SQL
from projections.sql.value_sql import value_sql
from tests.limits import QUERY_LIMITS
from tests.projections.query.reference import ReferenceRow
from tests.projections.query.things import DEFINITION, NOW, Connection, fill, find_ids

NULLS = ReferenceRow(1, 1, (None,) * 7)
FIVE = ReferenceRow(2, 1, ("Ærlig 100%_\\ 'x'", Decimal(5), True, "2024-01-31", "2024-01-31T23:30:00-01:00", "q", 5))
SHORT = ReferenceRow(3, 2, ())


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
    assert find_ids(table, text) == ids


def test_no_text_of_the_user_is_in_the_sql() -> None:
    text = "s in ('evil1') or contains(s, 'evil2') or t gt 1999-01-01T00:00:00Z or n eq 66677 or $id eq 66678"
    piece = filter_sql(check_filter(parse_filter(text, QUERY_LIMITS.filter), DEFINITION, NOW))
    written = piece.text.as_string(None)
    assert not any(part in written for part in ("evil", "1999", "6667", "drop"))
    assert written.count("%s") == len(piece.params) == 5


def test_every_function_of_a_filter_has_its_sql() -> None:
    constants = {name for name, function in FUNCTIONS.items() if not function.parameters}
    assert FUNCTION_SQL.keys() == FUNCTIONS.keys() - constants | ARITHMETIC


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata"])
def test_no_value_of_another_type_fails(table: Connection, zone: str) -> None:
    odd: list[Value] = [None, True, Decimal("1.5"), "", "x", "2024-02-30T00:00:00Z", "0000-01-01T00:00:00Z"]
    odd += ["9999-12-31T23:59:59.999999999-15:59", "0001-01-01T00:00:00+15:59", "2024-99-99T99:99:99Z"]
    fill(table, [ReferenceRow(place, 1, (value,) * 7) for place, value in enumerate(odd, 1)])
    table.execute(sql.SQL("SET timezone = {}").format(sql.Literal(zone)))
    try:
        for column in DEFINITION.columns:
            table.execute(sql.SQL("SELECT {} FROM things").format(value_sql(column)))
        assert find_ids(table, "year(d) ge 0 and n eq 1") == []
        assert find_ids(table, "t gt 9999-12-31T23:59:59Z") == [8]
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
    piece = filter_sql(check_filter(parse_filter(text, QUERY_LIMITS.filter), DEFINITION, NOW))
    query = sql.SQL("EXPLAIN (COSTS off) SELECT id FROM things WHERE {}").format(piece.text)
    plan = "\n".join(str(line) for (line,) in table.execute(query, piece.params))
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
