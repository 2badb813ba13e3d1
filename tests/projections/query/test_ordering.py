"""The ranges after a record contain exactly the records that follow it, in the order of the sort."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from psycopg.sql import SQL

from domain.columns import Column, ColumnType
from domain.query.sort import SortKey
from domain.schema import Definition
from interfaces.services import database
from interfaces.services.wiring import Service
from projections.indexes.index_specs import create_index_sql
from projections.query.compiled import CompiledQuery, QuerySpec, compile_query
from projections.query.index_recommendations import recommend_indexes
from projections.sql.fragments import SqlFragment
from projections.sql.ordering import after_sql, order_by_sql, ranges_after
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
    query = sorted_by(sort)
    everything = found(service, table, query, SqlFragment(SQL("true")))
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
            statement = SQL("EXPLAIN (ANALYZE, FORMAT JSON) {}").format(query_of(table, query, piece))
            row = connection.execute(statement, [*piece.params, 20]).fetchone()
            assert row is not None
            plan = row[0][0]["Plan"]["Plans"][0]
            assert (plan["Node Type"], plan.get("Rows Removed by Filter", 0)) == ("Index Scan", 0)


def sorted_by(sort: str) -> CompiledQuery:
    return compile_query(Definition("stretches", "", COLUMNS), QuerySpec("", sort), QUERY_LIMITS)


def found(
    service: Service, table: RecordTable, query: CompiledQuery, condition: SqlFragment
) -> list[tuple[Any, ...]]:
    with service.pool.connection() as connection:
        return connection.execute(query_of(table, query, condition), [*condition.params, None]).fetchall()


def query_of(table: RecordTable, query: CompiledQuery, condition: SqlFragment) -> Any:
    keys = SQL(", ").join([order_by_sql([SortKey(key.column, rule=key.rule)]) for key in query.sort_keys])
    statement = SQL("SELECT {} FROM {} WHERE {} ORDER BY {} LIMIT %s")
    return statement.format(keys, table.identifier, condition.text, order_by_sql(query.sort_keys))
