"""Fixtures: a table of records in a real database."""

from collections.abc import Iterator

import psycopg
import pytest

from tests.projections.query.things import Connection


@pytest.fixture(scope="module")
def connection(shared_database: str) -> Iterator[Connection]:
    with psycopg.connect(shared_database, autocommit=True) as opened:
        yield opened


@pytest.fixture
def table(connection: Connection) -> Connection:
    connection.execute("DROP TABLE IF EXISTS things")
    connection.execute("CREATE TABLE things (id bigint, version bigint, until bigint, values jsonb)")
    return connection
