"""Jobs that have ended are forgotten after a while, but never before all that they left is removed."""

import logging
from collections.abc import Callable
from typing import Any
from uuid import UUID

from psycopg import Cursor

from application.jobs.job_store import job_reads, job_writes
from domain.errors import Busy

UNCLEARED_SECONDS = 3_600
"""Seconds after its end that what a job left is for its worker to remove."""

_log = logging.getLogger(__name__)


def sweep_jobs(cursor: "Cursor[Any]", days: int, clear: Callable[[UUID], None]) -> int:
    """Give `clear` each job of which something has been left for long; then forget those that ended `days` ago.

    Jobs that could not be cleared are kept for the next sweep. Returns how many were forgotten.
    """
    for job_id in job_reads.find_uncleared(cursor, UNCLEARED_SECONDS):
        try:
            clear(job_id)
        except Busy:
            _log.info("an attempt at the ended job %s is still at work", job_id)
        except Exception:
            _log.exception("what the job %s left could not be removed; trying again at the next sweep", job_id)
    return job_writes.delete_ended(cursor, days)
