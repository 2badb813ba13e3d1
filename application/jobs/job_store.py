"""Long work that outlives a request: what is asked, how far it is, how it ended.

Every change is announced on the channel `CHANNEL`, the job's id as payload. A notification commits under a lock
of the whole database, so it goes with small transactions only; the one that publishes announces afterwards.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from psycopg import Connection, Cursor
from psycopg.types.json import Jsonb

from domain.access.access import Access
from domain.errors import Conflict, NotFound

MAX_ATTEMPTS = 3
"""How often a job is begun before it has failed for good."""

END_STATES = ("succeeded", "failed", "cancelled")

CHANNEL = "jobs"

_ADD = """
INSERT INTO jobs (job_id, workspace, actor, correlation_id, dataset_id, kind, arguments, total_bytes)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
RETURNING pg_notify('jobs', job_id::text)
"""

_BEGIN = """
UPDATE jobs SET state = 'running', attempt = attempt + 1, rows = 0, bytes = 0,
                started_at = coalesce(started_at, now())
WHERE job_id = %s AND state IN ('queued', 'running')
RETURNING job_id, workspace, actor, correlation_id, dataset_id, kind, arguments, attempt,
          pg_notify('jobs', job_id::text)
"""

_EXPECT = """
UPDATE jobs SET total_rows = %s, total_bytes = %s WHERE job_id = %s AND state = 'running' AND attempt = %s
"""

_PROGRESS = """
UPDATE jobs SET rows = %s, bytes = %s WHERE job_id = %s AND state = 'running' AND attempt = %s
RETURNING pg_notify('jobs', job_id::text)
"""

_SUCCEED = """
UPDATE jobs SET state = 'succeeded', rows = %s, bytes = total_bytes, result = %s, finished_at = now()
WHERE job_id = %s AND state = 'running' AND attempt = %s
"""

_FAIL = """
UPDATE jobs SET state = 'failed', error = %s, finished_at = now()
WHERE job_id = %s AND state IN ('queued', 'running')
RETURNING pg_notify('jobs', job_id::text)
"""

_CANCEL = """
UPDATE jobs SET state = 'cancelled', remains = (state = 'running'), finished_at = now()
WHERE job_id = %s AND workspace = %s AND state IN ('queued', 'running')
RETURNING job_id, workspace, actor, correlation_id, dataset_id, kind, arguments, attempt, remains,
          pg_notify('jobs', job_id::text)
"""
"""On the right of `remains =` stands the state before."""

_FIND_UNCLEARED = """
SELECT job_id, workspace, actor, correlation_id, dataset_id, kind, arguments, attempt FROM jobs
WHERE job_id = %s AND state = 'cancelled' AND remains
"""


_FIND = """
SELECT job_id, workspace, actor, correlation_id, dataset_id, kind, arguments, attempt FROM jobs
WHERE job_id = %s AND workspace = %s
"""

_END_PHRASES = {"succeeded": "succeeded", "failed": "failed", "cancelled": "was cancelled"}


class JobSuperseded(Exception):
    """Another attempt at the job has begun meanwhile, or it was ended: this one must change nothing."""


Connect = Callable[[], "AbstractContextManager[Connection[Any]]"]


AccessOfJob = Callable[[str, str], Access]
"""The access that a job of a workspace and an actor is done with."""


class Queue(Protocol):
    """Hands jobs to workers, at least once each."""

    def enqueue(self, connection: "Connection[Any]", job_id: UUID) -> None:
        """Have the job run once the connection's transaction has committed, and only then."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job as its worker sees it; `attempt` counts from 1 and fences off earlier attempts."""

    id: UUID
    workspace: str
    actor: str
    correlation_id: str
    dataset_id: UUID
    kind: str
    arguments: Mapping[str, Any]
    attempt: int


def add(cursor: "Cursor[Any]", job: Job, total_bytes: int) -> None:
    row = (job.id, job.workspace, job.actor, job.correlation_id, job.dataset_id, job.kind)
    cursor.execute(_ADD, [*row, Jsonb(dict(job.arguments)), total_bytes])


