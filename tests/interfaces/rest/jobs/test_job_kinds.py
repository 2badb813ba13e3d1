"""What a job is about; and jobs that a newer version of the service has written."""

from uuid import UUID, uuid4

import httpx
import pytest

from application.jobs.job import Job
from application.jobs.job_store import job_writes
from interfaces.services import database as db
from interfaces.services.authentication import LOCAL_ACCESS
from interfaces.services.wiring import Service
from tests.given import code, create_people, import_csv, json_of, problem, request_import
from tests.interfaces.rest.jobs.test_jobs import a_worker_beside, job_of, queued, until

WAITING = "SELECT count(*), min(scheduled_at) > now() FROM procrastinate_jobs WHERE status = 'todo'"


def enqueue_unknown(service: Service) -> UUID:
    """A job of a kind that this version does not know, and a place in the queue for it."""
    job = Job(uuid4(), LOCAL_ACCESS.workspace, "local", "c1", uuid4(), "reindex", {"depth": 3}, 0)
    with db.transaction(service.pool) as cursor:
        job_writes.add(cursor, job, 0)
        service.queue.enqueue(cursor.connection, job.id)
    return job.id


def test_a_job_says_what_it_is_about(client: httpx.Client) -> None:
    dataset = import_csv(client, "a,b\n1,2\n", name="Two numbers")
    people = create_people(client, 30)
    export = json_of(people.send("POST", "/exports", {"format": "xlsx"}), 202)["job"]
    slug = people.get_json()["slug"]
    appended = json_of(request_import(client, dataset, "a,b\n3,4\n", "append", ", dry-run"), 202)["job"]
    (created,) = [job for job in listed(client, dataset.id) if job["id"] != appended["id"]]
    assert created["description"] == "import of 'Two numbers' as the new dataset 'Two numbers'"
    assert export["description"] == f"export of version 2 as '{slug}-v2.xlsx'"
    assert appended["description"] == "dry run of the import of 'upload' into a dataset (append)"
    assert listed(client, people.id)[0]["description"] == export["description"]


def listed(client: httpx.Client, dataset: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json_of(client.get("/v1/jobs", params={"dataset": dataset}))["data"]
    return found


def test_a_worker_leaves_a_job_of_an_unknown_kind_to_newer_ones(
    caller: httpx.Client, quiet: Service, caplog: pytest.LogCaptureFixture
) -> None:
    job_id = enqueue_unknown(quiet)
    with a_worker_beside(quiet):
        other = queued(caller)["job"]["id"]
        until(lambda: job_of(caller, other)["state"] == "succeeded")
    assert f"the job {job_id} is of the kind 'reindex', which this version does not know" in caplog.text
    assert "Traceback" not in caplog.text
    job = job_of(caller, str(job_id))
    assert (job["kind"], job["state"], job["attempt"]) == ("reindex", "queued", 0)
    with quiet.pool.connection() as connection:
        assert connection.execute(WAITING).fetchone() == (1, True), "a newer worker must still get it"


def test_a_job_of_an_unknown_kind_is_shown_and_not_touched(caller: httpx.Client, quiet: Service) -> None:
    job_id = enqueue_unknown(quiet)
    (job,) = json_of(caller.get("/v1/jobs"))["data"]
    assert (job["id"], job["description"]) == (str(job_id), "reindex (unknown to this version)")
    assert "'reindex'" in problem(caller.delete(f"/v1/jobs/{job_id}"), 409)["detail"]
    assert code(caller.get(f"/v1/jobs/{job_id}/download"), 404) == "no-download"
    assert job_of(caller, str(job_id))["state"] == "queued"
