"""The job queue, procrastinate in the same PostgreSQL. Jobs are enqueued in the caller's transaction."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any
from uuid import UUID

import procrastinate
from psycopg import Connection

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

_log = logging.getLogger(__name__)


class JobQueue:
    """Queues job ids for workers. `run` does a job's work; it is called in a worker's thread."""

    def __init__(self, conninfo: str, run: RunJob) -> None:
        self._app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=conninfo, max_size=4))

        retry = procrastinate.RetryStrategy(max_attempts=MAX_ATTEMPTS, wait=RETRY_SECONDS)

        @self._app.task(name="run_job", queue="jobs", retry=retry)
        async def run_job(job_id: str) -> None:
            try:
                await asyncio.to_thread(run, UUID(job_id))
            except UnknownJobKind as error:
                _log.warning("%s", error)
                await run_job.configure(schedule_in={"seconds": UNKNOWN_KIND_SECONDS}).defer_async(job_id=job_id)

        self._task = run_job

    def enqueue(self, connection: "Connection[Any]", job_id: UUID) -> None:
        """Enqueue the job in the connection's transaction: it runs once that has committed, and only then."""
        self._task.configure(connection=connection).defer(job_id=str(job_id))

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
        manager = self._app.job_manager
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
                    _log.warning("job %s was left by a dead worker and is retried", job.task_kwargs)
                    await manager.retry_job(job)
            except procrastinate.exceptions.ConnectorException:
                _log.warning("looking for stalled jobs failed; trying again", exc_info=True)
