"""Jobs of a toy kind on a real database, and what became of them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from psycopg import Connection, Cursor

from application.jobs.job import Job
from application.jobs.job_store import job_reads, job_writes
from application.jobs.job_store.job_reads import StoredJob
from application.jobs.kinds import JobKindName, JobPart
from application.jobs.life_cycle import JobLifeCycle
from application.jobs.progress import JobProgress
from interfaces.services import database as db
from interfaces.services.authentication import LOCAL_ACCESS
from interfaces.services.database import SyncPool

Work = Callable[[Job, JobProgress], None]


@dataclass
class ToyQueue:
    """Notes what it is given."""

    enqueued: list[UUID] = field(default_factory=list)

    def enqueue(self, connection: "Connection[Any]", job_id: UUID, *, in_order_of: UUID | None = None) -> None:
        self.enqueued.append(job_id)


@dataclass
class ToyKind:
    """Does `work`; notes the parts it clears, also in a table, so that what was rolled back can be seen."""

    work: Work
    cleared: list[JobPart] = field(default_factory=list)
    error_in_clear: Exception | None = None

    def do(self, job: Job, progress: JobProgress) -> None:
        self.work(job, progress)

    def clear(self, cursor: "Cursor[Any]", job: Job, part: JobPart) -> None:
        cursor.execute("INSERT INTO cleared VALUES (%s, %s)", [job.id, part])
        if part is JobPart.OUTPUT and self.error_in_clear is not None:
            raise self.error_in_clear
        self.cleared.append(part)

    def describe(self, job: Job) -> str:
        return f"toy {job.arguments['name']!r}"


class ToyJobs:
    """The life cycle of toy jobs, which pass for exports."""

    def __init__(self, pool: SyncPool, work: Work) -> None:
        self.pool = pool
        self.queue = ToyQueue()
        self.kind = ToyKind(work)
        self.life = JobLifeCycle(pool.connection, self._find_kind)
        with db.transaction(pool) as cursor:
            cursor.execute("CREATE TABLE IF NOT EXISTS cleared (job_id uuid, part text)")

    def add(self, kind: str = JobKindName.EXPORT, in_order_of: UUID | None = None, **arguments: object) -> UUID:
        """A queued job; with `in_order_of` one of the jobs that change this dataset."""
        dataset = in_order_of or uuid4()
        job = Job(uuid4(), LOCAL_ACCESS.workspace, "tester", "c1", dataset, kind, {"name": "t", **arguments}, 0)
        with db.transaction(self.pool) as cursor:
            job_writes.add(cursor, job, 100, in_order=in_order_of is not None)
        return job.id

    def begin(self, job_id: UUID) -> Job:
        """An attempt by a worker that dies at once."""
        with db.transaction(self.pool) as cursor:
            job = job_writes.begin(cursor, job_id)
        assert job is not None
        return job

    def cancel(self, job_id: UUID) -> None:
        with self.pool.connection() as connection:
            self.life.cancel(connection, self.queue, LOCAL_ACCESS, job_id)

    def stored(self, job_id: UUID) -> StoredJob | None:
        with db.transaction(self.pool) as cursor:
            return job_reads.find_state(cursor, job_id)

    def state(self, job_id: UUID) -> tuple[str, int, bool]:
        """The job's state, its attempt, and whether something is left of it."""
        stored = self.stored(job_id)
        assert stored is not None
        return stored.state.value, stored.job.attempt, stored.has_remains

    def error(self, job_id: UUID) -> tuple[str, str]:
        """The code and the detail that the job failed with."""
        with db.transaction(self.pool) as cursor:
            error = job_reads.find_outcome(cursor, job_id).error
        assert error is not None
        return error["title"], error["detail"]

    def accept_earlier(self, job_id: UUID, seconds: float) -> None:
        """Have the job accepted `seconds` earlier."""
        with db.transaction(self.pool) as cursor:
            earlier = "UPDATE jobs SET created_at = created_at - make_interval(secs => %s) WHERE job_id = %s"
            cursor.execute(earlier, [seconds, job_id])

    def age(self, job_id: UUID, days: int) -> None:
        """Have the job ended `days` ago."""
        with db.transaction(self.pool) as cursor:
            aged = "UPDATE jobs SET finished_at = now() - make_interval(days => %s) WHERE job_id = %s"
            cursor.execute(aged, [days, job_id])

    def committed_clears(self, job_id: UUID) -> list[str]:
        with db.transaction(self.pool) as cursor:
            rows = cursor.execute("SELECT part FROM cleared WHERE job_id = %s", [job_id]).fetchall()
        return [part for (part,) in rows]

    def publish(self, job: Job, progress: JobProgress) -> None:
        """Work that succeeds."""
        with db.transaction(self.pool) as cursor:
            progress.succeed(cursor, 3, {"made": job.arguments["name"]})

    def _find_kind(self, name: JobKindName) -> ToyKind:
        return self.kind
