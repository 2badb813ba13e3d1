"""The ranges after a record contain exactly the records that follow it, in the order of the sort."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from psycopg.sql import SQL

from domain.columns import Column, ColumnType
from domain.schema import Definition
from interfaces.services import database
from interfaces.services.wiring import Service
from projections.indexes.index_specs import create_index_sql
from projections.query.compiled import CompiledQuery, QuerySpec, compile_query
from projections.query.index_recommendations import recommend_indexes
from projections.query.odata.entity_pages import compile_entity_query
from projections.sql.fragments import SqlFragment, fill_template, join_fragments
from projections.sql.ordering import after_sql, order_by_sql, ranges_after, sort_value_sql
from projections.sql.record_tables import RecordTable, table_of
from tests import given
from tests.limits import QUERY_LIMITS

COLUMNS = (
    Column("city", ColumnType.STRING, 0),
    Column("price", ColumnType.INTEGER, 1),
    Column("day", ColumnType.DATE, 2),
    Column("at", ColumnType.DATETIME, 3),
)
SORTS = ("", "-$id", "city", "-city", "price", "-price,city", "city,-price", "city,-price,day", "-at,price,-day,city")
RULED = ("city:ci", "-city:ci,price", "price,-city:natural", "-city:natural,day,city:ci,-price")
COMPUTED = (
    "length(city)",
    "tolower(city) desc,length(city),price desc",
    "price mod 3 desc,concat(city,'x'),day(day)",
    "price gt 5,contains(city,'o') desc,date(at) desc,city",
    "-price,day eq 2024-01-02 desc",
    "substring(city,1,length(city) sub 1),year(day) desc,$id desc",
)
DEFINITION = Definition("stretches", "", COLUMNS)


@pytest.fixture(scope="module")
def table(client: httpx.Client) -> RecordTable:
    rows = []
    for number in range(3_000):
        city = ("Oslo", "Rome", "", "Kyiv", "oslo", "z2", "Z12", "z 3", "Rôme")[number * 7 % 9]
        price = "" if number % 11 == 0 else number * 13 % 17
        day = "" if number % 5 == 0 else f"2024-01-0{number % 3 + 1}"
        rows.append(f"{city},{price},{day},2024-01-0{number % 9 + 1}T10:00:00Z\n")
    return table_of(UUID(given.import_csv(client, "city,price,day,at\n" + "".join(rows)).id))


@pytest.mark.parametrize("sort", [*SORTS, *RULED])
def test_the_ranges_in_turn_are_the_records_that_follow(service: Service, table: RecordTable, sort: str) -> None:
    check_ranges(service, table, sorted_by(sort))


@pytest.mark.parametrize("orderby", COMPUTED)
def test_the_ranges_of_computed_values_too(service: Service, table: RecordTable, orderby: str) -> None:
    check_ranges(service, table, compile_entity_query(DEFINITION, QuerySpec("", orderby), QUERY_LIMITS))


@pytest.mark.parametrize(
    ("orderby", "ranges"), [("length(city),price", 1), ("city desc,length(city)", 3), ("city", 2)]
)
def test_computed_values_need_no_more_scans(orderby: str, ranges: int) -> None:
    keys = compile_entity_query(DEFINITION, QuerySpec("", orderby), QUERY_LIMITS).sort_keys
    assert len(ranges_after(keys, ["1"] * len(keys))) == ranges


def check_ranges(service: Service, table: RecordTable, query: CompiledQuery) -> None:
    everything = found(service, table, query, SqlFragment(SQL("true")))
    assert len(everything) == 3_000
    for place in (0, 1, 700, 1_500, 2_400, 2_998, 2_999):
        values = [None if value is None else str(value) for value in everything[place]]
        pieces = ranges_after(query.sort_keys, values)
        followed = [row for piece in pieces for row in found(service, table, query, piece)]
        assert followed == everything[place + 1 :]
        assert found(service, table, query, after_sql(query.sort_keys, values)) == followed


def test_each_condition_is_one_range_of_the_index(service: Service, table: RecordTable) -> None:
    query = sorted_by("city,-price")
    with database.connect_unpooled(service.conninfo) as connection:
        connection.execute(create_index_sql(table, recommend_indexes(query)[0]))
        connection.execute(SQL("ANALYZE {}").format(table.identifier))
        connection.execute("SET enable_seqscan = off")
        connection.execute("SET enable_bitmapscan = off")
        for piece in ranges_after(query.sort_keys, ["Oslo", "9", "1500"]):
            page = query_of(table, query, piece)
            statement = SQL("EXPLAIN (ANALYZE, FORMAT JSON) {}").format(page.text)
            row = connection.execute(statement, [*page.params, 20]).fetchone()
            assert row is not None
            plan = row[0][0]["Plan"]["Plans"][0]
            assert (plan["Node Type"], plan.get("Rows Removed by Filter", 0)) == ("Index Scan", 0)


def sorted_by(sort: str) -> CompiledQuery:
    return compile_query(DEFINITION, QuerySpec("", sort), QUERY_LIMITS)


def found(
    service: Service, table: RecordTable, query: CompiledQuery, condition: SqlFragment
) -> list[tuple[Any, ...]]:
    statement = query_of(table, query, condition)
    with service.pool.connection() as connection:
        return connection.execute(statement.text, [*statement.params, None]).fetchall()


def query_of(table: RecordTable, query: CompiledQuery, condition: SqlFragment) -> Any:
    """The keys' values of the records, with a limit as the last parameter."""
    keys = join_fragments(", ", [sort_value_sql(key) for key in query.sort_keys])
    return fill_template(
        "SELECT {0} FROM {1} WHERE {2} ORDER BY {3} LIMIT %s",
        keys,
        SqlFragment(table.identifier),
        condition,
        order_by_sql(query.sort_keys),
    )
