"""Large exports as jobs: started, watched, downloaded, cancelled and removed."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any
from uuid import uuid4

import httpx
import pytest

from application.exports import export_files
from interfaces.services import database as db
from interfaces.services.wiring import Service
from tests.given import (
    Dataset,
    code,
    create_people,
    import_csv,
    json_of,
    problem,
    unique,
    upload,
)
from tests.interfaces.rest.jobs.test_jobs import a_worker, a_worker_beside, job_of, until

MANY = 300_000


@contextmanager
def many(caller: httpx.Client, quiet: Service) -> Iterator[Dataset]:
    """A dataset whose export takes a while."""
    with a_worker_beside(quiet):
        rows = "".join(f"{number},some text of row {number}\n" for number in range(MANY))
        dataset = import_csv(caller, f"n,{unique('c')}\n{rows}", wait=120)
    yield dataset


def begun(dataset: Dataset, wait: int = 0, **body: object) -> Any:
    """The job in the response to an export request."""
    answer = dataset.send("POST", "/exports", body, Prefer=f"wait={wait}")
    job = json_of(answer, 202)["job"]
    assert answer.headers["location"] == f"/v1/jobs/{job['id']}"
    return job


def files(service: Service) -> list[str]:
    return [path.name for path in service.settings.exports.iterdir()]


def test_an_export_is_started_watched_and_downloaded(client: httpx.Client, service: Service) -> None:
    dataset = create_people(client, 30, None, 20, 40)
    parameters = {"filter": "age ge 30", "sort": "-age", "fields": ["age", "name"], "as_of": 5}
    dataset.create(name="later", age=99)
    for format in ("csv", "xlsx", "json", "ndjson", "parquet", "datapackage"):
        job = begun(dataset, wait=30, format=format, **parameters)
        assert (job["kind"], job["state"]) == ("export", "succeeded"), job
        assert job["progress"] == {
            **job["progress"],
            "rows": 2,
            "total_rows": 2,
            "percent": 100,
        }
        result = job["result"]
        fetched = client.get(result["url"])
        direct = dataset.get("/export", **parameters | {"format": format, "fields": "age,name"})
        assert fetched.content == direct.content and fetched.headers["content-type"] == direct.headers["content-type"]
        assert result["bytes"] == len(fetched.content) and result["rows"] == 2 and result["version"] == 5
        assert result["sha256"] == sha256(fetched.content).hexdigest()
        assert f'filename="{result["filename"]}"' in fetched.headers["content-disposition"]
        assert f"{job['id']}.1" in files(service)


def test_a_job_takes_the_options_of_csv(client: httpx.Client) -> None:
    dataset = create_people(client, 30)
    body = {"delimiter": ";", "bom": True, "formula_guard": True, "original_format": True}
    job = begun(dataset, wait=30, **body)
    assert client.get(job["result"]["url"]).content == dataset.get("/export", **body).content


def test_a_job_exports_the_version_at_its_request(caller: httpx.Client, quiet: Service) -> None:
    dataset = create_people(caller, 30)
    job = begun(dataset)
    dataset.create(name="later")
    json_of(dataset.send("PATCH", "", {"columns": {"age": {"name": "years"}}}))
    with a_worker_beside(quiet):
        until(lambda: job_of(caller, job["id"])["state"] == "succeeded")
    url = job_of(caller, job["id"])["result"]["url"]
    assert caller.get(url).text == "name,age,balance,born\np1,30,,\n"


def test_a_download_is_resumed_only_if_it_is_the_same_file(client: httpx.Client) -> None:
    job = begun(create_people(client, 30), wait=30)
    url, text = job["result"]["url"], "name,age,balance,born\np1,30,,\n"
    whole = client.get(url)
    etag = whole.headers["etag"]
    assert etag == f'"{job["result"]["sha256"]}"' and whole.headers["accept-ranges"] == "bytes"
    part = client.get(url, headers={"Range": "bytes=5-", "If-Range": etag})
    assert (part.status_code, part.text) == (206, text[5:])
    assert client.get(url, headers={"Range": "bytes=5-", "If-Range": '"other"'}).text == text
    assert client.get(url, headers={"If-None-Match": etag}).status_code == 304
    assert code(client.get(url, headers={"Range": "bytes=99-"}), 416) == "range-not-satisfiable"
    head = client.head(url)
    assert (head.content, head.headers["content-length"]) == (b"", str(len(text)))


@pytest.mark.parametrize(
    ("body", "status", "name"),
    [
        ({"format": "pdf"}, 422, "invalid-format"),
        ({"format": ["csv"]}, 422, "invalid-format"),
        ({"fromat": "csv"}, 422, "unknown-field"),
        ({"delimiter": "x"}, 422, "invalid-delimiter"),
        ({"delimiter": 1}, 422, "type-error"),
        ({"bom": "yes"}, 422, "type-error"),
        ({"format": "json", "bom": True}, 422, "invalid-option"),
        ({"filter": 1}, 422, "type-error"),
        ({"filter": "age gt"}, 400, "filter-syntax"),
        ({"sort": "nothing"}, 400, "unknown-column"),
        ({"fields": ["nothing"]}, 400, "unknown-column"),
        ({"fields": []}, 422, "type-error"),
        ({"as_of": True}, 422, "type-error"),
        ({"as_of": 99}, 404, "version-not-found"),
    ],
    ids=str,
)
def test_an_invalid_export_request_is_refused_at_once(
    client: httpx.Client, body: dict[str, object], status: int, name: str
) -> None:
    assert code(create_people(client, 30).send("POST", "/exports", body), status) == name


def test_only_an_export_that_has_succeeded_can_be_downloaded(caller: httpx.Client, quiet: Service) -> None:
    dataset = create_people(caller, 30)
    job = begun(dataset)
    early = problem(caller.get(f"/v1/jobs/{job['id']}/download"), 409)
    assert (early["type"], early["state"]) == ("/problems/export-not-ready", "queued")
    assert code(caller.get(f"/v1/jobs/{uuid4()}/download"), 404) == "job-not-found"
    other = json_of(upload(caller, f"a,{unique('b')}\n1,2\n", wait=0), 202)["job"]["id"]
    assert code(caller.get(f"/v1/jobs/{other}/download"), 404) == "no-download"


def test_a_refusal_ends_the_job_with_what_was_refused(client: httpx.Client, service: Service) -> None:
    dataset = create_people(client)
    dataset.create(name="x" * 40_000)
    job = begun(dataset, wait=30, format="xlsx")
    assert (job["state"], job["error"]["type"]) == ("failed", "/problems/cell-too-long")
    assert "record 1, column 'name'" in job["error"]["detail"]
    assert not [name for name in files(service) if name.startswith(job["id"])]


def test_an_export_of_a_dataset_that_is_deleted_fails_and_its_file_is_gone(
    caller: httpx.Client, quiet: Service
) -> None:
    dataset = create_people(caller, 30)
    with a_worker_beside(quiet):
        done = begun(dataset, wait=30)
    late = begun(dataset)
    assert dataset.send("DELETE", "").status_code == 204
    with a_worker_beside(quiet):
        until(lambda: job_of(caller, late["id"])["state"] == "failed")
    assert job_of(caller, late["id"])["error"]["type"] == "/problems/dataset-deleted"
    assert code(caller.get(done["result"]["url"]), 410) == "dataset-deleted"


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_a_running_export_is_cancelled_and_leaves_nothing(caller: httpx.Client, quiet: Service, format: str) -> None:
    with many(caller, quiet) as dataset, a_worker_beside(quiet):
        id = begun(dataset, format=format)["id"]
        until(lambda: job_of(caller, id)["progress"]["rows"] > 0)
        cancelled = json_of(caller.delete(f"/v1/jobs/{id}"))
        assert cancelled["state"] == "cancelled" and cancelled["progress"]["total_rows"] == MANY
        until(lambda: not files(quiet) and not list(quiet.settings.scratch.iterdir()) and not remains(quiet))
        job = begun(dataset, wait=60, fields=["n"])
        assert job["state"] == "succeeded" and job["result"]["rows"] == MANY, "the worker is free"


def test_an_export_survives_the_death_of_its_worker(caller: httpx.Client, quiet: Service) -> None:
    with many(caller, quiet) as dataset:
        with a_worker(quiet) as worker:
            id = begun(dataset)["id"]
            until(lambda: job_of(caller, id)["progress"]["rows"] > 0)
            os.kill(worker.pid, signal.SIGKILL)
        with a_worker_beside(quiet):
            until(lambda: job_of(caller, id)["state"] == "succeeded", seconds=60)
        job = job_of(caller, id)
        assert job["attempt"] == 2 and caller.get(job["result"]["url"]).content == dataset.get("/export").content
        swept(quiet)
        assert files(quiet) == [f"{id}.2"]


def test_files_are_removed_with_their_jobs(caller: httpx.Client, quiet: Service) -> None:
    dataset = create_people(caller, 30)
    with a_worker_beside(quiet):
        kept, forgotten, lost = (begun(dataset, wait=30) for _ in range(3))
    with db.transaction(quiet.pool) as cursor:
        cursor.execute("DELETE FROM jobs WHERE job_id = %s", [forgotten["id"]])
    swept(quiet)
    (quiet.settings.exports / f"{lost['id']}.1").unlink()
    assert files(quiet) == [f"{kept['id']}.1"]
    assert code(caller.get(forgotten["result"]["url"]), 404) == "job-not-found"
    assert code(caller.get(lost["result"]["url"]), 410) == "export-expired"


def remains(service: Service) -> int:
    with db.transaction(service.pool) as cursor:
        row = cursor.execute("SELECT count(*) FROM jobs WHERE remains").fetchone()
    assert row is not None
    return int(row[0])


def swept(service: Service) -> None:
    with db.transaction(service.pool) as cursor:
        export_files.sweep_exports(cursor, service.settings.exports, older_than=0)
