"""How an attempt at a job reports: how far it is, and its result."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from psycopg import Cursor

from application.jobs.job import Connect, Job
from application.jobs.job_store import job_writes

PROGRESS_SECONDS = 0.2
"""Progress is written at most this often."""

ProgressCallback = Callable[[int, int], None]
"""Called with how many rows and bytes are done."""


class JobProgress:
    """Writes an attempt's progress and its end. Every method raises JobSuperseded once the job is another's.

    Progress goes over connections of its own: it is visible, and announced, before the work commits.
    """

    def __init__(self, connect: Connect, job: Job, watch: ProgressCallback | None = None) -> None:
        self.job = job
        self.has_result = False
        self._connect = connect
        self._watch = watch
        self._next = 0.0

    def expect(self, rows: int) -> None:
        """Say how many rows there will be; progress is then measured in rows."""
        with self._connect() as connection, connection.cursor() as cursor:
            job_writes.set_expected_totals(cursor, self.job, rows)

    def report(self, rows: int, done_bytes: int) -> None:
        """Say how many rows and bytes are done; most calls cost nothing."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + PROGRESS_SECONDS
        with self._connect() as connection, connection.cursor() as cursor:
            job_writes.record_progress(cursor, self.job, rows, done_bytes)
        if self._watch is not None:
            self._watch(rows, done_bytes)

    def check_current(self) -> None:
        """Only raises JobSuperseded; for an attempt that waits before its work."""
        with self._connect() as connection, connection.cursor() as cursor:
            job_writes.record_progress(cursor, self.job, 0, 0)

    def succeed(
        self, cursor: "Cursor[Any]", rows: int, result: Mapping[str, object], written_bytes: int | None = None
    ) -> None:
        """End the job with its result, in the transaction of `cursor`, which publishes it.

        `written_bytes`: the size of what was written, where that was unknown before. The life cycle announces the
        end after the commit, for a notification in an append locks the database.
        """
        if written_bytes is not None:
            job_writes.set_expected_totals(cursor, self.job, rows, written_bytes)
        job_writes.succeed(cursor, self.job, rows, result)
        self.has_result = True
