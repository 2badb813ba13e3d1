"""The lock of a stream's rebuild. It keeps rebuilds of one stream apart, and its indexes from being built meanwhile.

It is an advisory lock of the holder's session, so it ends with the session.
"""

from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.sql import SQL

_KEY = SQL("hashtextextended('rebuild ' || %s, 0)")

_TRY = SQL("SELECT pg_try_advisory_lock({})").format(_KEY)

_RELEASE = SQL("SELECT pg_advisory_unlock({})").format(_KEY)


def try_acquire(connection: "Connection[Any]", stream_id: UUID) -> bool:
    """Acquire the lock if it is free; returns whether it was."""
    row = connection.execute(_TRY, [str(stream_id)]).fetchone()
    return row is not None and bool(row[0])


def release(connection: "Connection[Any]", stream_id: UUID) -> None:
    connection.execute(_RELEASE, [str(stream_id)])
