"""Reads jobs for those that do, cancel and clear them, within a transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Cursor

from application.jobs.job import Job, JobState
from domain.access.access import Access
from domain.errors import NotFound

_FIND = """
SELECT job_id, workspace, actor, correlation_id, dataset_id, kind, arguments, attempt FROM jobs
WHERE job_id = %s AND workspace = %s
"""

_FIND_STATE = """
SELECT job_id, workspace, actor, correlation_id, dataset_id, kind, arguments, attempt, state, remains FROM jobs
WHERE job_id = %s
"""

_FIND_KIND = "SELECT kind FROM jobs WHERE job_id = %s"

_FIND_OUTCOME = "SELECT state, result, error FROM jobs WHERE job_id = %s"

_FIND_UNCLEARED = """
SELECT job_id FROM jobs
WHERE state IN ('cancelled', 'failed') AND remains AND finished_at < now() - make_interval(secs => %s)
"""

_FIND_UNFINISHED = """
SELECT job_id FROM jobs
WHERE state IN ('queued', 'running') AND created_at < now() - make_interval(secs => %s) AND NOT job_id = ANY(%s)
ORDER BY sequence_number NULLS FIRST, created_at
"""

_PENDING_PATHS = """
SELECT arguments->>'path' FROM jobs WHERE state IN ('queued', 'running') AND arguments->>'path' IS NOT NULL
"""
"""Of jobs of every kind, also those that only a newer version knows."""

_KEPT_ATTEMPTS = "SELECT job_id, attempt FROM jobs WHERE kind = %s AND state IN ('running', 'succeeded')"


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


def find(cursor: "Cursor[Any]", access: Access, job_id: UUID) -> Job:
    """Raises NotFound, also for a job of a dataset that may not be read."""
    row = cursor.execute(_FIND, [job_id, access.workspace]).fetchone()
    job = None if row is None else Job(*row)
    if job is None or not access.sees(job.workspace, job.dataset_id):
        raise job_not_found_error(job_id)
    return job


def find_kind(cursor: "Cursor[Any]", job_id: UUID) -> str | None:
    """The job's kind as stored; None if there is no such job."""
    row = cursor.execute(_FIND_KIND, [job_id]).fetchone()
    return None if row is None else str(row[0])


def find_state(cursor: "Cursor[Any]", job_id: UUID) -> StoredJob | None:
    row = cursor.execute(_FIND_STATE, [job_id]).fetchone()
    return None if row is None else StoredJob(Job(*row[:-2]), JobState(row[-2]), row[-1])


def find_outcome(cursor: "Cursor[Any]", job_id: UUID) -> JobOutcome:
    """Raises NotFound."""
    row = cursor.execute(_FIND_OUTCOME, [job_id]).fetchone()
    if row is None:
        raise job_not_found_error(job_id)
    return JobOutcome(JobState(row[0]), row[1], row[2])


def find_uncleared(cursor: "Cursor[Any]", seconds: float) -> Sequence[UUID]:
    """The jobs that ended more than `seconds` ago and are not cleared."""
    return [job_id for (job_id,) in cursor.execute(_FIND_UNCLEARED, [seconds]).fetchall()]


def find_unfinished(cursor: "Cursor[Any]", seconds: float, without: Sequence[UUID]) -> Sequence[UUID]:
    """The jobs that were accepted more than `seconds` ago and have not ended, except those in `without`."""
    return [job_id for (job_id,) in cursor.execute(_FIND_UNFINISHED, [seconds, list(without)]).fetchall()]


def find_pending_paths(cursor: "Cursor[Any]") -> frozenset[str]:
    """The files that jobs which have not ended work from."""
    return frozenset(path for (path,) in cursor.execute(_PENDING_PATHS).fetchall())


def find_kept_attempts(cursor: "Cursor[Any]", kind: str) -> Sequence[tuple[UUID, int]]:
    """The jobs of a kind that are at work or have succeeded, each with its attempt."""
    return cursor.execute(_KEPT_ATTEMPTS, [kind]).fetchall()


def job_not_found_error(job_id: UUID) -> NotFound:
    return NotFound("job-not-found", f"There is no job {job_id}")
