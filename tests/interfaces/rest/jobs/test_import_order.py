"""Imports into one dataset take effect in the order in which they were accepted, whatever crashes."""

import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import httpx

from application.jobs.job import JobState
from interfaces.services import database as db
from interfaces.services.wiring import Service
from tests.given import Dataset, import_csv, json_of, upload
from tests.interfaces.rest.jobs.test_jobs import a_worker, a_worker_beside, job_of, text, until
from tests.test_crash import Stack, stack

__all__ = ["stack"]

RETRY_SECONDS = 25
"""A dead worker's job is retried within 20 seconds; the rest is for starting processes."""

ROWS = 60_000


def numbers(value: str, rows: int = 3) -> str:
    return "n,value\n" + "".join(f"{n},{value}\n" for n in range(rows))


def keyed(caller: httpx.Client, service: Service, rows: int = 3) -> Dataset:
    with a_worker_beside(service):
        return import_csv(caller, numbers("first", rows), key="n", wait=60)


def upsert(caller: httpx.Client, dataset: Dataset, value: str, rows: int = 3) -> str:
    """The id of an accepted upsert that sets `value`."""
    return request(caller, dataset, numbers(value, rows))


def request(caller: httpx.Client, dataset: Dataset, content: str) -> str:
    headers = {"Content-Type": "text/csv", "Prefer": "wait=0"}
    answer = caller.post(f"{dataset.url}/imports", params={"mode": "upsert"}, content=content, headers=headers)
    return str(json_of(answer, 202)["job"]["id"])


@contextmanager
def import_at_work(
    caller: httpx.Client, service: Service, dataset: Dataset
) -> "Iterator[tuple[subprocess.Popen[bytes], str]]":
    """A worker of its own, which has begun a long upsert, and the id of its job."""
    with a_worker(service) as worker:
        job = upsert(caller, dataset, "old", ROWS)
        until(lambda: job_of(caller, job)["state"] == "running")
        yield worker, job


def wait_for(caller: httpx.Client, *ids: str, seconds: float = 60) -> list[Any]:
    until(lambda: all(JobState(job_of(caller, id)["state"]).is_end for id in ids), seconds)
    return [job_of(caller, id) for id in ids]


def test_an_import_whose_worker_was_killed_does_not_overwrite_newer_ones(
    caller: httpx.Client, quiet: Service
) -> None:
    dataset = keyed(caller, quiet, ROWS)
    with import_at_work(caller, quiet, dataset) as (worker, old):
        worker.kill()
    killed = time.monotonic()
    newer = [upsert(caller, dataset, f"new {number}") for number in range(4)]
    with a_worker_beside(quiet):
        until(lambda: job_of(caller, old)["attempt"] == 2, RETRY_SECONDS)
        assert time.monotonic() - killed < RETRY_SECONDS
        jobs = wait_for(caller, old, *newer)
    assert [job["state"] for job in jobs] == ["succeeded"] * 5
    assert [job["result"]["version"] for job in jobs] == [2, 3, 4, 5, 6]
    assert dataset.column("value")[:4] == ["new 3"] * 3 + ["old"]


def test_two_workers_keep_the_order_of_one_dataset(caller: httpx.Client, quiet: Service) -> None:
    dataset = keyed(caller, quiet)
    ids = [upsert(caller, dataset, f"v{number}") for number in range(8)]
    with a_worker_beside(quiet), a_worker_beside(quiet):
        jobs = wait_for(caller, *ids)
    assert [job["result"]["version"] for job in jobs] == list(range(2, 10))
    assert [job["attempt"] for job in jobs] == [1] * 8, "a job that waits is not begun"


def test_imports_accepted_at_once_all_take_effect(caller: httpx.Client, quiet: Service) -> None:
    dataset = keyed(caller, quiet)
    with a_worker_beside(quiet), ThreadPoolExecutor(6) as threads:
        ids = list(threads.map(lambda number: upsert(caller, dataset, f"v{number}"), range(12)))
        jobs = wait_for(caller, *ids)
    assert sorted(job["result"]["version"] for job in jobs) == list(range(2, 14))
    last = max(jobs, key=lambda job: job["result"]["version"])
    assert dataset.column("value") == [f"v{jobs.index(last)}"] * 3


