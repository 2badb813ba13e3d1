"""A table of records with the structure of record tables, and queries of it."""

import json
from collections.abc import Sequence
from decimal import Decimal

import psycopg
from psycopg import sql

from domain.columns import Column, ColumnType, Value
from domain.schema import Definition
from projections.query.compiled import QuerySpec, compile_query
from projections.sql.ordering import order_by_sql
from tests.limits import QUERY_LIMITS
from tests.projections.query.reference import ReferenceRow

CURRENT = 2**63 - 1
NOW = "2024-01-01T12:30:00.5+02:00"

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


def fill(connection: Connection, rows: Sequence[ReferenceRow]) -> None:
    connection.execute("TRUNCATE things")
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO things VALUES (%s, %s, %s, %s::jsonb)",
            [(row.id, row.version, CURRENT, as_json(row.values)) for row in rows],
        )


def as_json(values: Sequence[Value]) -> str:
    """The values as JSON with every digit of a decimal."""
    return "[" + ",".join(str(v) if isinstance(v, Decimal) else json.dumps(v) for v in values) + "]"


def find_ids(connection: Connection, filter: str, sort: str = "") -> list[object]:
    """The ids of the records that PostgreSQL finds, in its order."""
    query = compile_query(DEFINITION, QuerySpec(filter, sort, now=NOW), QUERY_LIMITS)
    order = order_by_sql(query.sort_keys)
    statement = sql.SQL("SELECT id FROM things WHERE {} ORDER BY {}").format(query.where.text, order.text)
    return [row[0] for row in connection.execute(statement, [*query.where.params, *order.params])]
