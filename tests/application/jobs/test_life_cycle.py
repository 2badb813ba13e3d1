"""The one life cycle of all kinds of jobs, shown with a toy kind."""

import psycopg
import pytest

from application.jobs.attempt_lock import share_attempt_lock
from application.jobs.job import Job
from application.jobs.job_store import job_reads
from application.jobs.job_store.job_writes import MAX_ATTEMPTS
from application.jobs.kinds import JobPart, UnknownJobKind
from application.jobs.progress import JobProgress
from domain.errors import Busy, Conflict, Fault, Invalid, NotFound
from interfaces.services import database as db
from tests.application.jobs.toy_jobs import ToyJobs

RESERVATION, INPUT, OUTPUT = JobPart.RESERVATION, JobPart.INPUT, JobPart.OUTPUT


def fail_with(error: Exception, toys: ToyJobs) -> None:
    def work(job: Job, progress: JobProgress) -> None:
        raise error

    toys.kind.work = work


# --- done, retried, failed --------------------------------------------------------------------------------------


def test_a_job_is_done_and_its_input_removed(toys: ToyJobs) -> None:
    job_id, seen = toys.add(), list[tuple[int, int]]()

    def work(job: Job, progress: JobProgress) -> None:
        progress.expect(3)
        progress.report(1, 10)
        progress.report(2, 20)
        toys.publish(job, progress)

    toys.kind.work = work
    toys.life.run(job_id, lambda rows, done: seen.append((rows, done)))
    assert toys.state(job_id) == ("succeeded", 1, False)
    assert toys.kind.cleared == [INPUT]
    assert seen == [(1, 10)], "progress is written now and then only"
    with db.transaction(toys.pool) as cursor:
        assert job_reads.find_outcome(cursor, job_id).result == {"made": "t"}


def test_the_end_is_announced_after_the_transaction_that_publishes(toys: ToyJobs) -> None:
    job_id, before = toys.add(), list[int]()
    with toys.pool.connection() as listener:
        listener.execute("LISTEN jobs")

        def work(job: Job, progress: JobProgress) -> None:
            list(listener.notifies(timeout=0.3))
            toys.publish(job, progress)
            before.append(len(list(listener.notifies(timeout=0.1))))

        toys.kind.work = work
        toys.life.run(job_id)
        after = [one.payload for one in listener.notifies(timeout=0.2)]
        listener.execute("UNLISTEN jobs")
    assert (before, after) == ([0], [str(job_id)])


def test_an_unexpected_error_is_raised_and_the_job_begun_again(toys: ToyJobs) -> None:
    job_id = toys.add()
    fail_with(OSError("no room"), toys)
    with pytest.raises(OSError, match="no room"):
        toys.life.run(job_id)
    assert toys.state(job_id) == ("running", 1, False) and toys.kind.cleared == []
    toys.kind.work = toys.publish
    toys.life.run(job_id)
    assert toys.state(job_id) == ("succeeded", 2, False)


@pytest.mark.parametrize(
    ("error", "culprit"), [(OSError("no room"), "the service"), (psycopg.OperationalError("gone"), "the database")]
)
def test_the_last_attempt_that_errs_fails_the_job(toys: ToyJobs, error: Exception, culprit: str) -> None:
    job_id = toys.add()
    fail_with(error, toys)
    for _ in range(MAX_ATTEMPTS - 1):
        with pytest.raises(type(error)):
            toys.life.run(job_id)
    toys.life.run(job_id)
    assert toys.state(job_id) == ("failed", MAX_ATTEMPTS, False)
    detail = f"The export failed in {culprit} {MAX_ATTEMPTS} times; the service's log says why"
    assert toys.error(job_id) == ("export-failed", detail)
    assert toys.kind.cleared == [OUTPUT, RESERVATION], "the input is kept with the job"


def test_a_job_whose_workers_die_is_not_begun_for_ever(toys: ToyJobs) -> None:
    job_id = toys.add()
    for _ in range(MAX_ATTEMPTS):
        toys.begin(job_id)
    toys.life.run(job_id)
    detail = f"The export was begun {MAX_ATTEMPTS} times and its worker died each time"
    assert toys.error(job_id) == ("export-failed", detail)
    assert toys.kind.cleared == [OUTPUT, RESERVATION]


