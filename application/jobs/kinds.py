"""The kinds of jobs, and who does each: a queue and a cancelling request know a job by its id only."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Connection, Cursor

from application.jobs import job_store
from application.jobs.job_store import Connect, Job, Queue
from domain.access.access import Access
from domain.access.grants import Action
from domain.errors import Forbidden

_SELECT_KIND = "SELECT kind FROM jobs WHERE job_id = %s"


@dataclass(frozen=True, slots=True)
class JobKind:
    """How a job is done and undone."""

    run: Callable[[UUID], None]
    """Do it, or end it as failed; of one that was cancelled at work remove what is left."""

    withdraw: Callable[["Cursor[Any]", Job], None]
    """Free what accepting it had taken, in the transaction that calls it off."""

    remove: Callable[[Job], None]
    """Remove the files of one that was called off before it was begun."""


@dataclass(frozen=True, slots=True)
class JobKinds:
    """Dispatches jobs by their kind."""

    connect: Connect
    kinds: Mapping[str, JobKind]

    def run(self, job_id: UUID) -> None:
        """Do the job; one that is no longer known needs nothing."""
        with self.connect() as connection:
            row = connection.execute(_SELECT_KIND, [job_id]).fetchone()
        if row is not None:
            self.kinds[row[0]].run(job_id)

    def cancel(self, connection: "Connection[Any]", queue: Queue, access: Access, job_id: UUID) -> None:
        """Call the job off: nothing remains of it, and what it had taken is free at once.

        What a job at work has written is removed by its worker, when that notices, or by the next that is free:
        hence it is handed out once more. Raises NotFound, Forbidden or Conflict `job-ended`.
        """
        with connection.transaction(), connection.cursor() as cursor:
            _require_cancellable(access, job_store.find(cursor, access, job_id))
            job, at_work = job_store.cancel(cursor, access.workspace, job_id)
            self.kinds[job.kind].withdraw(cursor, job)
            if at_work:
                queue.enqueue(connection, job_id)
        if not at_work:
            self.kinds[job.kind].remove(job)


def _require_cancellable(access: Access, job: Job) -> None:
    """Jobs are cancelled by those who asked for them, and by those who may change the dataset. Raises Forbidden."""
    if job.actor != access.principal.name and not access.may(Action.WRITE, job.dataset_id):
        raise Forbidden("forbidden", f"You may not cancel the job {job.id}: it is another's")
