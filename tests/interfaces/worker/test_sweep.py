"""The worker's sweep survives every kind of job and every single failure."""

import os
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
from psycopg.sql import SQL, Identifier

from application.exports.export_files import get_export_path
from application.jobs.job import Job
from application.jobs.job_store import job_writes
from interfaces.services import database as db
from interfaces.services.authentication import LOCAL_ACCESS
from interfaces.services.wiring import Service
from interfaces.worker import worker_process
from tests.given import create_people, json_of
from tests.interfaces.rest.jobs.test_jobs import a_worker_beside, job_of, queued, until

OLD_SECONDS = 400 * 86_400

EXPIRED_KEY = """
INSERT INTO idempotency (workspace, actor, key, claim, request, expires_at) VALUES ('w', 'a', 'k', %s, '', now())
"""


def execute(service: Service, statement: str, *values: object) -> None:
    with db.transaction(service.pool) as cursor:
        cursor.execute(statement.encode(), list(values))


def count(service: Service, table: str) -> int:
    with db.transaction(service.pool) as cursor:
        row = cursor.execute(SQL("SELECT count(*) FROM {}").format(Identifier(table))).fetchone()
    assert row is not None
    return int(row[0])


def stale(path: Path) -> Path:
    path.touch()
    os.utime(path, (time.time() - OLD_SECONDS,) * 2)
    return path


def leave_behind(service: Service) -> Mapping[str, Callable[[], bool]]:
    """Something for each step to remove, and whether it is still there."""
    settings = service.settings
    scratch = settings.scratch / "of a dead process"
    scratch.mkdir()
    resumable, upload, export = (
        stale(folder / "stale") for folder in (settings.resumable, settings.uploads, settings.exports)
    )
    execute(service, EXPIRED_KEY, uuid4())
    job = Job(uuid4(), LOCAL_ACCESS.workspace, "local", "c1", uuid4(), "export", {}, 0)
    with db.transaction(service.pool) as cursor:
        job_writes.add(cursor, job, 0)
        cursor.execute("UPDATE jobs SET state = 'failed', finished_at = now() - interval '400 days'")
    return {
        "Scratch folders": scratch.exists,
        "Expired uploads": resumable.exists,
        "Expired idempotency keys": lambda: count(service, "idempotency") > 0,
        "Jobs that have ended": lambda: count(service, "jobs") > 0,
        "Files of imports": upload.exists,
        "Files of exports": export.exists,
    }


def left(remains: Mapping[str, Callable[[], bool]]) -> list[str]:
    return [what for what, is_there in remains.items() if is_there()]


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelname in ("WARNING", "ERROR")]


def without_folder(folder: str) -> Callable[[Service], None]:
    def fail(service: Service) -> None:
        shutil.rmtree(getattr(service.settings, folder))

    return fail


def refusing_deletes(table: str) -> Callable[[Service], None]:
    def fail(service: Service) -> None:
        refuse = "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no room'; END $$"
        execute(service, refuse)
        execute(
            service, f"CREATE TRIGGER refuse BEFORE DELETE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse()"
        )

    return fail


FAILURES = [
    ("Scratch folders", without_folder("scratch")),
    ("Expired uploads", without_folder("resumable")),
    ("Expired idempotency keys", refusing_deletes("idempotency")),
    ("Jobs that have ended", refusing_deletes("jobs")),
    ("Files of imports", without_folder("uploads")),
    ("Files of exports", without_folder("exports")),
]


def test_everything_stale_is_removed_and_nothing_is_logged(quiet: Service, caplog: pytest.LogCaptureFixture) -> None:
    remains = leave_behind(quiet)
    assert left(remains) == list(remains)
    worker_process.sweep(quiet)
    assert (left(remains), errors(caplog)) == ([], [])


@pytest.mark.parametrize(("step", "fail"), FAILURES, ids=[step for step, _ in FAILURES])
def test_a_step_that_fails_is_logged_once_and_the_others_run(
    quiet: Service, caplog: pytest.LogCaptureFixture, step: str, fail: Callable[[Service], None]
) -> None:
    remains = leave_behind(quiet)
    fail(quiet)
    worker_process.sweep(quiet)
    assert left(remains) in ([], [step])
    (message,) = errors(caplog)
    assert message.startswith(step) and message.endswith("could not be removed; trying again at the next sweep")


def test_what_is_in_the_way_of_one_file_keeps_no_other(quiet: Service) -> None:
    settings = quiet.settings
    for folder in (settings.uploads, settings.resumable, settings.exports):
        stale(folder / "stale")
        (folder / "folder").mkdir()
        (folder / "gone").symlink_to(folder / "nowhere")
    worker_process.sweep(quiet)
    for folder in (settings.uploads, settings.resumable, settings.exports):
        assert sorted(path.name for path in folder.iterdir()) == ["folder", "gone"]


def test_a_sweep_beside_jobs_of_every_kind_and_state(
    caller: httpx.Client, quiet: Service, caplog: pytest.LogCaptureFixture
) -> None:
    people = create_people(caller, 30, 40)
    export = json_of(people.send("POST", "/exports", {"format": "csv"}), 202)["job"]["id"]
    running = json_of(people.send("POST", "/exports", {"format": "xlsx"}), 202)["job"]["id"]
    imports = [queued(caller)["job"]["id"], queued(caller)["job"]["id"]]
    job = Job(uuid4(), LOCAL_ACCESS.workspace, "local", "c1", uuid4(), "reindex", {"path": None, "deep": [1]}, 0)
    with db.transaction(quiet.pool) as cursor:
        job_writes.add(cursor, job, 0)
        for id in (running, imports[1]):
            job_writes.begin(cursor, UUID(id))
    inputs = list(quiet.settings.uploads.iterdir())
    written = get_export_path(quiet.settings.exports, UUID(running), 1)
    written.touch()
    for path in (*inputs, written):
        stale(path)
    remains = leave_behind_files(quiet)
    worker_process.sweep(quiet)
    assert (left(remains), errors(caplog)) == ([], [])
    assert len(inputs) == 2 and all(path.exists() for path in (*inputs, written)), "jobs still need them"
    states = [job_of(caller, id)["state"] for id in (export, running, *imports, str(job.id))]
    assert states == ["queued", "running", "queued", "running", "queued"]
    with a_worker_beside(quiet):
        until(lambda: job_of(caller, export)["state"] == job_of(caller, imports[0])["state"] == "succeeded")
        worker_process.sweep(quiet)
        assert errors_of_sweeps(caplog) == []


def leave_behind_files(service: Service) -> Mapping[str, Callable[[], bool]]:
    settings = service.settings
    folders = (settings.resumable, settings.uploads, settings.exports)
    return {str(folder): stale(folder / "stale").exists for folder in folders}


def errors_of_sweeps(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [message for message in errors(caplog) if "sweep" in message]