def test_a_refusal_fails_the_job_at_once(toys: ToyJobs) -> None:
    job_id = toys.add()
    fail_with(Invalid("too-odd", "3 is odd", (Fault("n", "odd", "3"),)), toys)
    toys.life.run(job_id)
    assert toys.state(job_id) == ("failed", 1, False)
    with db.transaction(toys.pool) as cursor:
        assert job_reads.find_outcome(cursor, job_id).error == {
            "type": "/problems/too-odd",
            "title": "too-odd",
            "detail": "3 is odd",
            "errors": [{"pointer": "n", "code": "odd", "detail": "3"}],
        }


def test_a_job_that_must_wait_is_left_for_a_later_attempt(toys: ToyJobs) -> None:
    job_id = toys.add()
    fail_with(Busy("dataset-busy", "later"), toys)
    for attempt in range(1, MAX_ATTEMPTS + 1):
        with pytest.raises(Busy):
            toys.life.run(job_id)
        assert toys.state(job_id) == ("running", attempt, False)


def test_work_that_ends_without_a_result_is_an_error(toys: ToyJobs) -> None:
    job_id = toys.add()
    toys.kind.work = lambda job, progress: None
    with pytest.raises(RuntimeError, match="without a result"):
        toys.life.run(job_id)


def test_a_job_that_is_forgotten_needs_nothing(toys: ToyJobs) -> None:
    job_id = toys.add()
    with db.transaction(toys.pool) as cursor:
        cursor.execute("DELETE FROM jobs")
    toys.life.run(job_id)
    assert toys.kind.cleared == []


# --- superseded -------------------------------------------------------------------------------------------------


def test_a_superseded_attempt_publishes_nothing_and_removes_nothing(toys: ToyJobs) -> None:
    job_id = toys.add()

    def work(job: Job, progress: JobProgress) -> None:
        toys.begin(job_id)
        toys.publish(job, progress)

    toys.kind.work = work
    toys.life.run(job_id)
    assert toys.state(job_id) == ("running", 2, False) and toys.kind.cleared == []


def test_a_superseded_attempt_cannot_fail_the_job(toys: ToyJobs) -> None:
    job_id = toys.add()

    def work(job: Job, progress: JobProgress) -> None:
        toys.begin(job_id)
        raise Invalid("too-odd", "3 is odd")

    toys.kind.work = work
    toys.life.run(job_id)
    assert toys.state(job_id) == ("running", 2, False)
    assert toys.committed_clears(job_id) == [], "what there is may be the newer attempt's"


def test_an_error_after_the_result_was_published_removes_none_of_it(toys: ToyJobs) -> None:
    job_id = toys.add()
    for _ in range(MAX_ATTEMPTS - 1):
        toys.begin(job_id)

    def work(job: Job, progress: JobProgress) -> None:
        toys.publish(job, progress)
        raise psycopg.OperationalError("the connection was lost after the commit")

    toys.kind.work = work
    toys.life.run(job_id)
    assert toys.state(job_id) == ("succeeded", MAX_ATTEMPTS, False)
    assert toys.committed_clears(job_id) == [INPUT]


def test_the_input_of_a_job_whose_worker_died_after_publishing_is_removed_by_the_next(toys: ToyJobs) -> None:
    job_id = toys.add()
    job = toys.begin(job_id)
    toys.publish(job, JobProgress(toys.pool.connection, job))
    toys.life.run(job_id)
    assert toys.state(job_id) == ("succeeded", 1, False) and toys.kind.cleared == [INPUT]


# --- cancelled --------------------------------------------------------------------------------------------------


def test_a_queued_job_that_is_cancelled_is_cleared_at_once(toys: ToyJobs) -> None:
    job_id = toys.add()
    toys.cancel(job_id)
    assert toys.state(job_id) == ("cancelled", 0, False)
    assert (toys.kind.cleared, toys.queue.enqueued) == ([RESERVATION, INPUT], [])
    toys.life.run(job_id)
    assert toys.state(job_id) == ("cancelled", 0, False), "the queue's call has no effect"


