"""The table of jobs: what each is to do, how far it is, how it ended. No other module of the write side names it.

Every change is announced on the channel `CHANNEL`, the job's id as payload. A notification commits under a lock
of the whole database, so it goes with small transactions only; the one that publishes announces afterwards.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.types.json import Jsonb

from application.jobs.job import Job, JobState, JobSuperseded
from domain.access.access import Access
from domain.errors import Conflict, NotFound

MAX_ATTEMPTS = 3
"""How often a job is begun before it has failed for good."""

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
UPDATE jobs SET state = 'failed', error = %s, remains = %s, finished_at = now()
WHERE job_id = %s AND state = 'running' AND attempt = %s
RETURNING pg_notify('jobs', job_id::text)
"""

_CANCEL = """
UPDATE jobs SET state = 'cancelled', remains = (state = 'running'), finished_at = now()
WHERE job_id = %s AND workspace = %s AND state IN ('queued', 'running')
RETURNING job_id, workspace, actor, correlation_id, dataset_id, kind, arguments, attempt, remains,
          pg_notify('jobs', job_id::text)
"""
"""On the right of `remains =` is the state before."""

_FIND = """
SELECT job_id, workspace, actor, correlation_id, dataset_id, kind, arguments, attempt FROM jobs
WHERE job_id = %s AND workspace = %s
"""

_FIND_STATE = """
SELECT job_id, workspace, actor, correlation_id, dataset_id, kind, arguments, attempt, state, remains FROM jobs
WHERE job_id = %s
"""

_FIND_UNCLEARED = """
SELECT job_id FROM jobs
WHERE state IN ('cancelled', 'failed') AND remains AND finished_at < now() - make_interval(secs => %s)
"""

_DELETE_ENDED = """
DELETE FROM jobs
WHERE state IN ('succeeded', 'failed', 'cancelled') AND NOT remains
  AND finished_at < now() - make_interval(days => %s)
"""

_PENDING_PATHS = """
SELECT arguments->>'path' FROM jobs WHERE state IN ('queued', 'running') AND arguments->>'path' IS NOT NULL
"""
"""Of jobs of every kind, also those that only a newer version knows."""

_KEPT_ATTEMPTS = "SELECT job_id, attempt FROM jobs WHERE kind = %s AND state IN ('running', 'succeeded')"

_END_PHRASES = {"succeeded": "succeeded", "failed": "failed", "cancelled": "was cancelled"}


@dataclass(frozen=True, slots=True)
class StoredJob:
    """A job with its state, and whether what it wrote is still to be removed."""

    job: Job
    state: JobState
    has_remains: bool


@dataclass(frozen=True, slots=True)
class JobOutcome:
    """A job's state, and its result or its error once it has ended."""

    state: JobState
    result: Mapping[str, Any] | None
    error: Mapping[str, Any] | None


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


def find_kind(cursor: "Cursor[Any]", job_id: UUID) -> str | None:
    """The job's kind as stored; None if there is no such job."""
    row = cursor.execute("SELECT kind FROM jobs WHERE job_id = %s", [job_id]).fetchone()
    return None if row is None else str(row[0])


def find_state(cursor: "Cursor[Any]", job_id: UUID) -> StoredJob | None:
    row = cursor.execute(_FIND_STATE, [job_id]).fetchone()
    return None if row is None else StoredJob(Job(*row[:-2]), JobState(row[-2]), row[-1])


def find_outcome(cursor: "Cursor[Any]", job_id: UUID) -> JobOutcome:
    """Raises NotFound."""
    row = cursor.execute("SELECT state, result, error FROM jobs WHERE job_id = %s", [job_id]).fetchone()
    if row is None:
        raise job_not_found_error(job_id)
    return JobOutcome(JobState(row[0]), row[1], row[2])


def begin(cursor: "Cursor[Any]", job_id: UUID) -> Job | None:
    """Start the next attempt; None if the job has ended already."""
    row = cursor.execute(_BEGIN, [job_id]).fetchone()
    return None if row is None else Job(*row[:-1])


def set_expected_totals(cursor: "Cursor[Any]", job: Job, rows: int, total_bytes: int = 0) -> None:
    """Say how many rows, and bytes where they are known, the attempt will come to. Raises JobSuperseded."""
    _require_current_attempt(job, cursor.execute(_EXPECT, [rows, total_bytes, job.id, job.attempt]).rowcount)


