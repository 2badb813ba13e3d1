"""What is kept for a while only: jobs that have ended, files that nobody came for, remains of cancelled jobs."""

import logging
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

from psycopg import Connection

from application.imports import acceptance
from domain.errors import Busy

SWEEP_LOCK = 7_015_921_370_552
"""Advisory lock key: of many workers one sweeps at a time."""

DAY_SECONDS = 86_400
MIN_FILE_AGE_SECONDS = 3_600
"""Seconds that a file is left alone whatever the retention: it may be on its way in."""

MAX_DAYS = 36_500

_DELETE_ENDED_JOBS = """
DELETE FROM jobs
WHERE state IN ('succeeded', 'failed', 'cancelled') AND NOT remains
  AND finished_at < now() - make_interval(days => %s)
"""

_FIND_UNCLEARED = """
SELECT job_id FROM jobs
WHERE state = 'cancelled' AND remains AND finished_at < now() - make_interval(secs => %s)
"""

_log = logging.getLogger(__name__)


def sweep_ended_jobs(connection: "Connection[Any]", folder: Path, days: int, clear: Callable[[UUID], None]) -> bool:
    """Remove what is older than `days`: rows of ended jobs, files in `folder` that no job waits for.

    `clear` is given each cancelled job whose remains nobody has removed for long. False, and nothing is done,
    while another worker sweeps.
    """
    with connection.cursor() as cursor:
        row = cursor.execute("SELECT pg_try_advisory_lock(%s)", [SWEEP_LOCK]).fetchone()
        if row is None or not row[0]:
            return False
        try:
            kept = min(days, MAX_DAYS)
            forgotten = cursor.execute(_DELETE_ENDED_JOBS, [kept]).rowcount
            removed = acceptance.sweep_uploads(cursor, folder, max(kept * DAY_SECONDS, MIN_FILE_AGE_SECONDS))
            for (job_id,) in cursor.execute(_FIND_UNCLEARED, [MIN_FILE_AGE_SECONDS]).fetchall():
                with suppress(Busy):  # the next sweep will come, too
                    clear(job_id)
        finally:
            if not connection.closed:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [SWEEP_LOCK])
    _log.info("forgot %s ended jobs, removed %s stale uploads", forgotten, removed)
    return True