def test_a_job_that_waits_does_not_keep_the_worker_from_other_datasets(caller: httpx.Client, quiet: Service) -> None:
    dataset = keyed(caller, quiet)
    with import_at_work(caller, quiet, dataset) as (stopped, old):
        stopped.send_signal(signal.SIGSTOP)
        waiting = [upsert(caller, dataset, f"new {number}") for number in range(3)]
        with a_worker_beside(quiet):
            begun = time.monotonic()
            assert json_of(upload(caller, text()), 202)["job"]["state"] == "succeeded"
            assert time.monotonic() - begun < 5
            assert [job_of(caller, id)["state"] for id in waiting] == ["queued"] * 3
            stopped.kill()
            jobs = wait_for(caller, old, *waiting)
    assert [job["result"]["version"] for job in jobs] == [2, 3, 4, 5]


def test_a_worker_that_was_taken_for_dead_and_wakes_up_changes_no_order(caller: httpx.Client, quiet: Service) -> None:
    dataset = keyed(caller, quiet)
    with import_at_work(caller, quiet, dataset) as (stopped, old):
        stopped.send_signal(signal.SIGSTOP)
        newer = [upsert(caller, dataset, f"new {number}") for number in range(2)]
        with a_worker_beside(quiet):
            until(lambda: job_of(caller, old)["attempt"] == 2, RETRY_SECONDS)
            stopped.send_signal(signal.SIGCONT)
            jobs = wait_for(caller, old, *newer, seconds=90)
    assert [job["state"] for job in jobs] == ["succeeded"] * 3
    assert [job["result"]["version"] for job in jobs] == [2, 3, 4]


def test_cancelling_frees_the_imports_that_wait(caller: httpx.Client, quiet: Service) -> None:
    dataset = keyed(caller, quiet)
    with import_at_work(caller, quiet, dataset) as (worker, running):
        worker.send_signal(signal.SIGSTOP)
        queued, last = upsert(caller, dataset, "never"), upsert(caller, dataset, "last")
        for id in (queued, running):
            assert json_of(caller.delete(f"/v1/jobs/{id}"))["state"] == "cancelled"
        worker.kill()
    with a_worker_beside(quiet):
        (job,) = wait_for(caller, last, seconds=RETRY_SECONDS)
    assert (job["state"], job["result"]["version"]) == ("succeeded", 2)
    assert dataset.column("value") == ["last"] * 3


def test_a_failed_import_frees_those_that_wait(caller: httpx.Client, quiet: Service) -> None:
    dataset = keyed(caller, quiet)
    refused = request(caller, dataset, "x,value\n1,a\n")
    last = upsert(caller, dataset, "last")
    with a_worker_beside(quiet):
        jobs = wait_for(caller, refused, last)
    assert [job["state"] for job in jobs] == ["failed", "succeeded"]


def test_an_import_that_the_queue_has_lost_is_done_in_its_turn(caller: httpx.Client, quiet: Service) -> None:
    dataset = keyed(caller, quiet)
    lost = upsert(caller, dataset, "lost")
    with db.transaction(quiet.pool) as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
        cursor.execute(
            "UPDATE jobs SET created_at = created_at - interval '40 seconds' WHERE job_id = %s", [UUID(lost)]
        )
    newer = [upsert(caller, dataset, f"new {number}") for number in range(2)]
    with a_worker_beside(quiet):
        jobs = wait_for(caller, lost, *newer)
    assert [job["result"]["version"] for job in jobs] == [2, 3, 4]
    assert dataset.column("value") == ["new 1"] * 3


def test_the_order_outlives_the_whole_service(stack: Stack) -> None:
    with httpx.Client(base_url=stack.url.removesuffix("/v1"), timeout=60) as caller:
        dataset = import_csv(caller, numbers("first", ROWS), key="n", wait=60)
        old = upsert(caller, dataset, "old", ROWS)
        until(lambda: job_of(caller, old)["state"] == "running")
        newer = [upsert(caller, dataset, f"new {number}") for number in range(2)]
        for victim in ("worker", "postgresql", "api"):
            stack.kill(victim)
        jobs = wait_again(caller, old, *newer)
        assert [job["state"] for job in jobs] == ["succeeded"] * 3
        assert [job["result"]["version"] for job in jobs] == [2, 3, 4]
        assert dataset.column("value")[:4] == ["new 1"] * 3 + ["old"]


def wait_again(caller: httpx.Client, *ids: str) -> list[Any]:
    """The ended jobs of a service that is being restarted."""
    end = time.monotonic() + 90
    while time.monotonic() < end:
        answers = [_get(caller, f"/v1/jobs/{id}") for id in ids]
        if all(one is not None and JobState(one["state"]).is_end for one in answers):
            return answers
        time.sleep(0.2)
    raise AssertionError(f"the jobs did not end: {answers}")


def _get(caller: httpx.Client, path: str) -> Any:
    try:
        answer = caller.get(path)
    except httpx.TransportError:
        return None
    return answer.json() if answer.status_code == 200 else None
