"""The life of a job, the same for every kind: begun, done or failed, retried, cancelled, and cleared.

A job is begun by each worker that the queue hands it to, up to MAX_ATTEMPTS times; its row decides every race. Jobs
that change a dataset begin in the order in which they were accepted, each when those before it have ended. What is
left of a job that has ended is removed by the worker that ended it or, where that died, by the next.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, assert_never
from uuid import UUID

from psycopg import Connection, Cursor, Error

from application.jobs import attempt_lock
from application.jobs.job import Connect, Job, JobMustWait, JobState, JobSuperseded, Queue
from application.jobs.job_store import job_reads, job_writes
from application.jobs.job_store.job_writes import MAX_ATTEMPTS
from application.jobs.kinds import JobKind, JobKindName, JobPart, UnknownJobKind, parse_kind
from application.jobs.progress import JobProgress, ProgressCallback
from domain.access.access import Access
from domain.access.grants import Action
from domain.errors import Busy, Conflict, Forbidden, Invalid, Refusal

LOST_SECONDS = 30
"""Seconds after its acceptance that a job which no queue knows counts as lost."""

TURN_POLL_SECONDS = 0.2

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class JobLifeCycle:
    """`find_kind`: who does the jobs of a kind."""

    connect: Connect
    find_kind: Callable[[JobKindName], JobKind]

    def run(self, job_id: UUID, watch: ProgressCallback | None = None, patience: float = 0) -> None:
        """Attempt the job, and clear it if it has ended. An unexpected error is raised, so that the queue retries.

        Raises UnknownJobKind; JobMustWait if jobs that were accepted earlier have not ended within `patience`
        seconds; Busy where the work, or the clearing, must wait for others.
        """
        with self.connect() as holder, attempt_lock.share_attempt_lock(holder, job_id), holder.cursor() as cursor:
            job = self._begin(cursor, job_id, patience)
            if job is not None:
                self._attempt(self._kind_of(job), job, watch)
        self.clear_ended(job_id)

    def cancel(self, connection: "Connection[Any]", queue: Queue, access: Access, job_id: UUID) -> None:
        """End the job as cancelled: nothing remains of it, and what it had reserved is free at once.

        What an attempt has written is removed by its worker, when that notices, or by the next that is free: so the
        job is enqueued once more. Raises NotFound, Forbidden, Conflict `job-ended` or Conflict `job-kind-unknown`.
        """
        with connection.transaction(), connection.cursor() as cursor:
            _require_cancellable(access, job_reads.find(cursor, access, job_id))
            job, at_work = job_writes.cancel(cursor, access.workspace, job_id)
            if parse_kind(job.kind) is None:
                raise _kind_unknown_error(job)
            kind = self._kind_of(job)
            kind.clear(cursor, job, JobPart.RESERVATION)
            if at_work:
                queue.enqueue(connection, job_id)
        if not at_work:
            with connection.cursor() as cursor:
                kind.clear(cursor, job, JobPart.INPUT)

    def clear_ended(self, job_id: UUID) -> None:
        """Remove what is left of the job, if it has ended. Raises Busy while an attempt at it is still at work."""
        with self.connect() as connection, connection.transaction(), connection.cursor() as cursor:
            found = job_reads.find_state(cursor, job_id)
            if found is None:
                return
            parts = _find_left_parts(found.state, found.has_remains)
            if found.has_remains:
                attempt_lock.require_no_attempt(cursor, job_id)
            for part in parts:
                self._kind_of(found.job).clear(cursor, found.job, part)
            if found.has_remains:
                job_writes.mark_cleared(cursor, job_id)

    def find_lost(self, known: Sequence[UUID]) -> Sequence[UUID]:
        """The unfinished jobs that the queue does not know and that no attempt is at work on, in their order.

        A queue loses a job when a worker that it took for dead wakes up and ends what another has taken over, or when
        the process dies that was to run the job by itself.
        """
        with self.connect() as connection, connection.cursor() as cursor:
            unfinished = job_reads.find_unfinished(cursor, LOST_SECONDS, without=known)
            return [job_id for job_id in unfinished if not attempt_lock.is_attempted(cursor, job_id)]

    def describe(self, job: Job) -> str:
        """What the job is about; of an unknown kind only that."""
        name = parse_kind(job.kind)
        return f"{job.kind} (unknown to this version)" if name is None else self.find_kind(name).describe(job)

    def _begin(self, cursor: "Cursor[Any]", job_id: UUID, patience: float) -> Job | None:
        kind = job_reads.find_kind(cursor, job_id)
        if kind is None:
            return None
        if parse_kind(kind) is None:
            raise UnknownJobKind(job_id, kind)
        deadline = time.monotonic() + patience
        while True:
            try:
                return job_writes.begin(cursor, job_id)
            except JobMustWait:
                if time.monotonic() >= deadline:
                    raise
            time.sleep(TURN_POLL_SECONDS)

    def _attempt(self, kind: JobKind, job: Job, watch: ProgressCallback | None) -> None:
        try:
            if job.attempt > MAX_ATTEMPTS:
                raise _attempts_exhausted_error(job)
            progress = JobProgress(self.connect, job, watch)
            kind.do(job, progress)
            if not progress.has_result:
                raise RuntimeError(f"the {job.kind} ended without a result")
            with self.connect() as connection, connection.cursor() as cursor:
                job_writes.announce(cursor, job.id)
        except JobSuperseded as error:
            _log.warning("%s", error)
        except Busy:
            raise
        except Refusal as refusal:
            self._fail(kind, job, refusal)
        except Exception as error:
            if job.attempt < MAX_ATTEMPTS:
                raise
            _log.exception("job %s, %s, failed for good", job.id, kind.describe(job))
            self._fail(kind, job, _unexpected_error(job, error))

    def _fail(self, kind: JobKind, job: Job, refusal: Refusal) -> None:
        """End the job; nothing is left of it but its error and its input. What cannot be removed now is later."""
        error = _encode_error(refusal)
        try:
            with self.connect() as connection, connection.transaction(), connection.cursor() as cursor:
                job_writes.fail(cursor, job, error)
                for part in _FAILURE_PARTS:
                    kind.clear(cursor, job, part)
        except JobSuperseded as superseded:
            _log.warning("%s", superseded)
        except Exception:
            _log.exception("what job %s, %s, left could not be removed", job.id, kind.describe(job))
            with self.connect() as connection, connection.cursor() as cursor:
                job_writes.fail(cursor, job, error, has_remains=True)

    def _kind_of(self, job: Job) -> JobKind:
        """Raises UnknownJobKind."""
        name = parse_kind(job.kind)
        if name is None:
            raise UnknownJobKind(job.id, job.kind)
        return self.find_kind(name)


_FAILURE_PARTS = (JobPart.OUTPUT, JobPart.RESERVATION)


def _find_left_parts(state: JobState, has_remains: bool) -> tuple[JobPart, ...]:
    """The parts of a job that may still be there: those that its end did not remove with it."""
    match state:
        case JobState.QUEUED | JobState.RUNNING:
            return ()
        case JobState.SUCCEEDED:
            return (JobPart.INPUT,)
        case JobState.FAILED:
            return _FAILURE_PARTS if has_remains else ()
        case JobState.CANCELLED:
            return (JobPart.INPUT, JobPart.OUTPUT) if has_remains else ()
        case _:
            assert_never(state)


def _require_cancellable(access: Access, job: Job) -> None:
    """A job may be cancelled by the principal who requested it, or who may change the dataset. Raises Forbidden."""
    if job.actor != access.principal.name and not access.may(Action.WRITE, job.dataset_id):
        raise Forbidden("forbidden", f"You may not cancel the job {job.id}: it is another's")


def _encode_error(refusal: Refusal) -> Mapping[str, object]:
    faults = [{"pointer": f.pointer, "code": f.code, "detail": f.detail} for f in refusal.faults]
    error = {"type": f"/problems/{refusal.code}", "title": refusal.code, "detail": refusal.detail}
    return error | ({"errors": faults} if faults else {})


def _attempts_exhausted_error(job: Job) -> Refusal:
    return Invalid(
        f"{job.kind}-failed", f"The {job.kind} was begun {MAX_ATTEMPTS} times and its worker died each time"
    )


def _unexpected_error(job: Job, error: Exception) -> Refusal:
    what = "the database" if isinstance(error, Error) else "the service"
    detail = f"The {job.kind} failed in {what} {job.attempt} times; the service's log says why"
    return Invalid(f"{job.kind}-failed", detail)


def _kind_unknown_error(job: Job) -> Conflict:
    detail = f"The job {job.id} is of the kind {job.kind!r}, which this version of the service does not know"
    return Conflict("job-kind-unknown", f"{detail}; cancel it with the version that accepted it")
