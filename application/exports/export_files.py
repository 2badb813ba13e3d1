"""The files of export jobs. Each attempt writes its own file, so that an attempt that was taken for dead cannot
damage the file of the next."""

from pathlib import Path
from typing import Any
from uuid import UUID

from psycopg import Cursor

from application.jobs.job import Job
from application.jobs.job_store import job_reads
from application.jobs.kinds import JobKindName
from application.stale_files import remove_stale_files

MIN_FILE_AGE_SECONDS = 3_600
"""Minimum age of a file that is removed, whatever its job's state: a younger one may be in use."""


def get_export_path(folder: Path, job_id: UUID, attempt: int) -> Path:
    """The path of an attempt's file."""
    return folder / f"{job_id}.{attempt}"


def remove_exports(folder: Path, job: Job) -> None:
    """Remove the files of all attempts of the job."""
    for attempt in range(1, job.attempt + 1):
        get_export_path(folder, job.id, attempt).unlink(missing_ok=True)


def sweep_exports(cursor: "Cursor[Any]", folder: Path, older_than: float = MIN_FILE_AGE_SECONDS) -> int:
    """Remove the files of jobs that were deleted, failed or cancelled. Returns their number."""
    kept = job_reads.find_kept_attempts(cursor, JobKindName.EXPORT)
    return remove_stale_files(folder, {get_export_path(folder, *attempt) for attempt in kept}, older_than)
