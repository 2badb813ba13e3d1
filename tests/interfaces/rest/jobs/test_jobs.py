"""Jobs are listed, watched and cancelled; a cancelled job leaves nothing behind."""

import asyncio
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from httpx_ws import AsyncWebSocketSession, WebSocketDisconnect, WebSocketSession, aconnect_ws, connect_ws

from application import retention
from application.commands import writer_lease
from application.jobs.job import JobState
from application.jobs.job_store import job_writes
from interfaces.formats.scratch import scratch_folder
from interfaces.rest.jobs import job_watch
from interfaces.server import app
from interfaces.services import database as db
from interfaces.services.wiring import Service
from interfaces.worker import worker_process
from projections.inline import SqlRecordTables
from tests.given import (
    code,
    create_dataset,
    json_of,
    open_service,
    problem,
    run_worker,
    serve_http,
    unique,
    upload,
)

MANY = 400_000

LEFT = """
SELECT (SELECT count(*) FROM chunks), (SELECT count(*) FROM slugs), (SELECT count(*) FROM file_claims),
       (SELECT count(*) FROM pg_class WHERE relnamespace = 'records'::regnamespace),
       (SELECT count(*) FROM jobs WHERE remains), (SELECT count(*) FROM events)
"""

NOTHING = (0, 0, 0, 0, 0, 0)


@contextmanager
def a_worker(service: Service) -> Iterator["subprocess.Popen[bytes]"]:
    """A worker process of its own, which can be killed."""
    environment = os.environ | {"DATABASE_URL": service.conninfo, "ROWLEDGER_DATA": str(service.settings.data)}
    process = subprocess.Popen([sys.executable, "-m", "interfaces.worker"], env=environment)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.terminate()
        process.wait(20)


@contextmanager
def a_worker_beside(service: Service) -> Iterator[None]:
    """A worker in this process."""
    with open_service(service.conninfo, service.settings.data) as other, run_worker(other):
        yield


def text(rows: int = 3) -> str:
    """A CSV file that no other test has."""
    return f"n,{unique('c')}\n" + "".join(f"{number},some text of row {number}\n" for number in range(rows))


def queued(client: httpx.Client, content: str | None = None, **parameters: str) -> Any:
    """What the upload of a file was answered with, at once."""
    return json_of(upload(client, content or text(), wait=0, **parameters), 202)


def job_of(client: httpx.Client, id: str) -> Any:
    return json_of(client.get(f"/v1/jobs/{id}"))


def left(service: Service) -> tuple[int, ...]:
    """How much there is of all that an import may leave in the database, as `LEFT` counts it."""
    with db.transaction(service.pool) as cursor:
        counts = cursor.execute(LEFT).fetchone()
    assert counts is not None
    return tuple(counts)


def files(service: Service) -> list[Path]:
    return list(service.settings.uploads.iterdir())


