"""Notifies watchers of changed jobs, without a database query per watcher.

One connection per process listens for the notifications of `application/jobs/job_store`; one query reads all
watched jobs that may have changed. All watched jobs are also polled every second, in case a notification was lost.
Watchers have no queue: each gets the newest state when it is ready, so a slow client costs nothing.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any
from uuid import UUID

import psycopg
from psycopg import AsyncConnection
from psycopg_pool import PoolTimeout

from application.jobs.job import Job, JobState
from application.jobs.job_store.job_lists import JobRow, read_jobs
from application.jobs.job_store.job_reads import job_not_found_error
from application.jobs.job_store.job_writes import CHANNEL
from domain import exact_json
from domain.access.access import Access
from interfaces.services import representations
from interfaces.services.background import run_in_background
from interfaces.services.database import AsyncPool

POLL_SECONDS = 1.0
"""The maximum delay of a change whose notification was lost."""

RECONNECT_SECONDS = 1.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class JobView:
    """A job's state when it was read: as `job_json`, as JSON text, and with a `tag` that is a hash of the text."""

    job: Mapping[str, Any]
    text: str
    tag: str
    workspace: str
    dataset_id: UUID

    @property
    def has_ended(self) -> bool:
        return JobState(self.job["state"]).is_end


@dataclass
class _WatchedJob:
    """A watched job: its last known state (None: it no longer exists) and the events of its watchers."""

    seen: JobView | None = None
    watchers: set[asyncio.Event] = field(default_factory=set)


class JobWatch:
    """Notifies watchers of jobs that they may see. `describe` returns the description of a job."""

    def __init__(self, conninfo: str, pool: AsyncPool, describe: Callable[[Job], str]) -> None:
        self.listening = asyncio.Event()
        self._conninfo = conninfo
        self._pool = pool
        self._describe = describe
        self._watched: dict[UUID, _WatchedJob] = {}
        self._announced: set[UUID] = set()
        self._wake = asyncio.Event()
        self._reading = asyncio.Lock()  # serializes reads: no watcher gets an older state after a newer one
        self._closed = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Listen and poll while the block runs; at its end, all watchers are released."""
        async with run_in_background(self._listen(), self._poll()):
            try:
                yield
            finally:
                self.close()

    @property
    def watchers(self) -> int:
        """The number of watchers."""
        return sum(len(watched.watchers) for watched in self._watched.values())

    def close(self) -> None:
        """Release all watchers, also future ones, because the service is about to stop."""
        self._closed = True
        for watched in self._watched.values():
            _wake_watchers(watched)

    async def find_job(self, access: Access, id: UUID) -> JobView:
        """The job's current state. Raises NotFound, also for a job of a dataset that may not be read."""
        found = (await self._read([id])).get(id)
        if found is None or not access.sees(found.workspace, found.dataset_id):
            raise job_not_found_error(id)
        return found

    async def changes(
        self, access: Access, id: UUID, patience: float | None = None
    ) -> AsyncGenerator[JobView | None]:
        """The job's current state, then each new one, until the job has ended or the service stops.

        Yields None after `patience` seconds without a change. Raises NotFound.
        """
        with self._watching(id) as (watched, changed):
            async with self._reading:
                last = watched.seen = await self.find_job(access, id)
            yield last
            while not (last.has_ended or self._closed):
                try:
                    async with asyncio.timeout(patience):
                        await changed.wait()
                except TimeoutError:
                    yield None
                    continue
                changed.clear()
                if watched.seen is None:
                    return
                if watched.seen.tag != last.tag:
                    last = watched.seen
                    yield last

    @contextmanager
    def _watching(self, id: UUID) -> Iterator[tuple[_WatchedJob, asyncio.Event]]:
        watched, changed = self._watched.setdefault(id, _WatchedJob()), asyncio.Event()
        watched.watchers.add(changed)
        try:
            yield watched, changed
        finally:
            watched.watchers.discard(changed)
            if not watched.watchers:
                self._watched.pop(id, None)

    async def _listen(self) -> None:
        while True:
            try:
                async with await AsyncConnection.connect(self._conninfo, autocommit=True) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}".encode())
                    self.listening.set()
                    async for announced in connection.notifies():
                        self._mark_changed(announced.payload)
            except psycopg.Error as error:
                _log.warning("listening for job changes failed; retrying: %s", error)
            self.listening.clear()
            await asyncio.sleep(RECONNECT_SECONDS)

    def _mark_changed(self, payload: str) -> None:
        with suppress(ValueError):  # any client of the database may send any payload
            if (id := UUID(payload)) in self._watched:
                self._announced.add(id)
                self._wake.set()

    async def _poll(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._wake.wait()
            ids = [id for id in (self._announced or self._watched) if id in self._watched]
            self._wake.clear()
            self._announced.clear()
            if ids:
                try:
                    async with self._reading:
                        self._update(ids, await self._read(ids))
                except (psycopg.Error, PoolTimeout) as error:
                    _log.warning("watched jobs could not be read; retrying: %s", error)

    def _update(self, ids: Iterable[UUID], found: dict[UUID, JobView]) -> None:
        for id in ids:
            if (watched := self._watched.get(id)) is not None and watched.seen != found.get(id):
                watched.seen = found.get(id)
                _wake_watchers(watched)

    async def _read(self, ids: list[UUID]) -> dict[UUID, JobView]:
        """The existing jobs among `ids`."""
        async with self._pool.connection() as connection:
            rows = await read_jobs(connection, ids)
        return {row["job_id"]: _job_view(row, self._describe(Job.from_row(row))) for row in rows}


def _job_view(row: JobRow, description: str) -> JobView:
    job = representations.job_json(row, description)
    text = exact_json.dumps(job)
    tag = blake2b(text.encode(), digest_size=8).hexdigest()
    return JobView(job, text, tag, row["workspace"], row["dataset_id"])


def _wake_watchers(watched: _WatchedJob) -> None:
    for changed in watched.watchers:
        changed.set()
