"""The table `events` and the view `event_log` on it: every statement that names them.

Appending goes through the SQL function `append_events`; see `recorder.py`.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, Cursor

NAME = "events"

STREAM = """
SELECT notification_id, originator_version, topic, state FROM events
WHERE originator_id = %s AND originator_version > %s AND (%s::bigint IS NULL OR originator_version <= %s)
ORDER BY originator_version LIMIT %s
"""
"""The events of a stream above a version and up to another."""

BATCH = """
WITH page AS (
    SELECT *, sum(octet_length(state)) OVER (ORDER BY notification_id) - octet_length(state) AS bytes_before
    FROM events WHERE notification_id > %s AND (%s::bigint IS NULL OR notification_id <= %s)
    ORDER BY notification_id LIMIT %s)
SELECT originator_id, notification_id, originator_version, topic, state FROM page
WHERE bytes_before < %s ORDER BY notification_id
"""
"""Events of all streams, limited by number and by bytes."""

_HEAD = "SELECT coalesce(max(notification_id), 0) FROM events"

_STREAM_IDS = "SELECT originator_id FROM events WHERE originator_version = 1 ORDER BY notification_id"

_LAG = "SELECT count(*), min(notification_id) FROM events WHERE notification_id > %s AND topic = ANY(%s)"

_AGE = "SELECT greatest(extract(epoch FROM clock_timestamp() - at), 0) FROM event_log WHERE position = %s"

_BYTES = "SELECT pg_total_relation_size('events')"

_DELETE_STREAM = "DELETE FROM events WHERE originator_id = %s"


async def read_head(connection: "AsyncConnection[Any]") -> int:
    """The position of the newest event; 0 for an empty log."""
    row = await (await connection.execute(_HEAD)).fetchone()
    assert row is not None
    head: int = row[0]
    return head


async def read_bytes(connection: "AsyncConnection[Any]") -> int:
    """The size of the table with its indexes and free space."""
    row = await (await connection.execute(_BYTES)).fetchone()
    assert row is not None
    size: int = row[0]
    return size


def read_stream_ids(cursor: "Cursor[Any]") -> list[UUID]:
    """All streams, in the order of their first events."""
    return [stream_id for (stream_id,) in cursor.execute(_STREAM_IDS).fetchall()]


def read_lag(cursor: "Cursor[Any]", position: int, stored_names: Sequence[str]) -> tuple[int, float]:
    """The number of events of these names above a position, and the seconds since the first of them was appended."""
    row = cursor.execute(_LAG, [position, list(stored_names)]).fetchone()
    number, first = row or (0, None)
    age = cursor.execute(_AGE, [first]).fetchone() if number else None
    return number, round(float(age[0]), 3) if age else 0.0


def delete_stream(cursor: "Cursor[Any]", stream_id: UUID) -> None:
    """Delete all events of a stream. This cannot be undone."""
    cursor.execute(_DELETE_STREAM, [stream_id])
