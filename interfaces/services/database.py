"""Connections to PostgreSQL: session settings, pools and transactions."""

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
    """`conninfo` with session settings: UTC, those of searches, and `settings` like `statement_timeout="30s"`."""
    given = conninfo_to_dict(conninfo).get("options") or ""
    options = " ".join(
        f"-c {name}={value}" for name, value in {"timezone": "UTC", **search_sql.SESSION_SETTINGS, **settings}.items()
    )
    return make_conninfo(conninfo, options=f"{given} {options}".strip(), application_name="rowledger")


def create_async_pool(conninfo: str, size: int, min_size: int = 1) -> AsyncPool:
    """A pool for reading in autocommit mode, not yet open; it keeps at least `min_size` connections open."""
    return AsyncConnectionPool(
        conninfo, min_size=min_size, max_size=size, open=False, kwargs={"autocommit": True}, timeout=10, name="reads"
    )


class PooledConnection:
    """A pooled connection while the block runs. In autocommit mode there is no transaction to end on return."""

    def __init__(self, pool: AsyncPool) -> None:
        self._pool = pool

    async def __aenter__(self) -> "AsyncConnection[Any]":
        self._connection = await self._pool.getconn()
        return self._connection

    async def __aexit__(self, *_: object) -> None:
        await self._pool.putconn(self._connection)


def create_sync_pool(conninfo: str, size: int) -> SyncPool:
    """An open pool for commands and workers; it connects on first use."""
    return ConnectionPool(
        conninfo, min_size=0, max_size=size, open=True, kwargs={"autocommit": True}, timeout=30, name="writes"
    )


def connect_unpooled(conninfo: str) -> "Connection[Any]":
    """A connection outside the pools, for a session that creates temporary tables.

    It prepares no statements: a plan from before a temporary table existed would use the table it shadows.
    """
    return Connection.connect(conninfo, autocommit=True, prepare_threshold=None)


@contextmanager
def transaction(pool: SyncPool, *, roll_back: bool = False) -> Iterator["Cursor[Any]"]:
    """A cursor in a transaction that commits when the block ends, or rolls back on an error or with `roll_back`."""
    with (
        pool.connection() as connection,
        connection.transaction(force_rollback=roll_back),
        connection.cursor() as cursor,
    ):
        yield cursor
