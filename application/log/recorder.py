"""A PostgreSQL recorder for `eventsourcing` that appends in the caller's transaction.

The library's recorder sends payloads as text in an array of composites and locks the table; this one sends four
binary arrays to one SQL function, which keeps positions in commit order with an advisory lock (see
docs/decisions/own-recorder.md). It sends no NOTIFY, which would take a database-wide lock until commit.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from eventsourcing.persistence import Notification, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg import Cursor
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row, tuple_row

from application.log import event_table

_APPEND = "SELECT append_events(%b::uuid[], %b::bigint[], %b::text[], %b::bytea[])"


class TransactionalRecorder(PostgresApplicationRecorder):
    """Appends in the caller's transaction; reads through the library's own small pool."""

    def append(self, cursor: "Cursor[Any]", stored_events: Sequence[StoredEvent]) -> list[int]:
        """Append in the cursor's transaction and return the positions, in the same order.

        Raises psycopg.errors.UniqueViolation if a stream already has such a version.
        """
        if not stored_events:
            return []
        columns = [
            [event.originator_id for event in stored_events],
            [event.originator_version for event in stored_events],
            [event.topic for event in stored_events],
            [event.state for event in stored_events],
        ]
        row = cursor.execute(_APPEND, columns, prepare=True).fetchone()
        assert row is not None
        return list(row[0])

    def stream(self, stream_id: UUID, after: int, until: int | None, limit: int) -> list[Notification]:
        """A stream's events with their positions (which the library's `select_events` omits)."""
        with self.datastore.get_connection() as connection, connection.cursor(row_factory=tuple_row) as cursor:
            rows = cursor.execute(event_table.STREAM, [stream_id, after, until, until, limit]).fetchall()
        return [_to_notification(stream_id, *row) for row in rows]

    def select_batch(self, after: int, until: int | None, limit: int, max_bytes: int) -> list[Notification]:
        """Events of all streams with a position above `after`: up to `limit`, until `max_bytes` are exceeded."""
        with self.datastore.get_connection() as connection, connection.cursor(row_factory=tuple_row) as cursor:
            rows = cursor.execute(event_table.BATCH, [after, until, until, limit, max_bytes]).fetchall()
        return [_to_notification(*row) for row in rows]

    def read_stream(self, cursor: "Cursor[Any]", stream_id: UUID) -> list[Notification]:
        """All events of a stream, read in the cursor's transaction."""
        rows = cursor.execute(event_table.STREAM, [stream_id, 0, None, None, None]).fetchall()
        return [_to_notification(stream_id, *row) for row in rows]


def _to_notification(stream_id: UUID, position: int, version: int, topic: str, state: bytes) -> Notification:
    return Notification(
        id=position, originator_id=stream_id, originator_version=version, topic=topic, state=bytes(state)
    )


def create_datastore(conninfo: str, pool_size: int) -> PostgresDatastore:
    """The library's pool for reading events, at most `pool_size` connections."""
    store = PostgresDatastore("", "", "", "", "", pool_size=0, max_overflow=pool_size)
    store.pool.kwargs = {**conninfo_to_dict(conninfo), "row_factory": dict_row}
    return store