def test_a_job_at_work_that_is_cancelled_is_cleared_by_its_worker(toys: ToyJobs) -> None:
    job_id, at_cancel = toys.add(), list[JobPart]()

    def work(job: Job, progress: JobProgress) -> None:
        toys.cancel(job_id)
        at_cancel.extend(toys.kind.cleared)
        assert toys.state(job_id) == ("cancelled", 1, True)
        progress.check_current()

    toys.kind.work = work
    toys.life.run(job_id)
    assert at_cancel == [RESERVATION], "what was reserved is free before the worker notices"
    assert toys.kind.cleared == [RESERVATION, INPUT, OUTPUT]
    assert toys.state(job_id) == ("cancelled", 1, False)
    assert toys.queue.enqueued == [job_id], "in case the worker has died"


def test_what_a_dead_worker_left_of_a_cancelled_job_is_cleared_by_the_next(toys: ToyJobs) -> None:
    job_id = toys.add()
    toys.begin(job_id)
    toys.cancel(job_id)
    assert toys.state(job_id) == ("cancelled", 1, True)
    toys.life.run(job_id)
    toys.life.run(job_id)
    assert toys.state(job_id) == ("cancelled", 1, False)
    assert toys.kind.cleared == [RESERVATION, INPUT, OUTPUT], "once"


def test_nothing_is_cleared_while_an_attempt_is_at_work(toys: ToyJobs) -> None:
    job_id = toys.add()
    with toys.pool.connection() as other, share_attempt_lock(other, job_id):
        toys.begin(job_id)
        toys.cancel(job_id)
        with pytest.raises(Busy):
            toys.life.run(job_id)
        assert toys.state(job_id) == ("cancelled", 1, True) and toys.kind.cleared == [RESERVATION]
    toys.life.run(job_id)
    assert toys.state(job_id) == ("cancelled", 1, False)


def test_a_job_has_one_end(toys: ToyJobs) -> None:
    job_id = toys.add()
    toys.life.run(job_id)
    with pytest.raises(Conflict, match="it succeeded"):
        toys.cancel(job_id)
    with db.transaction(toys.pool) as cursor:
        cursor.execute("DELETE FROM jobs")
    with pytest.raises(NotFound):
        toys.cancel(job_id)


# --- clearing that fails ----------------------------------------------------------------------------------------


def test_a_clearing_that_fails_is_rolled_back_and_done_by_the_next(toys: ToyJobs) -> None:
    job_id = toys.add()
    toys.begin(job_id)
    toys.cancel(job_id)
    toys.kind.error_in_clear = OSError("read-only")
    with pytest.raises(OSError, match="read-only"):
        toys.life.run(job_id)
    assert toys.state(job_id) == ("cancelled", 1, True)
    assert toys.committed_clears(job_id) == [RESERVATION]
    toys.kind.error_in_clear = None
    toys.life.run(job_id)
    assert toys.state(job_id) == ("cancelled", 1, False)


def test_a_failed_job_whose_clearing_fails_is_failed_and_cleared_later(toys: ToyJobs) -> None:
    job_id = toys.add()
    fail_with(Invalid("too-odd", "3 is odd"), toys)
    toys.kind.error_in_clear = OSError("read-only")
    with pytest.raises(OSError, match="read-only"):
        toys.life.run(job_id)
    assert toys.state(job_id) == ("failed", 1, True) and toys.error(job_id) == ("too-odd", "3 is odd")
    toys.kind.error_in_clear = None
    toys.life.run(job_id)
    assert toys.state(job_id) == ("failed", 1, False) and toys.kind.cleared == [OUTPUT, RESERVATION]


def test_a_cancellation_whose_clearing_fails_has_not_happened(toys: ToyJobs, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id = toys.add()

    def clear(*_: object) -> None:
        raise OSError("read-only")

    monkeypatch.setattr(toys.kind, "clear", clear)
    with pytest.raises(OSError, match="read-only"):
        toys.cancel(job_id)
    assert toys.state(job_id) == ("queued", 0, False)


# --- kinds that only a newer version knows ----------------------------------------------------------------------


def test_a_job_of_an_unknown_kind_is_left_alone(toys: ToyJobs) -> None:
    job_id = toys.add(kind="reindex")
    with pytest.raises(UnknownJobKind, match=f"{job_id} is of the kind 'reindex'"):
        toys.life.run(job_id)
    with pytest.raises(Conflict, match="'reindex'"):
        toys.cancel(job_id)
    assert toys.state(job_id) == ("queued", 0, False) and toys.kind.cleared == []
    stored = toys.stored(job_id)
    assert stored is not None and toys.life.describe(stored.job) == "reindex (unknown to this version)"
