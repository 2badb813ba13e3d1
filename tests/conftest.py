"""A real PostgreSQL for every test: one embedded server a run, one migrated template a worker, one copy a test."""

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

import migrations
from interfaces.services.embedded import embedded_postgres

pytest_plugins = ["tests.given", "tests.valkey"]

FOLDER = "ROWLEDGER_TEST_FOLDER"

LONGEST = ("test_crash.py", "test_export_jobs.py", "test_change_properties.py", "test_import_properties.py")


def pytest_configure(config: pytest.Config) -> None:
    """The first process of a run creates the folder of the server that all workers use."""
    if FOLDER not in os.environ:
        folder = tempfile.mkdtemp(prefix="rowledger-tests-")
        Path(folder).chmod(0o755)
        os.environ[FOLDER] = folder
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest tests begin first, so that no process waits for one of them in the end."""
    items.sort(key=lambda item: item.path.name not in LONGEST)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The connection string of the run's server. It need not survive a crash: it does not wait for the disk."""
    with embedded_postgres.start(Path(os.environ[FOLDER])) as running:
        with psycopg.connect(running.conninfo, autocommit=True) as connection:
            for setting in ("fsync", "full_page_writes", "synchronous_commit"):
                connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
            connection.execute("SELECT pg_reload_conf()")
        yield running.conninfo


@pytest.fixture(scope="session")
def template(server: str) -> Iterator[str]:
    with a_database(server) as name:
        migrations.upgrade(make_conninfo(server, dbname=name))
        yield name


@pytest.fixture
def database(server: str, template: str) -> Iterator[str]:
    """The connection string of a fresh, migrated database."""
    with a_database(server, template) as name:
        yield make_conninfo(server, dbname=name)


@pytest.fixture(scope="session")
def shared_database(server: str, template: str) -> Iterator[str]:
    """A migrated database for tests that keep out of each other's way."""
    with a_database(server, template) as name:
        yield make_conninfo(server, dbname=name)


@contextmanager
def a_database(server: str, template: str = "template1") -> Iterator[str]:
    """The name of a new database, dropped again when the block ends."""
    name = f"test_{uuid.uuid4().hex}"
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(create)
        yield name
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
