"""Long work that outlives a request: what is asked, how far it is, how it ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from psycopg import Connection, Cursor
from psycopg.types.json import Jsonb

ATTEMPTS = 3
"""How often a job is begun before it has failed for good."""

_ADD = """
INSERT INTO jobs (job_id, workspace, actor, correlation_id, dataset_id, kind, arguments, total_bytes)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""

_BEGIN = """
UPDATE jobs SET state = 'running', attempt = attempt + 1, rows = 0, bytes = 0,
                started_at = coalesce(started_at, now())
WHERE job_id = %s AND state IN ('queued', 'running')
RETURNING job_id, workspace, actor, correlation_id, dataset_id, kind, arguments, attempt
"""

_PROGRESS = "UPDATE jobs SET rows = %s, bytes = %s WHERE job_id = %s AND state = 'running' AND attempt = %s"

_SUCCEED = """
UPDATE jobs SET state = 'succeeded', rows = %s, bytes = total_bytes, result = %s, finished_at = now()
WHERE job_id = %s AND state = 'running' AND attempt = %s
"""

_FAIL = """
UPDATE jobs SET state = 'failed', error = %s, finished_at = now()
WHERE job_id = %s AND state IN ('queued', 'running')
"""


class Superseded(Exception):
    """Another attempt at the job has begun meanwhile, or it was ended: this one must change nothing."""


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


def begin(cursor: "Cursor[Any]", job_id: UUID) -> Job | None:
    """Start the next attempt; None if the job has ended already."""
    row = cursor.execute(_BEGIN, [job_id]).fetchone()
    return None if row is None else Job(*row)


def progress(cursor: "Cursor[Any]", job: Job, rows: int, read_bytes: int) -> None:
    """Say how far the attempt is. Raises Superseded if it is no longer the job's."""
    _must_be_ours(job, cursor.execute(_PROGRESS, [rows, read_bytes, job.id, job.attempt]).rowcount)


def succeed(cursor: "Cursor[Any]", job: Job, rows: int, result: Mapping[str, object]) -> None:
    """End the job, in the transaction that publishes its result. Raises Superseded."""
    _must_be_ours(job, cursor.execute(_SUCCEED, [rows, Jsonb(dict(result)), job.id, job.attempt]).rowcount)


def fail(cursor: "Cursor[Any]", job_id: UUID, error: Mapping[str, object]) -> None:
    cursor.execute(_FAIL, [Jsonb(dict(error)), job_id])


def _must_be_ours(job: Job, updated: int) -> None:
    if updated == 0:
        raise Superseded(f"attempt {job.attempt} at job {job.id} was superseded")
