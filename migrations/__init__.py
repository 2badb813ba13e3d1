"""The history of the fixed tables. Append-only; a test proves that its result equals the definitions.

Alembic and SQLAlchemy are imported when there is something to do: they take half a second and 30 MB.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import Connection

if TYPE_CHECKING:
    import sqlalchemy as sa
    from alembic.config import Config

LOCK = 7_015_921_370_551
"""Advisory lock key: two processes that start at once must not both create the tables."""

OLDEST_SERVER = 150000

_FOLDER = Path(__file__).parent


class UnfitServer(Exception):
    """The PostgreSQL server is older than version 15, or lacks an extension."""


def upgrade(conninfo: str) -> None:
    """Bring the database at `conninfo` to the newest schema; returns at once if it is there."""
    with _locked(conninfo) as connection:
        if _revision(connection) == newest():
            return
        from alembic import command

        command.upgrade(_config(conninfo), "head")


def newest() -> str:
    """The last revision, by the names of the files."""
    return max(path.name[:4] for path in (_FOLDER / "versions").glob("[0-9]*.py"))


def engine(conninfo: str) -> "sa.Engine":
    """An SQLAlchemy engine for migrations; the service itself talks psycopg."""
    import sqlalchemy as sa

    return sa.create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(conninfo), poolclass=sa.NullPool)


def _config(conninfo: str) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["conninfo"] = conninfo
    return config


def _revision(connection: "Connection[Any]") -> str | None:
    """The revision of the database; None if it was never migrated."""
    row = connection.execute("SELECT to_regclass('alembic_version') IS NOT NULL").fetchone()
    if row is None or not row[0]:
        return None
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return None if row is None else str(row[0])


@contextmanager
def _locked(conninfo: str) -> Iterator["Connection[Any]"]:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        if connection.info.server_version < OLDEST_SERVER:
            have = connection.info.parameter_status("server_version")
            raise UnfitServer(f"PostgreSQL 15 or newer is needed; the server is version {have}")
        connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        yield connection
