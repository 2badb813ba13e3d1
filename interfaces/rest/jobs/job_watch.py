"""Who waits for a job to change is told, without asking the database by himself.

One connection a process listens for what `application/jobs/job_store.py` announces; one query reads all watched
jobs that may have changed. A look at all of them every second makes up for an announcement that was lost. A watcher
keeps no queue: it gets the newest state when it comes for it, so a slow client costs nothing.
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
from psycopg.rows import dict_row
from psycopg_pool import PoolTimeout

from application.jobs.job import Job, JobState
from application.jobs.job_store import CHANNEL, job_not_found_error
from domain import exact_json
from domain.access.access import Access
from interfaces.services import representations
from interfaces.services.database import AsyncPool

POLL_SECONDS = 1.0
"""The longest that a change stays unnoticed if its announcement is lost."""

RECONNECT_SECONDS = 1.0

_SELECT_JOBS = "SELECT * FROM jobs WHERE job_id = ANY(%s)"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as it was when it was looked at: what `shapes.job` says, as JSON too; `tag` differs when that does."""

    job: Mapping[str, Any]
    text: str
    tag: str
    workspace: str
    dataset_id: UUID

    @property
    def ended(self) -> bool:
        return JobState(self.job["state"]).is_end


@dataclass
class _WatchedJob:
    """A job that somebody watches: as last seen (None: it is gone), and whom to wake."""

    seen: JobView | None = None
    watchers: set[asyncio.Event] = field(default_factory=set)


class JobWatch:
    """Tells watchers of jobs what became of them, those who may see them. `describe`: what a job is about."""

    def __init__(self, conninfo: str, pool: AsyncPool, describe: Callable[[Job], str]) -> None:
        self.listening = asyncio.Event()
        self._conninfo = conninfo
        self._pool = pool
        self._describe = describe
        self._watched: dict[UUID, _WatchedJob] = {}
        self._announced: set[UUID] = set()
        self._wake = asyncio.Event()
        self._reading = asyncio.Lock()  # one after the other, so that nobody is told what was before what he knows
        self._closed = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Listen and look while the block runs; when it ends, whoever still watches is let go."""
        tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._look())]
        try:
            yield
        finally:
            self.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def watchers(self) -> int:
        """How many are watching."""
        return sum(len(watched.watchers) for watched in self._watched.values())

    def close(self) -> None:
        """Let every watcher go, now and from now on: the service is about to stop."""
        self._closed = True
        for watched in self._watched.values():
            _wake_watchers(watched)

    async def current(self, access: Access, id: UUID) -> JobView:
        """The job as it is. Raises NotFound, also for a job of a dataset that may not be read."""
        found = (await self._read([id])).get(id)
        if found is None or not access.sees(found.workspace, found.dataset_id):
            raise job_not_found_error(id)
        return found

    async def changes(
        self, access: Access, id: UUID, patience: float | None = None
    ) -> AsyncGenerator[JobView | None]:
        """The job as it is, then each time it has changed, until it has ended (or the service stops).

        None after `patience` seconds without a change. Raises NotFound.
        """
        with self._watching(id) as (watched, changed):
            async with self._reading:
                last = watched.seen = await self.current(access, id)
            yield last
            while not (last.ended or self._closed):
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
                        self._note(announced.payload)
            except psycopg.Error as error:
                _log.warning("no longer told of jobs that change; trying again: %s", error)
            self.listening.clear()
            await asyncio.sleep(RECONNECT_SECONDS)

    def _note(self, payload: str) -> None:
        with suppress(ValueError):  # anybody may announce anything
            if (id := UUID(payload)) in self._watched:
                self._announced.add(id)
                self._wake.set()

    async def _look(self) -> None:
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
                        self._tell(ids, await self._read(ids))
                except (psycopg.Error, PoolTimeout) as error:
                    _log.warning("watched jobs could not be read; trying again: %s", error)

    def _tell(self, ids: Iterable[UUID], found: dict[UUID, JobView]) -> None:
        for id in ids:
            if (watched := self._watched.get(id)) is not None and watched.seen != found.get(id):
                watched.seen = found.get(id)
                _wake_watchers(watched)

    async def _read(self, ids: list[UUID]) -> dict[UUID, JobView]:
        """The jobs among `ids` that there are."""
        async with self._pool.connection() as connection:
            cursor = connection.cursor(row_factory=dict_row)
            rows = await (await cursor.execute(_SELECT_JOBS, [ids])).fetchall()
        return {row["job_id"]: _job_view(row, self._describe(Job.from_row(row))) for row in rows}


def _job_view(row: dict[str, Any], description: str) -> JobView:
    job = representations.job_json(row, description)
    text = exact_json.dumps(job)
    tag = blake2b(text.encode(), digest_size=8).hexdigest()
    return JobView(job, text, tag, row["workspace"], row["dataset_id"])


def _wake_watchers(watched: _WatchedJob) -> None:
    for changed in watched.watchers:
        changed.set()
