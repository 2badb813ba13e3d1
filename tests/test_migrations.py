"""The migrations create the defined tables, however often they run and even if several processes run them."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from psycopg.conninfo import make_conninfo

import migrations
from application.tables import metadata as written
from projections.models.tables import metadata as read
from tests.conftest import a_database

TABLES = "SELECT table_name, column_name, data_type FROM information_schema.columns ORDER BY 1, 2, 3"


@pytest.fixture
def empty(server: str) -> Iterator[str]:
    """A database without any migration."""
    with a_database(server) as name:
        yield make_conninfo(server, dbname=name)


def test_the_migrated_database_equals_the_definitions(database: str) -> None:
    assert differences(database) == []


def test_a_difference_would_be_found(database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("ALTER TABLE versions DROP COLUMN comment")
        connection.execute("ALTER TABLE chunks ALTER COLUMN rows TYPE bigint")
        connection.execute("DROP INDEX jobs_dataset_id_idx")
        connection.execute("CREATE TABLE stray (id int)")
    found = {str(one[0][0]) if isinstance(one, list) else str(one[0]) for one in differences(database)}
    assert found == {"add_column", "modify_type", "add_index", "remove_table"}


def test_upgrading_again_changes_nothing(database: str) -> None:
    before = rows(database, TABLES)
    migrations.upgrade(database)
    assert rows(database, TABLES) == before


def test_six_processes_that_start_at_once_all_succeed(empty: str) -> None:
    command = [sys.executable, "-c", "import sys, migrations; migrations.upgrade(sys.argv[1])", empty]
    processes = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(6)]
    errors = [process.communicate(timeout=120)[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * 6, errors
    assert differences(empty) == []
    assert len(rows(empty, "SELECT version_num FROM alembic_version")) == 1


def differences(conninfo: str) -> list[Any]:
    """The differences between the definitions and the database, as Alembic reports them."""
    defined = sa.MetaData()
    for table in (*written.tables.values(), *read.tables.values()):
        table.to_metadata(defined)
    with migrations.engine(conninfo).connect() as connection:
        options = {"compare_type": True, "compare_server_default": True, "include_name": _is_ours}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), defined))


def _is_ours(name: str | None, kind: str, parents: object) -> bool:
    return kind != "table" or not (name or "").startswith(("procrastinate_", "alembic_version"))


def rows(conninfo: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(conninfo) as connection:
        return connection.execute(query.encode()).fetchall()


def test_an_extension_outside_the_search_path_is_reported_and_one_inside_is_used(empty: str) -> None:
    with psycopg.connect(empty, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA aside")
        connection.execute("CREATE EXTENSION pg_trgm SCHEMA aside")
    with pytest.raises(migrations.UnfitServer, match="the extension pg_trgm: it is installed in a schema outside"):
        migrations.upgrade(empty)
    migrations.upgrade(make_conninfo(empty, options="-c search_path=public,aside"))
    assert differences(empty) == []
