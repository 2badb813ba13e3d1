"""What is kept for a while only: jobs that have ended, and the files of uploads that came to nothing."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from psycopg import Connection

from application.imports import acceptance
from application.jobs import retention

SWEEP_LOCK = 7_015_921_370_552
"""Advisory lock key: of many workers one sweeps at a time."""

DAY_SECONDS = 86_400
MIN_FILE_AGE_SECONDS = 3_600
"""Seconds that a file is left alone whatever the retention: it may be on its way in."""

MAX_DAYS = 36_500

_log = logging.getLogger(__name__)


def sweep_ended_jobs(connection: "Connection[Any]", folder: Path, days: int, clear: Callable[[UUID], None]) -> bool:
    """Remove what is older than `days`: rows of ended jobs, files in `folder` that no job waits for.

    `clear` is called with each ended job of which something has been left for long. False, and nothing is done,
    while another worker sweeps.
    """
    with connection.cursor() as cursor:
        row = cursor.execute("SELECT pg_try_advisory_lock(%s)", [SWEEP_LOCK]).fetchone()
        if row is None or not row[0]:
            return False
        try:
            kept = min(days, MAX_DAYS)
            forgotten = retention.sweep_jobs(cursor, kept, clear)
            removed = acceptance.sweep_uploads(cursor, folder, max(kept * DAY_SECONDS, MIN_FILE_AGE_SECONDS))
        finally:
            if not connection.closed:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [SWEEP_LOCK])
    _log.info("forgot %s ended jobs, removed %s stale uploads", forgotten, removed)
    return True
