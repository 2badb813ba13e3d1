"""Removes what is kept only for a limited time, in steps: one that fails keeps none of the others from running."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from psycopg import Connection

from application.imports import acceptance
from application.jobs import retention

SWEEP_LOCK = 7_015_921_370_552
"""Advisory lock key: only one worker sweeps at a time."""

DAY_SECONDS = 86_400
MIN_FILE_AGE_SECONDS = 3_600
"""Minimum age of a file that is removed, whatever the retention: a younger one may still be received."""

MAX_DAYS = 36_500

_log = logging.getLogger(__name__)


def run_step(what: str, remove: Callable[[], int | None]) -> None:
    """Run one step of a sweep. Its error is logged, with what it was to remove; the next sweep tries again."""
    try:
        removed = remove()
    except Exception:
        _log.exception("%s could not be removed; trying again at the next sweep", what)
    else:
        if removed:
            _log.info("%s: removed %s", what, removed)


def sweep_ended_jobs(connection: "Connection[Any]", folder: Path, days: int, clear: Callable[[UUID], None]) -> bool:
    """Remove what is older than `days`: rows of ended jobs, files in `folder` that no job waits for.

    `clear` is called with each old job whose leftovers have not been removed. Returns False without doing anything if
    another worker is sweeping.
    """
    days = min(days, MAX_DAYS)
    max_age = max(days * DAY_SECONDS, MIN_FILE_AGE_SECONDS)
    with connection.cursor() as cursor:
        row = cursor.execute("SELECT pg_try_advisory_lock(%s)", [SWEEP_LOCK]).fetchone()
        if row is None or not row[0]:
            return False
        try:
            run_step("Jobs that have ended", lambda: retention.sweep_jobs(cursor, days, clear))
            run_step("Files of imports that have ended", lambda: acceptance.sweep_uploads(cursor, folder, max_age))
        finally:
            if not connection.closed:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [SWEEP_LOCK])
    return True
