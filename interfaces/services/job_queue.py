"""The job queue, procrastinate in the same PostgreSQL. Jobs are enqueued in the caller's transaction.

The queue only delivers. What must never happen, such as an older import after a newer one, is prevented by the table
of jobs.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import procrastinate
import psycopg
from psycopg import Connection

from application.jobs.job import JobMustWait
from application.jobs.job_store.job_writes import MAX_ATTEMPTS
from application.jobs.kinds import UnknownJobKind
from interfaces.services.background import run_in_background

HEARTBEAT_SECONDS = 4
STALLED_SECONDS = 12
SWEEP_SECONDS = 5
RETRY_SECONDS = 2
"""Delay before a failed attempt is retried; other jobs run meanwhile."""

UNKNOWN_KIND_SECONDS = 60
"""Delay before a job of a kind that only a newer version knows is queued again."""

RunJob = Callable[[UUID], None]

FindLostJobs = Callable[[Sequence[UUID]], Sequence[UUID]]
"""Given the jobs that the queue has, the unfinished jobs that it has lost."""

_SELECT_QUEUED = "SELECT args->>'job_id' AS job_id FROM procrastinate_jobs WHERE status IN ('todo', 'doing')"

_log = logging.getLogger(__name__)


class JobQueue:
    """Queues job ids for workers. `run` does a job's work; it is called in a worker's thread."""

    def __init__(self, conninfo: str, run: RunJob, find_lost: FindLostJobs) -> None:
        self._app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=conninfo, max_size=4))
        self._find_lost = find_lost

        retry = procrastinate.RetryStrategy(max_attempts=MAX_ATTEMPTS, wait=RETRY_SECONDS)

        @self._app.task(name="run_job", queue="jobs", retry=retry)
        async def run_job(job_id: str) -> None:
            try:
                await asyncio.to_thread(run, UUID(job_id))
            except UnknownJobKind as error:
                _log.warning("%s", error)
                await run_job.configure(schedule_in={"seconds": UNKNOWN_KIND_SECONDS}).defer_async(job_id=job_id)
            except JobMustWait as error:
                _log.info("%s", error)
                await run_job.configure(schedule_in={"seconds": RETRY_SECONDS}).defer_async(job_id=job_id)

        self._task = run_job

    def enqueue(self, connection: "Connection[Any]", job_id: UUID, *, in_order_of: UUID | None = None) -> None:
        """Enqueue the job in the connection's transaction: it runs once that has committed, and only then.

        Of the jobs in the order of one dataset, workers get the next when the one before is gone from the queue.
        """
        lock = None if in_order_of is None else str(in_order_of)
        self._task.configure(connection=connection, lock=lock).defer(job_id=str(job_id))

    async def work(self) -> None:
        """Run jobs, one at a time, until cancelled. A dead worker's job is retried within 20 seconds."""
        async with self._app.open_async(), run_in_background(self._sweep()):
            await self._app.run_worker_async(
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=STALLED_SECONDS,
                fetch_job_polling_interval=1,
                delete_jobs="always",
                install_signal_handlers=False,
            )

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                await self._retry_stalled()
                await self._enqueue_lost()
            except (procrastinate.exceptions.ConnectorException, psycopg.Error):
                _log.warning("looking for stalled jobs failed; trying again", exc_info=True)

    async def _retry_stalled(self) -> None:
        manager = self._app.job_manager
        for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
            _log.warning("job %s was left by a dead worker and is retried", job.task_kwargs)
            await manager.retry_job(job)

    async def _enqueue_lost(self) -> None:
        """Enqueue lost jobs anew, outside the queue's order: in it they would be behind those that wait for them."""
        queued = await self._app.connector.execute_query_all_async(_SELECT_QUEUED)
        known = [UUID(row["job_id"]) for row in queued]
        for job_id in await asyncio.to_thread(self._find_lost, known):
            _log.warning("job %s was lost and is enqueued again", job_id)
            await self._task.defer_async(job_id=str(job_id))
