"""The job queue on procrastinate, in the same PostgreSQL: jobs are enqueued in the caller's transaction."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any
from uuid import UUID

import procrastinate
from psycopg import Connection

from application.jobs.job_store import MAX_ATTEMPTS
from application.jobs.kinds import UnknownJobKind

HEARTBEAT_SECONDS = 4
STALLED_SECONDS = 12
SWEEP_SECONDS = 5
RETRY_SECONDS = 2
"""How long a job that could not be done is left before it is begun again; others are done meanwhile."""

UNKNOWN_KIND_SECONDS = 60
"""After how long a job that only a newer version knows is offered to the workers again."""

RunJob = Callable[[UUID], None]

_log = logging.getLogger(__name__)


class JobQueue:
    """Hands job ids to workers. `run` does a job's work; it is called in a worker's thread."""

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
        """Have the job run once the connection's transaction has committed, and only then."""
        self._task.configure(connection=connection).defer(job_id=str(job_id))

    async def work(self) -> None:
        """Work, one job at a time, until cancelled. A dead worker's job is begun again within 20 seconds."""
        async with self._app.open_async():
            sweeper = asyncio.create_task(self._sweep())
            try:
                await self._app.run_worker_async(
                    update_heartbeat_interval=HEARTBEAT_SECONDS,
                    stalled_worker_timeout=STALLED_SECONDS,
                    fetch_job_polling_interval=1,
                    delete_jobs="always",
                    install_signal_handlers=False,
                )
            finally:
                sweeper.cancel()

    async def _sweep(self) -> None:
        manager = self._app.job_manager
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
                    _log.warning("job %s was left by a dead worker and is begun again", job.task_kwargs)
                    await manager.retry_job(job)
            except procrastinate.exceptions.ConnectorException:
                _log.warning("looking for stalled jobs failed; trying again", exc_info=True)