def until(what: Callable[[], object], seconds: float = 30) -> None:
    """Wait for something to become true."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, f"not within {seconds} seconds: {what}"
        time.sleep(0.01)


# --- the list ---------------------------------------------------------------------------------------------------


def test_jobs_are_listed_newest_first_in_pages_that_never_repeat(caller: httpx.Client) -> None:
    ids = [queued(caller)["job"]["id"] for _ in range(5)]
    first = json_of(caller.get("/v1/jobs", params={"limit": 2}))
    assert set(first) == {"data", "page"} and set(first["page"]) == {"limit", "next", "count"}
    queued(caller)
    found, following = [job["id"] for job in first["data"]], first["page"]["next"]
    while following is not None:
        page = json_of(caller.get("/v1/jobs", params={"limit": 2, "cursor": following}))
        found, following = found + [job["id"] for job in page["data"]], page["page"]["next"]
    assert found == ids[::-1]
    assert json_of(caller.get("/v1/jobs"))["data"][1] == job_of(caller, ids[-1])


def test_jobs_are_filtered_by_state_and_dataset(caller: httpx.Client, quiet: Service) -> None:
    one, other = queued(caller, name="One"), queued(caller, name="Other")
    empty = create_dataset(caller)
    caller.delete(f"/v1/jobs/{one['job']['id']}")

    def found(**parameters: str) -> list[str]:
        return [job["id"] for job in json_of(caller.get("/v1/jobs", params=parameters))["data"]]

    assert found(state="cancelled") == found(dataset=one["dataset"]["id"]) == [one["job"]["id"]]
    assert found(state="queued") == found(dataset="other") == [other["job"]["id"]]
    assert found(state="running") == found(dataset=empty.id) == []
    assert found(dataset="other", state="cancelled") == []


@pytest.mark.parametrize(
    ("parameters", "status", "name"),
    [
        ({"state": "done"}, 400, "invalid-parameter"),
        ({"dataset": "no-such"}, 404, "dataset-not-found"),
        ({"dataset": "00000000-0000-4000-8000-000000000000"}, 404, "dataset-not-found"),
        ({"cursor": "7"}, 400, "invalid-cursor"),
        ({"limit": "0"}, 400, "invalid-parameter"),
        ({"stat": "queued"}, 400, "unknown-parameter"),
    ],
    ids=str,
)
def test_invalid_list_parameters_are_refused(
    client: httpx.Client, parameters: dict[str, str], status: int, name: str
) -> None:
    assert code(client.get("/v1/jobs", params=parameters), status) == name


# --- calling off ------------------------------------------------------------------------------------------------


def test_a_queued_job_is_cancelled_at_once_and_releases_everything(caller: httpx.Client, quiet: Service) -> None:
    content = text()
    accepted = queued(caller, content, name="Mine")
    cancelled = json_of(caller.delete(f"/v1/jobs/{accepted['job']['id']}"))
    assert cancelled == job_of(caller, accepted["job"]["id"])
    assert (cancelled["state"], cancelled["error"], cancelled["result"]) == ("cancelled", None, None)
    assert cancelled["finished_at"] and not cancelled["started_at"]
    assert (left(quiet), files(quiet)) == (NOTHING, [])
    again = queued(caller, content, name="Mine")
    assert again["dataset"]["slug"] == accepted["dataset"]["slug"]
    with a_worker_beside(quiet):
        until(lambda: job_of(caller, again["job"]["id"])["state"] == "succeeded")
    assert job_of(caller, accepted["job"]["id"])["state"] == "cancelled"
    assert caller.get(f"/v1/datasets/{again['dataset']['id']}").status_code == 200


def test_a_running_job_is_cancelled_and_leaves_nothing(caller: httpx.Client, quiet: Service) -> None:
    content = text(MANY)
    with a_worker_beside(quiet):
        accepted = queued(caller, content)
        id = accepted["job"]["id"]
        until(lambda: job_of(caller, id)["progress"]["rows"] > 0)
        cancelled = json_of(caller.delete(f"/v1/jobs/{id}"))
        assert cancelled["state"] == "cancelled" and 0 < cancelled["progress"]["rows"] < MANY
        until(lambda: (left(quiet), files(quiet)) == (NOTHING, []))
        assert code(caller.get(f"/v1/datasets/{accepted['dataset']['id']}"), 404) == "dataset-not-found"
        again = json_of(upload(caller, content, wait=60), 202)
        assert again["job"]["state"] == "succeeded", "the worker is free, and so is the file"
    assert job_of(caller, id)["state"] == "cancelled"


def test_a_job_that_waits_for_its_dataset_is_cancelled_and_its_worker_is_free(
    caller: httpx.Client, quiet: Service
) -> None:
    accepted = queued(caller)
    id = accepted["job"]["id"]
    dataset = UUID(accepted["dataset"]["id"])
    with quiet.pool.connection() as holder, writer_lease.hold_lease(holder, dataset), a_worker_beside(quiet):
        until(lambda: job_of(caller, id)["state"] == "running")
        assert json_of(caller.delete(f"/v1/jobs/{id}"))["state"] == "cancelled"
        begun = time.monotonic()
        assert json_of(upload(caller, text(), wait=60), 202)["job"]["state"] == "succeeded"
        assert time.monotonic() - begun < 20


def test_what_a_killed_worker_left_of_a_cancelled_job_is_removed_by_the_next(
    caller: httpx.Client, quiet: Service
) -> None:
    with a_worker(quiet) as worker:
        id = queued(caller, text(MANY))["job"]["id"]
        until(lambda: job_of(caller, id)["progress"]["rows"] > 0)
        worker.send_signal(signal.SIGSTOP)
        assert json_of(caller.delete(f"/v1/jobs/{id}"))["state"] == "cancelled"
        worker.kill()
    *_, tables, remains, _ = left(quiet)
    assert tables and remains and files(quiet)
    with a_worker_beside(quiet):
        until(lambda: (left(quiet), files(quiet)) == (NOTHING, []))


def test_a_job_that_has_ended_cannot_be_cancelled(caller: httpx.Client, quiet: Service) -> None:
    cancelled = queued(caller)["job"]["id"]
    caller.delete(f"/v1/jobs/{cancelled}")
    with a_worker_beside(quiet):
        succeeded = json_of(upload(caller, text()), 202)["job"]["id"]
        failed = json_of(upload(caller, text() + '"open'), 202)["job"]["id"]
    for id, state in ((cancelled, "cancelled"), (succeeded, "succeeded"), (failed, "failed")):
        before = job_of(caller, id)
        refused = problem(caller.delete(f"/v1/jobs/{id}"), 409)
        assert (refused["type"], refused["state"]) == ("/problems/job-ended", state)
        assert state in refused["detail"] and job_of(caller, id) == before
    assert code(caller.delete(f"/v1/jobs/{uuid4()}"), 404) == "job-not-found"


def test_cancelling_may_be_answered_without_the_job(caller: httpx.Client) -> None:
    id = queued(caller)["job"]["id"]
    answer = caller.delete(f"/v1/jobs/{id}", headers={"Prefer": "return=minimal"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["preference-applied"] == "return=minimal"


def test_a_job_that_is_cancelled_while_it_publishes_has_one_end(caller: httpx.Client, quiet: Service) -> None:
    ends, delays = set[str](), itertools.count(0, 0.01)
    with a_worker_beside(quiet):
        while len(ends) < 2:
            accepted = queued(caller)
            id, dataset = accepted["job"]["id"], accepted["dataset"]["id"]
            time.sleep(next(delays))
            status = caller.delete(f"/v1/jobs/{id}").status_code
            until(lambda id=id: JobState(job_of(caller, id)["state"]).is_end)  # type: ignore[misc]
            state = job_of(caller, id)["state"]
            there = caller.get(f"/v1/datasets/{dataset}").status_code == 200
            assert (status, there) == ((200, False) if state == "cancelled" else (409, True))
            ends.add(state)
        until(lambda: left(quiet)[4] == 0 and not files(quiet))
    assert ends == {"cancelled", "succeeded"}


def test_an_import_that_waits_to_publish_can_still_be_cancelled(caller: httpx.Client, quiet: Service) -> None:
    with a_worker_beside(quiet), quiet.pool.connection() as connection:
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock('events'::regclass::oid::int, 1)")
            id = queued(caller)["job"]["id"]
            waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            until(lambda: connection.execute(waiting).fetchone() == (1,))
            assert json_of(caller.delete(f"/v1/jobs/{id}"))["state"] == "cancelled"
        until(lambda: (left(quiet), files(quiet)) == (NOTHING, []))


# --- watching ---------------------------------------------------------------------------------------------------


async def events(lines: AsyncIterator[str]) -> AsyncIterator[dict[str, str]]:
    """The events of a stream as a browser reads them."""
    event: dict[str, str] = {}
    async for line in lines:
        if not line:
            if "data" in event:
                yield event
            event = {}
        elif not line.startswith(":"):
            name, _, value = line.partition(": ")
            event[name] = value


def streamed(
    client: httpx.Client, id: str, begun: Callable[[], object] = lambda: None, **headers: str
) -> list[dict[str, str]]:
    """Every event until the stream ends; `begun` is called when the first has come."""

    async def read() -> list[dict[str, str]]:
        async with httpx.AsyncClient(base_url=client.base_url, timeout=60) as opened:
            given = {name.replace("_", "-"): value for name, value in headers.items()}
            async with opened.stream("GET", f"/v1/jobs/{id}/events", headers=given) as answer:
                assert answer.status_code == 200
                found = list[dict[str, str]]()
                async for event in events(answer.aiter_lines()):
                    if not found:
                        begun()
                    found.append(event)
                return found

    return asyncio.run(read())


def test_the_stream_sends_each_change_and_ends_with_the_last(caller: httpx.Client, quiet: Service) -> None:
    id = queued(caller, text(MANY))["job"]["id"]
    with ExitStack() as stack:
        found = streamed(caller, id, lambda: stack.enter_context(a_worker_beside(quiet)))
    seen = [json.loads(event["data"]) for event in found]
    assert [job["state"] for job in (seen[0], seen[-1])] == ["queued", "succeeded"]
    assert "running" in [job["state"] for job in seen] and seen[-1] == job_of(caller, id)
    rows = [job["progress"]["rows"] for job in seen]
    assert rows == sorted(rows) and len(set(rows)) > 2
    assert all(event["event"] == "job" for event in found)
    assert len({event["id"] for event in found}) == len(found)


def test_the_stream_has_the_headers_and_format_of_server_sent_events(caller: httpx.Client) -> None:
    id = queued(caller)["job"]["id"]
    caller.delete(f"/v1/jobs/{id}")
    answer = caller.get(f"/v1/jobs/{id}/events", headers={"Accept": "text/event-stream"})
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert (answer.headers["cache-control"], answer.headers["x-accel-buffering"]) == ("no-store", "no")
    event, rest = answer.text.split("\n\n")
    names = [line.partition(": ")[0] for line in event.splitlines()]
    assert names == ["retry", "event", "data", "id"] and rest == ""


def test_a_client_that_connects_after_the_end_gets_the_last_state_once(caller: httpx.Client) -> None:
    id = queued(caller)["job"]["id"]
    caller.delete(f"/v1/jobs/{id}")
    (only,) = streamed(caller, id)
    assert json.loads(only["data"]) == job_of(caller, id)
    (again,) = streamed(caller, id, last_event_id="an earlier one")
    assert again == only
    answer = caller.get(f"/v1/jobs/{id}/events", headers={"Last-Event-ID": only["id"]})
    assert (answer.status_code, answer.content) == (204, b""), "a browser that has seen the end must not come again"


def test_a_client_that_reconnects_gets_the_current_state_at_once(caller: httpx.Client, quiet: Service) -> None:
    id = queued(caller)["job"]["id"]

    async def first_event(last: str) -> dict[str, str]:
        async with (
            httpx.AsyncClient(base_url=caller.base_url, timeout=10) as opened,
            opened.stream("GET", f"/v1/jobs/{id}/events", headers={"Last-Event-ID": last}) as answer,
        ):
            async for event in events(answer.aiter_lines()):
                return event
        raise AssertionError("the stream ended without an event")

    before = asyncio.run(first_event("-"))
    assert asyncio.run(first_event(before["id"])) == before
    change(quiet, id, 7)
    after = asyncio.run(first_event(before["id"]))
    assert after["id"] != before["id"] and json.loads(after["data"])["progress"]["rows"] == 7


def socket_of(client: httpx.Client, address: str) -> AbstractContextManager[WebSocketSession]:
    return connect_ws(address, client, session_class=WebSocketSession)


def change(service: Service, id: str, rows: int) -> None:
    """Change a job without announcing it."""
    with db.transaction(service.pool) as cursor:
        cursor.execute("UPDATE jobs SET rows = %s WHERE job_id = %s", [rows, id])


def test_an_unknown_job_cannot_be_watched(client: httpx.Client) -> None:
    assert code(client.get(f"/v1/jobs/{uuid4()}/events"), 404) == "job-not-found"
    assert code(client.get("/v1/jobs/7/events"), 400) == "invalid-parameter"
    for path, closed in ((str(uuid4()), 4404), ("seven", 4404), (f"{uuid4()}/watch?fields=id", 4400)):
        address = f"/v1/jobs/{path}" if "?" in path else f"/v1/jobs/{path}/watch"
        with pytest.raises(WebSocketDisconnect) as ended, socket_of(client, address) as socket:
            socket.receive_text(timeout=10)
        assert ended.value.code == closed


def test_the_socket_sends_each_change_and_closes_normally(caller: httpx.Client, quiet: Service) -> None:
    id = queued(caller)["job"]["id"]
    seen = []
    with socket_of(caller, f"/v1/jobs/{id}/watch") as socket:
        seen.append(json.loads(socket.receive_text(timeout=10)))
        socket.send_bytes(b"what a client says is of no interest")
        with a_worker_beside(quiet), pytest.raises(WebSocketDisconnect) as ended:
            while True:
                seen.append(json.loads(socket.receive_text(timeout=30)))
    assert ended.value.code == 1000
    assert [seen[0]["state"], seen[-1]] == ["queued", job_of(caller, id)]
    assert seen[-1]["state"] == "succeeded"


def test_a_hundred_watch_one_job_and_readers_notice_nothing(caller: httpx.Client, quiet: Service) -> None:
    id = queued(caller)["job"]["id"]
    address = str(caller.base_url)

    async def by_events(opened: httpx.AsyncClient, ready: Callable[[], None]) -> list[str]:
        states = []
        async with opened.stream("GET", f"/v1/jobs/{id}/events") as answer:
            async for event in events(answer.aiter_lines()):
                states.append(json.loads(event["data"])["state"])
                ready()
        return states

    async def by_socket(opened: httpx.AsyncClient, ready: Callable[[], None]) -> list[str]:
        states = []
        async with aconnect_ws(f"/v1/jobs/{id}/watch", opened, session_class=AsyncWebSocketSession) as socket:
            with pytest.raises(WebSocketDisconnect):
                while True:
                    states.append(json.loads(await socket.receive_text())["state"])
                    ready()
        return states

    async def watch() -> Sequence[list[str]]:
        all_ready = asyncio.Semaphore(0)

        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(base_url=address, timeout=60, limits=limits) as opened:
            watching = [
                asyncio.create_task(by(opened, all_ready.release)) for by in (by_events, by_socket) for _ in range(50)
            ]
            for _ in range(100):
                await all_ready.acquire()
            pages = await asyncio.gather(*(opened.get("/v1/jobs") for _ in range(20)))
            assert {page.status_code for page in pages} == {200}
            (await opened.delete(f"/v1/jobs/{id}")).raise_for_status()
            return await asyncio.gather(*watching)

    assert asyncio.run(asyncio.wait_for(watch(), 60)) == [["queued", "cancelled"]] * 100


def test_changes_are_notified_without_polling(quiet: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_watch, "POLL_SECONDS", 600)
    monkeypatch.setattr(job_watch, "RECONNECT_SECONDS", 0.1)
    application = app.create_app(quiet)
    with serve_http(quiet, application) as address, httpx.Client(base_url=address, timeout=60) as client:
        until(lambda: application.state.job_watch.listening.is_set())
        with db.transaction(quiet.pool) as cursor:
            cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
        until(lambda: not application.state.job_watch.listening.is_set())
        until(lambda: application.state.job_watch.listening.is_set())
        with a_worker_beside(quiet):
            begun = time.monotonic()
            assert json_of(upload(client, text(), wait=60), 202)["job"]["state"] == "succeeded"
        assert time.monotonic() - begun < 20, "Prefer: wait is woken by the announcement"


def test_a_change_is_seen_even_if_its_notification_was_lost(caller: httpx.Client, quiet: Service) -> None:
    id = queued(caller)["job"]["id"]
    with socket_of(caller, f"/v1/jobs/{id}/watch") as socket:
        socket.receive_text(timeout=10)
        change(quiet, id, 5)
        assert json.loads(socket.receive_text(timeout=10))["progress"]["rows"] == 5


def test_a_stream_without_changes_sends_heartbeats(caller: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("interfaces.rest.jobs.job_streams.HEARTBEAT_SECONDS", 0.05)
    id = queued(caller)["job"]["id"]
    with caller.stream("GET", f"/v1/jobs/{id}/events") as answer:
        lines = answer.iter_lines()
        assert sum(1 for line in (next(lines) for _ in range(20)) if line.startswith(":")) > 3


def test_watchers_that_leave_are_forgotten_and_others_do_not_delay_the_shutdown(quiet: Service) -> None:
    application = app.create_app(quiet)
    with httpx.Client(timeout=60) as client, httpx.Client(timeout=60) as staying:
        with serve_http(quiet, application) as address:
            client.base_url = staying.base_url = address
            id = queued(client)["job"]["id"]
            with client.stream("GET", f"/v1/jobs/{id}/events"), socket_of(client, f"/v1/jobs/{id}/watch") as socket:
                socket.receive_text(timeout=10)
                until(lambda: application.state.job_watch.watchers == 2)
            until(lambda: application.state.job_watch.watchers == 0)
            stream = staying.send(staying.build_request("GET", f"/v1/jobs/{id}/events"), stream=True)
            lines = stream.iter_lines()
            assert next(lines).startswith("retry")
            begun = time.monotonic()
        assert time.monotonic() - begun < 5
        assert [line for line in lines if line.startswith("data")], "the stream was ended, not cut"


# --- keeping ----------------------------------------------------------------------------------------------------


def test_what_is_older_than_the_retention_is_removed(caller: httpx.Client, quiet: Service) -> None:
    old, young, waiting = (queued(caller)["job"]["id"] for _ in range(3))
    for id in (old, young):
        caller.delete(f"/v1/jobs/{id}")
    stale, fresh = (quiet.settings.uploads / name for name in ("stale", "fresh"))
    for path, days in ((stale, 8), (fresh, 6), *((path, 8) for path in files(quiet))):
        path.touch()
        os.utime(path, (time.time() - days * 86_400,) * 2)
    with quiet.pool.connection() as connection:
        aged = "UPDATE jobs SET created_at = now() - make_interval(days => %s), finished_at = finished_at"
        connection.execute(aged + " - make_interval(days => %s) WHERE job_id <> %s", [8, 8, young])
        assert retention.sweep_ended_jobs(connection, quiet.settings.uploads, 7, quiet.jobs.clear_ended)
    assert caller.get(f"/v1/jobs/{old}").status_code == 404
    assert job_of(caller, young)["state"] == "cancelled" and job_of(caller, waiting)["state"] == "queued"
    assert not stale.exists() and fresh.exists() and len(files(quiet)) == 2


def test_one_worker_sweeps_at_a_time(quiet: Service) -> None:
    with quiet.pool.connection() as one, quiet.pool.connection() as other:
        one.execute("SELECT pg_advisory_lock(%s)", [retention.SWEEP_LOCK])
        assert not retention.sweep_ended_jobs(other, quiet.settings.uploads, 7, quiet.jobs.clear_ended)
        one.execute("SELECT pg_advisory_unlock(%s)", [retention.SWEEP_LOCK])
        assert retention.sweep_ended_jobs(other, quiet.settings.uploads, 7, quiet.jobs.clear_ended)


def test_remains_of_jobs_without_a_worker_are_removed_by_the_sweep(caller: httpx.Client, quiet: Service) -> None:
    accepted = queued(caller)
    with quiet.pool.connection() as connection, connection.cursor() as cursor:
        job_writes.begin(cursor, UUID(accepted["job"]["id"]))
        SqlRecordTables().prepare(cursor, UUID(accepted["dataset"]["id"]))
        with writer_lease.hold_lease(connection, UUID(accepted["dataset"]["id"])):
            caller.delete(f"/v1/jobs/{accepted['job']['id']}")
        cursor.execute("UPDATE jobs SET finished_at = finished_at - interval '2 hours'")
        assert left(quiet)[3:5] == (1, 1)
        assert retention.sweep_ended_jobs(connection, quiet.settings.uploads, 7, quiet.jobs.clear_ended)
    assert (left(quiet), files(quiet)) == (NOTHING, [])


# --- the worker -------------------------------------------------------------------------------------------------


def test_a_worker_imports_no_interface() -> None:
    heavy = (
        "fastapi",
        "starlette",
        "typer",
        "rich",
        "uvicorn",
        "sqlalchemy",
        "alembic",
        "pydantic",
        "interfaces.cli",
    )
    program = f"import sys, interfaces.worker.worker_process; print([m for m in {heavy!r} if m in sys.modules])"
    completed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert completed.stdout.strip() == "[]"


def test_a_worker_removes_the_scratch_copies_of_dead_ones(quiet: Service) -> None:
    with scratch_folder(quiet.settings.scratch) as used:
        (quiet.settings.scratch / "of a dead worker").mkdir()
        worker_process.sweep(quiet)
        assert list(quiet.settings.scratch.iterdir()) == [used]


def test_a_worker_that_cannot_reach_its_database_says_so_in_a_line(tmp_path: Path) -> None:
    environment = os.environ | {"DATABASE_URL": "host=127.0.0.1 port=1 dbname=x", "ROWLEDGER_DATA": str(tmp_path)}
    command = [sys.executable, "-m", "interfaces.worker"]
    completed = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert completed.returncode == 1 and "rowledger: " in completed.stderr and "Traceback" not in completed.stderr
