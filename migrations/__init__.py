"""The fixed tables' history. Append-only; a test proves that it ends where the definitions stand."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

LOCK = 7_015_921_370_551
"""Advisory lock key: two processes that start at once must not both create the tables."""

OLDEST_SERVER = 150000


class UnfitServer(Exception):
    """The PostgreSQL server is older than version 15."""


def upgrade(conninfo: str) -> None:
    """Bring the database at `conninfo` to the newest schema; returns at once if it is there."""
    with _locked(conninfo):
        command.upgrade(_config(conninfo), "head")


def engine(conninfo: str) -> sa.Engine:
    """An SQLAlchemy engine for migrations; the service itself talks psycopg."""
    return sa.create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(conninfo), poolclass=sa.NullPool)


def _config(conninfo: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["conninfo"] = conninfo
    return config


@contextmanager
def _locked(conninfo: str) -> Iterator[None]:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        if connection.info.server_version < OLDEST_SERVER:
            have = connection.info.parameter_status("server_version")
            raise UnfitServer(f"PostgreSQL 15 or newer is needed; the server is version {have}")
        connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        yield