def find(cursor: "Cursor[Any]", access: Access, job_id: UUID) -> Job:
    """Raises NotFound, also for a job of a dataset that may not be read."""
    row = cursor.execute(_FIND, [job_id, access.workspace]).fetchone()
    job = None if row is None else Job(*row)
    if job is None or not access.sees(job.workspace, job.dataset_id):
        raise job_not_found_error(job_id)
    return job


def begin(cursor: "Cursor[Any]", job_id: UUID) -> Job | None:
    """Start the next attempt; None if the job has ended already."""
    row = cursor.execute(_BEGIN, [job_id]).fetchone()
    return None if row is None else Job(*row[:-1])


def set_expected_totals(cursor: "Cursor[Any]", job: Job, rows: int, total_bytes: int = 0) -> None:
    """Say how many rows, and bytes where they are known, the attempt will come to. Raises Superseded."""
    _require_current_attempt(job, cursor.execute(_EXPECT, [rows, total_bytes, job.id, job.attempt]).rowcount)


def record_progress(cursor: "Cursor[Any]", job: Job, rows: int, read_bytes: int) -> None:
    """Say how far the attempt is. Raises Superseded if it is no longer the job's."""
    _require_current_attempt(job, cursor.execute(_PROGRESS, [rows, read_bytes, job.id, job.attempt]).rowcount)


def succeed(cursor: "Cursor[Any]", job: Job, rows: int, result: Mapping[str, object]) -> None:
    """End the job, in the transaction that publishes its result; `announce` it afterwards. Raises Superseded."""
    _require_current_attempt(job, cursor.execute(_SUCCEED, [rows, Jsonb(dict(result)), job.id, job.attempt]).rowcount)


def announce(cursor: "Cursor[Any]", job_id: UUID) -> None:
    """Tell whoever watches the job that it has changed."""
    cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, str(job_id)])


def fail(cursor: "Cursor[Any]", job_id: UUID, error: Mapping[str, object]) -> None:
    cursor.execute(_FAIL, [Jsonb(dict(error)), job_id])


def cancel(cursor: "Cursor[Any]", workspace: str, job_id: UUID) -> tuple[Job, bool]:
    """End the job as cancelled; with it, whether it was at work, so that what it wrote remains to be cleared.

    Raises NotFound, or Conflict where it has ended already: whichever end comes first stands.
    """
    row = cursor.execute(_CANCEL, [job_id, workspace]).fetchone()
    if row is None:
        raise _not_cancelled_error(cursor, workspace, job_id)
    return Job(*row[:-2]), row[-2]


def find_uncleared(cursor: "Cursor[Any]", job_id: UUID) -> Job | None:
    """The job, if it was cancelled at work and what it wrote is still there."""
    row = cursor.execute(_FIND_UNCLEARED, [job_id]).fetchone()
    return None if row is None else Job(*row)


def mark_cleared(cursor: "Cursor[Any]", job_id: UUID) -> None:
    """Note that nothing is left of a cancelled job, in the transaction that removes it."""
    cursor.execute("UPDATE jobs SET remains = false WHERE job_id = %s", [job_id])


def _not_cancelled_error(cursor: "Cursor[Any]", workspace: str, job_id: UUID) -> NotFound | Conflict:
    row = cursor.execute(
        "SELECT state FROM jobs WHERE job_id = %s AND workspace = %s", [job_id, workspace]
    ).fetchone()
    if row is None:
        return job_not_found_error(job_id)
    return Conflict(
        "job-ended", f"The job {job_id} has ended already: it {_END_PHRASES[row[0]]}", extra={"state": row[0]}
    )


def job_not_found_error(job_id: UUID) -> NotFound:
    return NotFound("job-not-found", f"There is no job {job_id}")


def _require_current_attempt(job: Job, updated: int) -> None:
    if updated == 0:
        raise JobSuperseded(f"attempt {job.attempt} at job {job.id} was superseded")
