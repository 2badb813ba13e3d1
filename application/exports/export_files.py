"""The files of export jobs. Each attempt writes one of its own, so that an attempt that was thought dead cannot spoil
its successor's."""

import time
from pathlib import Path
from typing import Any
from uuid import UUID

from psycopg import Cursor

from application.jobs.job import Job
from application.jobs.job_store import job_reads
from application.jobs.kinds import JobKindName

MIN_FILE_AGE_SECONDS = 3_600
"""Seconds that a file is left alone whatever becomes of its job: it may be fetched just now."""


def get_export_path(folder: Path, job_id: UUID, attempt: int) -> Path:
    """Where an attempt's file lies."""
    return folder / f"{job_id}.{attempt}"


def remove_exports(folder: Path, job: Job) -> None:
    """Remove what the job's attempts have written up to now."""
    for attempt in range(1, job.attempt + 1):
        get_export_path(folder, job.id, attempt).unlink(missing_ok=True)


def sweep_exports(cursor: "Cursor[Any]", folder: Path, older_than: float = MIN_FILE_AGE_SECONDS) -> int:
    """Remove the files of jobs that are forgotten, failed or cancelled; returns how many there were."""
    kept = job_reads.find_kept_attempts(cursor, JobKindName.EXPORT)
    known = {get_export_path(folder, job_id, attempt) for job_id, attempt in kept}
    stale = [
        path
        for path in folder.iterdir()
        if path not in known and path.is_file() and path.stat().st_mtime < time.time() - older_than
    ]
    for path in stale:
        path.unlink(missing_ok=True)
    return len(stale)