def record_progress(cursor: "Cursor[Any]", job: Job, rows: int, read_bytes: int) -> None:
    """Say how far the attempt is. Raises JobSuperseded if it is no longer the job's."""
    _require_current_attempt(job, cursor.execute(_PROGRESS, [rows, read_bytes, job.id, job.attempt]).rowcount)


def succeed(cursor: "Cursor[Any]", job: Job, rows: int, result: Mapping[str, object]) -> None:
    """End the job, in the transaction that publishes its result; `announce` it afterwards. Raises JobSuperseded."""
    _require_current_attempt(job, cursor.execute(_SUCCEED, [rows, Jsonb(dict(result)), job.id, job.attempt]).rowcount)


def announce(cursor: "Cursor[Any]", job_id: UUID) -> None:
    """Notify the watchers of the job that it has changed."""
    cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, str(job_id)])


def fail(cursor: "Cursor[Any]", job: Job, error: Mapping[str, object], *, has_remains: bool = False) -> None:
    """End the job with an error. Raises JobSuperseded: then the job, and what there is of it, is another's."""
    values = [Jsonb(dict(error)), has_remains, job.id, job.attempt]
    _require_current_attempt(job, cursor.execute(_FAIL, values).rowcount)


def cancel(cursor: "Cursor[Any]", workspace: str, job_id: UUID) -> tuple[Job, bool]:
    """End the job as cancelled; with it, whether it was at work, so that what it wrote remains to be cleared.

    Raises NotFound, or Conflict where it has ended already: whichever end comes first counts.
    """
    row = cursor.execute(_CANCEL, [job_id, workspace]).fetchone()
    if row is None:
        raise _not_cancelled_error(cursor, workspace, job_id)
    return Job(*row[:-2]), row[-2]


def mark_cleared(cursor: "Cursor[Any]", job_id: UUID) -> None:
    """Note that nothing is left of an ended job, in the transaction that removes it."""
    cursor.execute("UPDATE jobs SET remains = false WHERE job_id = %s", [job_id])


def find_uncleared(cursor: "Cursor[Any]", seconds: float) -> Sequence[UUID]:
    """The jobs that ended more than `seconds` ago and are not cleared."""
    return [job_id for (job_id,) in cursor.execute(_FIND_UNCLEARED, [seconds]).fetchall()]


def delete_ended(cursor: "Cursor[Any]", days: int) -> int:
    """Forget the jobs that ended more than `days` ago and are cleared; returns how many."""
    return cursor.execute(_DELETE_ENDED, [days]).rowcount


def delete_jobs_of_dataset(cursor: "Cursor[Any]", dataset_id: UUID) -> None:
    cursor.execute("DELETE FROM jobs WHERE dataset_id = %s", [dataset_id])


def find_pending_paths(cursor: "Cursor[Any]") -> frozenset[str]:
    """The files that jobs which have not ended work from."""
    return frozenset(path for (path,) in cursor.execute(_PENDING_PATHS).fetchall())


def find_kept_attempts(cursor: "Cursor[Any]", kind: str) -> Sequence[tuple[UUID, int]]:
    """The jobs of a kind that are at work or have succeeded, each with its attempt."""
    return cursor.execute(_KEPT_ATTEMPTS, [kind]).fetchall()


def job_not_found_error(job_id: UUID) -> NotFound:
    return NotFound("job-not-found", f"There is no job {job_id}")


def _not_cancelled_error(cursor: "Cursor[Any]", workspace: str, job_id: UUID) -> NotFound | Conflict:
    row = cursor.execute(
        "SELECT state FROM jobs WHERE job_id = %s AND workspace = %s", [job_id, workspace]
    ).fetchone()
    if row is None:
        return job_not_found_error(job_id)
    return Conflict(
        "job-ended", f"The job {job_id} has ended already: it {_END_PHRASES[row[0]]}", extra={"state": row[0]}
    )


def _require_current_attempt(job: Job, updated: int) -> None:
    if updated == 0:
        raise JobSuperseded(f"attempt {job.attempt} at job {job.id} was superseded")
