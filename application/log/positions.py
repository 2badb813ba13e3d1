"""The position of each follower in the log, stored by `eventsourcing`'s tracking recorder, and failures of followers.

A position is written in the transaction that contains the follower's effect, so that both are committed or neither.
"""

import asyncio
import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresDatastore, PostgresTrackingRecorder
from psycopg import AsyncConnection, Cursor

from application.log import event_table

TABLE = "follower_positions"

WAIT_PAUSE_SECONDS = 0.02

_READ = """
SELECT coalesce((SELECT notification_id FROM follower_positions WHERE application_name = %(name)s), 0),
       EXISTS (SELECT FROM follower_failures WHERE name = %(name)s)
"""

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('position of follower ' || %s, 0))"

_SET = """
INSERT INTO follower_positions (application_name, notification_id) VALUES (%s, %s)
ON CONFLICT (application_name) DO UPDATE SET notification_id = excluded.notification_id
"""

_STOP = """
INSERT INTO follower_failures (name, position, stream_id, version, type, error)
VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (name) DO UPDATE SET position = excluded.position, stream_id = excluded.stream_id,
    version = excluded.version, type = excluded.type, error = excluded.error, at = now()
"""

_RESUME = "DELETE FROM follower_failures WHERE name = %s"

_FAILURES = "SELECT name, position, stream_id, version, type, error FROM follower_failures"


@dataclass(frozen=True, slots=True)
class FollowerFailure:
    """The event at which a follower stopped, and the error it caused."""

    position: int
    stream_id: UUID
    version: int
    type: str
    error: str

    def __str__(self) -> str:
        where = f"{self.type} at position {self.position} (stream {self.stream_id}, version {self.version})"
        return f"{where}: {self.error}"


class FollowerPositions(PostgresTrackingRecorder):
    """Reads and writes positions in the caller's transaction."""

    def __init__(self, datastore: PostgresDatastore) -> None:
        super().__init__(datastore, tracking_table_name=TABLE)

    def advance(self, cursor: "Cursor[Any]", name: str, position: int) -> None:
        """Store the position of the last event that was applied.

        Raises eventsourcing.persistence.IntegrityError if the follower is already past it.
        """
        self._insert_tracking(cursor, Tracking(name, position))


def read_position(cursor: "Cursor[Any]", name: str) -> tuple[int, bool]:
    """The position of the last event applied, 0 before the first, and whether the follower is stopped."""
    row = cursor.execute(_READ, {"name": name}).fetchone()
    assert row is not None
    return row[0], row[1]


async def wait_until_applied(connection: "AsyncConnection[Any]", name: str, patience: float) -> bool:
    """Wait until the follower has applied the events now in the log. Returns False after `patience` seconds."""
    head = await event_table.read_head(connection)
    deadline = time.monotonic() + patience
    while True:
        row = await (await connection.execute(_READ, {"name": name})).fetchone()
        assert row is not None
        if row[0] >= head:
            return True
        if row[1] or time.monotonic() > deadline:
            return False
        await asyncio.sleep(WAIT_PAUSE_SECONDS)


def lock_position(cursor: "Cursor[Any]", name: str) -> int:
    """Read the position and lock it until the transaction ends."""
    cursor.execute(_LOCK, [name])
    return read_position(cursor, name)[0]


def set_position(cursor: "Cursor[Any]", name: str, position: int) -> None:
    """Make the follower continue after `position`, whatever it has applied. The caller holds the lock."""
    cursor.execute(_SET, [name, position])


def stop_follower(cursor: "Cursor[Any]", name: str, failure: FollowerFailure) -> None:
    """Record the event that cannot be applied; the follower stays stopped until it is resumed."""
    row = [name, failure.position, failure.stream_id, failure.version, failure.type, failure.error]
    cursor.execute(_STOP, row)


def resume_follower(cursor: "Cursor[Any]", name: str) -> bool:
    """Make a stopped follower retry. Returns False if it was not stopped."""
    return cursor.execute(_RESUME, [name]).rowcount == 1


def read_failures(cursor: "Cursor[Any]") -> dict[str, FollowerFailure]:
    """The failures of stopped followers, by name."""
    return {name: FollowerFailure(*rest) for name, *rest in cursor.execute(_FAILURES).fetchall()}
