"""Whether any attempt at a job is still at work: each shares a lock, and what a job left is removed under it alone.

The lock is one of the worker's session, so it is free when the worker is gone, however that ended.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from psycopg import Connection, Cursor

from domain.errors import Busy

CLEANUP_TIMEOUT = 1.0
"""Seconds that the removal waits for attempts to end; then it is left to the next worker that is free."""

RETRY_SECONDS = 0.05

_SHARE = "SELECT pg_advisory_lock_shared(hashtextextended('job ' || %s::text, 0))"

_RELEASE = "SELECT pg_advisory_unlock_shared(hashtextextended('job ' || %s::text, 0))"

_TRY_EXCLUSIVE = "SELECT pg_try_advisory_xact_lock(hashtextextended('job ' || %s::text, 0))"


@contextmanager
def share_attempt_lock(connection: "Connection[Any]", job_id: UUID) -> Iterator[None]:
    """Be counted as at work on the job while the block runs. Taken before the attempt begins, so that what it
    writes cannot be missed by a removal."""
    connection.execute(_SHARE, [str(job_id)])
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute(_RELEASE, [str(job_id)])


def is_attempted(cursor: "Cursor[Any]", job_id: UUID) -> bool:
    """Whether an attempt is at work. In a transaction: if not, none begins until it ends."""
    return cursor.execute(_TRY_EXCLUSIVE, [str(job_id)]).fetchone() != (True,)


def require_no_attempt(cursor: "Cursor[Any]", job_id: UUID) -> None:
    """Keep attempts out until the transaction ends. Raises Busy if one is at work and does not end soon."""
    deadline = time.monotonic() + CLEANUP_TIMEOUT
    while is_attempted(cursor, job_id):
        if time.monotonic() > deadline:
            raise Busy("job-busy", f"A worker has not yet noticed that the job {job_id} has ended; try again")
        time.sleep(RETRY_SECONDS)
