"""Changes jobs: adds, begins, ends and forgets them.

Every change is announced on the channel `CHANNEL`, the job's id as payload. A notification commits under a lock
of the whole database, so only small transactions send it; the transaction that publishes sends it afterwards.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.types.json import Jsonb

from application.jobs.job import Job, JobMustWait, JobSuperseded
from application.jobs.job_store.job_reads import job_not_found_error
from domain.errors import Conflict, NotFound

MAX_ATTEMPTS = 3
"""How often a job is begun before it has failed for good."""

CHANNEL = "jobs"

_ADD = """
INSERT INTO jobs (job_id, workspace, actor, correlation_id, dataset_id, kind, arguments, total_bytes, sequence_number)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, CASE WHEN %s THEN nextval('jobs_sequence_number_seq') END)
RETURNING pg_notify('jobs', job_id::text)
"""

_LOCK_ORDER = "SELECT pg_advisory_xact_lock(hashtextextended('job order ' || %s::text, 0))"
"""One transaction at a time gives numbers to the jobs of a dataset: a reader of a number sees all lower ones."""

_BEGIN = """
UPDATE jobs SET state = 'running', attempt = attempt + 1, rows = 0, bytes = 0,
                started_at = coalesce(started_at, now())
WHERE job_id = %s AND state IN ('queued', 'running') AND NOT EXISTS (
    SELECT FROM jobs AS earlier
    WHERE earlier.dataset_id = jobs.dataset_id AND earlier.state IN ('queued', 'running')
      AND earlier.sequence_number < jobs.sequence_number)
RETURNING job_id, workspace, actor, correlation_id, dataset_id, kind, arguments, attempt,
          pg_notify('jobs', job_id::text)
"""

_IS_UNFINISHED = "SELECT state IN ('queued', 'running') FROM jobs WHERE job_id = %s"

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

_FIND_STATE = "SELECT state FROM jobs WHERE job_id = %s AND workspace = %s"

_MARK_CLEARED = "UPDATE jobs SET remains = false WHERE job_id = %s"

_DELETE_ENDED = """
DELETE FROM jobs
WHERE state IN ('succeeded', 'failed', 'cancelled') AND NOT remains
  AND finished_at < now() - make_interval(days => %s)
"""

_DELETE_OF_DATASET = "DELETE FROM jobs WHERE dataset_id = %s"

_END_PHRASES = {"succeeded": "succeeded", "failed": "failed", "cancelled": "was cancelled"}


def add(cursor: "Cursor[Any]", job: Job, total_bytes: int, *, in_order: bool = False) -> None:
    """Add a queued job. With `in_order` it begins after the jobs of its dataset that were added so before it."""
    if in_order:
        cursor.execute(_LOCK_ORDER, [str(job.dataset_id)])
    row = (job.id, job.workspace, job.actor, job.correlation_id, job.dataset_id, job.kind)
    cursor.execute(_ADD, [*row, Jsonb(dict(job.arguments)), total_bytes, in_order])


def begin(cursor: "Cursor[Any]", job_id: UUID) -> Job | None:
    """Start the next attempt; None if the job has ended already. Raises JobMustWait."""
    row = cursor.execute(_BEGIN, [job_id]).fetchone()
    if row is not None:
        return Job(*row[:-1])
    if cursor.execute(_IS_UNFINISHED, [job_id]).fetchone() == (True,):
        raise JobMustWait(f"the job {job_id} waits for an earlier job of its dataset")
    return None


def set_expected_totals(cursor: "Cursor[Any]", job: Job, rows: int, total_bytes: int = 0) -> None:
    """Store the expected number of rows and, if known, of bytes of the attempt. Raises JobSuperseded."""
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
    cursor.execute(_MARK_CLEARED, [job_id])


def delete_ended(cursor: "Cursor[Any]", days: int) -> int:
    """Forget the jobs that ended more than `days` ago and are cleared; returns how many."""
    return cursor.execute(_DELETE_ENDED, [days]).rowcount


def delete_jobs_of_dataset(cursor: "Cursor[Any]", dataset_id: UUID) -> None:
    cursor.execute(_DELETE_OF_DATASET, [dataset_id])


def _not_cancelled_error(cursor: "Cursor[Any]", workspace: str, job_id: UUID) -> NotFound | Conflict:
    row = cursor.execute(_FIND_STATE, [job_id, workspace]).fetchone()
    if row is None:
        return job_not_found_error(job_id)
    return Conflict(
        "job-ended", f"The job {job_id} has ended already: it {_END_PHRASES[row[0]]}", extra={"state": row[0]}
    )


def _require_current_attempt(job: Job, updated: int) -> None:
    if updated == 0:
        raise JobSuperseded(f"attempt {job.attempt} at job {job.id} was superseded")
