"""Connections to PostgreSQL: the service's session settings and its pools."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import AsyncConnection, Connection, Cursor
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import AsyncConnectionPool, ConnectionPool

from projections.query import search_sql

AsyncPool = AsyncConnectionPool[AsyncConnection[Any]]
SyncPool = ConnectionPool[Connection[Any]]


def session_conninfo(conninfo: str, **settings: str) -> str:
    """`conninfo` with session settings: UTC, those of searches, and those given (`statement_timeout="30s"`)."""
    given = conninfo_to_dict(conninfo).get("options") or ""
    options = " ".join(
        f"-c {name}={value}" for name, value in {"timezone": "UTC", **search_sql.SESSION_SETTINGS, **settings}.items()
    )
    return make_conninfo(conninfo, options=f"{given} {options}".strip(), application_name="rowledger")


def create_async_pool(conninfo: str, size: int, least: int = 1) -> AsyncPool:
    """Connections for reading, each statement a transaction of its own. Not yet open; `least` are kept open."""
    return AsyncConnectionPool(
        conninfo, min_size=least, max_size=size, open=False, kwargs={"autocommit": True}, timeout=10, name="reads"
    )


class PooledConnection:
    """A connection of a pool while the block runs. It commits by itself, so there is nothing to end but the loan."""

    def __init__(self, pool: AsyncPool) -> None:
        self._pool = pool

    async def __aenter__(self) -> "AsyncConnection[Any]":
        self._connection = await self._pool.getconn()
        return self._connection

    async def __aexit__(self, *_: object) -> None:
        await self._pool.putconn(self._connection)


def create_sync_pool(conninfo: str, size: int) -> SyncPool:
    """Connections for commands and workers. Opened at once, connected when first used."""
    return ConnectionPool(
        conninfo, min_size=0, max_size=size, open=True, kwargs={"autocommit": True}, timeout=30, name="writes"
    )


def connect_unpooled(conninfo: str) -> "Connection[Any]":
    """A connection outside the pools, for a session that makes temporary tables.

    It prepares no statement: a plan made before a temporary table would go past it to the table it shadows.
    """
    return Connection.connect(conninfo, autocommit=True, prepare_threshold=None)


@contextmanager
def transaction(pool: SyncPool, *, undone: bool = False) -> Iterator["Cursor[Any]"]:
    """A cursor in a transaction that commits when the block ends, and rolls back if it fails or is `undone`."""
    with (
        pool.connection() as connection,
        connection.transaction(force_rollback=undone),
        connection.cursor() as cursor,
    ):
        yield cursor
