"""Jobs that change a dataset begin in the order in which they were accepted."""

import threading
from uuid import UUID, uuid4

import pytest

from application.jobs import life_cycle
from application.jobs.attempt_lock import share_attempt_lock
from application.jobs.job import Job, JobMustWait
from application.jobs.job_store import job_writes
from application.jobs.progress import JobProgress
from domain.errors import Invalid
from interfaces.services import database as db
from interfaces.services.authentication import LOCAL_ACCESS
from tests.application.jobs.toy_jobs import ToyJobs


@pytest.fixture
def dataset() -> UUID:
    return uuid4()


def require_wait(toys: ToyJobs, job_id: UUID) -> None:
    with pytest.raises(JobMustWait, match=str(job_id)):
        toys.life.run(job_id)
    assert toys.state(job_id)[:2] == ("queued", 0), "waiting is no attempt"


def test_a_job_waits_until_those_before_it_have_ended(toys: ToyJobs, dataset: UUID) -> None:
    first, second, third = (toys.add(in_order_of=dataset) for _ in range(3))
    require_wait(toys, third)
    require_wait(toys, second)
    toys.life.run(first)
    require_wait(toys, third)
    toys.life.run(second)
    toys.life.run(third)
    assert [toys.state(one)[0] for one in (first, second, third)] == ["succeeded"] * 3


def test_a_job_whose_worker_died_holds_back_those_after_it_until_it_is_retried(toys: ToyJobs, dataset: UUID) -> None:
    first, second = toys.add(in_order_of=dataset), toys.add(in_order_of=dataset)
    toys.begin(first)
    require_wait(toys, second)
    toys.life.run(first)
    toys.life.run(second)
    assert (toys.state(first), toys.state(second)) == (("succeeded", 2, False), ("succeeded", 1, False))


def test_a_job_that_fails_or_is_cancelled_frees_those_after_it(toys: ToyJobs, dataset: UUID) -> None:
    failing, cancelled, running, last = (toys.add(in_order_of=dataset) for _ in range(4))

    def work(job: Job, progress: JobProgress) -> None:
        raise Invalid("too-odd", "3 is odd")

    toys.kind.work = work
    toys.life.run(failing)
    toys.cancel(cancelled)
    toys.kind.work = toys.publish
    toys.begin(running)
    require_wait(toys, last)
    toys.cancel(running)
    toys.life.run(last)
    assert toys.state(last)[0] == "succeeded"


def test_jobs_of_other_datasets_and_jobs_that_change_nothing_do_not_wait(toys: ToyJobs, dataset: UUID) -> None:
    toys.begin(toys.add(in_order_of=dataset))
    other, unordered = toys.add(in_order_of=uuid4()), toys.add()
    with db.transaction(toys.pool) as cursor:
        cursor.execute("UPDATE jobs SET dataset_id = %s WHERE job_id = %s", [dataset, unordered])
    toys.life.run(other)
    toys.life.run(unordered)
    assert toys.state(other)[0] == toys.state(unordered)[0] == "succeeded"


def test_a_job_may_wait_for_its_turn(toys: ToyJobs, dataset: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(life_cycle, "TURN_POLL_SECONDS", 0.01)
    first, second = toys.add(in_order_of=dataset), toys.add(in_order_of=dataset)
    waiting = threading.Thread(target=toys.life.run, args=(second,), kwargs={"patience": 30})
    waiting.start()
    toys.life.run(first)
    waiting.join(30)
    assert toys.state(second) == ("succeeded", 1, False)


def test_numbers_are_given_by_one_transaction_at_a_time(toys: ToyJobs, dataset: UUID) -> None:
    """Else a job with a lower number could appear when one with a higher number has begun already."""
    added = threading.Event()

    def add() -> None:
        toys.add(in_order_of=dataset)
        added.set()

    with db.transaction(toys.pool) as cursor:
        job = Job(uuid4(), LOCAL_ACCESS.workspace, "tester", "c1", dataset, "export", {"name": "t"}, 0)
        job_writes.add(cursor, job, 0, in_order=True)
        other = threading.Thread(target=add)
        other.start()
        assert not added.wait(0.3), "the number is not given while a lower one may still appear"
        toys.add(in_order_of=uuid4())
    other.join(30)
    assert added.is_set()


# --- lost jobs --------------------------------------------------------------------------------------------------


def test_a_job_that_no_queue_knows_is_found_after_a_while(toys: ToyJobs, dataset: UUID) -> None:
    queued, lost, second, young = (toys.add(in_order_of=dataset) for _ in range(4))
    ended = toys.add()
    toys.life.run(ended)
    for job_id in (ended, second, lost, queued):
        toys.accept_earlier(job_id, life_cycle.LOST_SECONDS + 1)
    toys.begin(queued)
    assert toys.life.find_lost([queued]) == [lost, second], "in their order"
    assert toys.life.find_lost([queued, lost, second]) == []
    assert toys.life.find_lost([]) == [queued, lost, second]
    assert young not in toys.life.find_lost([])


def test_a_job_that_an_attempt_is_at_work_on_is_not_lost(toys: ToyJobs) -> None:
    job_id = toys.add()
    toys.accept_earlier(job_id, life_cycle.LOST_SECONDS + 1)
    with toys.pool.connection() as other, share_attempt_lock(other, job_id):
        toys.begin(job_id)
        assert toys.life.find_lost([]) == []
    assert toys.life.find_lost([]) == [job_id]
