"""Helpers for tests: a service with its own database, a client of its HTTP interface, and datasets."""

import asyncio
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from application.settings import Settings
from domain import exact_json
from domain.columns import Value
from interfaces.server import app
from interfaces.server.uvicorn_server import StreamClosingServer, server_config
from interfaces.services import wiring
from interfaces.services.wiring import Service
from interfaces.worker.followers import run_followers

PEOPLE = (
    {"name": "name", "type": "string", "required": True},
    {"name": "age", "type": "integer"},
    {"name": "balance", "type": "decimal"},
    {"name": "born", "type": "date"},
)


@pytest.fixture(scope="session")
def service(shared_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The service on a database that all tests of one process share. A worker runs its jobs."""
    data = tmp_path_factory.mktemp("data")
    with (
        open_service(shared_database, data) as running,
        open_service(shared_database, data) as worker,
        run_worker(worker),
        run_followers(worker),
    ):
        yield running


@pytest.fixture(scope="session")
def client(service: Service) -> Iterator[httpx.Client]:
    """An HTTP client of the service, over a real connection."""
    with serve_http(service) as address, httpx.Client(base_url=address, timeout=60) as opened:
        yield opened


@pytest.fixture
def quiet(database: str, tmp_path: Path) -> Iterator[Service]:
    """A service on a database of its own that no worker works for."""
    with open_service(database, tmp_path) as running:
        yield running


@pytest.fixture
def caller(quiet: Service) -> Iterator[httpx.Client]:
    """An HTTP client of the quiet service."""
    with serve_http(quiet) as address, httpx.Client(base_url=address, timeout=60) as opened:
        yield opened


@contextmanager
def open_service(conninfo: str, data: Path) -> Iterator[Service]:
    with wiring.build_service(Settings("127.0.0.1", 0, data, conninfo, workers=0), conninfo) as running:
        yield running


@contextmanager
def serve_http(service: Service, application: FastAPI | None = None) -> Iterator[str]:
    """Serve the service's HTTP interface on a free port, in a thread; yields its address."""
    application = application or app.create_app(service)
    configured = server_config(application, "127.0.0.1", 0, log_level="error")
    server, listening = StreamClosingServer(configured, application), configured.bind_socket()
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def run_worker(service: Service) -> Iterator[None]:
    """Run a worker of the service's queue, in a thread. This service then accepts no new jobs: use another for
    them."""
    loop = asyncio.new_event_loop()
    task = loop.create_task(service.queue.work())
    thread = threading.Thread(target=_run_until_cancelled, args=(loop, task))
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join()


def _run_until_cancelled(loop: asyncio.AbstractEventLoop, task: "asyncio.Task[None]") -> None:
    try:
        loop.run_until_complete(task)
    except asyncio.CancelledError:
        pass
    finally:
        loop.close()


@dataclass(frozen=True)
class Dataset:
    """A dataset, with helpers for requests to it over HTTP."""

    client: httpx.Client
    id: str

    @property
    def url(self) -> str:
        return f"/v1/datasets/{self.id}"

    def get_json(self, path: str = "", **parameters: object) -> Any:
        """The JSON body of the response to `GET …path`, which must succeed."""
        return json_of(self.get(path, **parameters))

    def get(self, path: str = "", **parameters: object) -> httpx.Response:
        return self.client.get(self.url + path, params={name: str(value) for name, value in parameters.items()})

    def values(self, **parameters: object) -> list[dict[str, Value]]:
        """The values of the records on one page."""
        return [record["values"] for record in self.get_json("/records", **parameters)["data"]]

    def column(self, name: str, **parameters: object) -> list[Value]:
        return [values[name] for values in self.values(**parameters)]

    def create(self, **values: object) -> Any:
        return json_of(self.send("POST", "/records", {"values": values}), 201)

    def send(self, method: str, path: str, body: object = None, **headers: str) -> httpx.Response:
        """Send a request with a JSON body with exact numbers. The argument `if_match` becomes the header
        `If-Match`."""
        return self.client.request(
            method,
            self.url + path,
            content=None if body is None else exact_json.dumps(body),
            headers={name.replace("_", "-"): value for name, value in headers.items()}
            | ({} if body is None else {"Content-Type": "application/json"}),
        )


def create_dataset(
    client: httpx.Client, columns: Sequence[Mapping[str, object]] = PEOPLE, key: Sequence[str] = (), name: str = ""
) -> Dataset:
    """Create an empty dataset."""
    body = {"name": name or unique("dataset"), "columns": columns, "key": key}
    answer = client.post("/v1/datasets", content=exact_json.dumps(body), headers={"Content-Type": "application/json"})
    return Dataset(client, json_of(answer, 201)["id"])


def create_people(client: httpx.Client, *ages: int | None) -> Dataset:
    """Create a dataset of people with these ages: record 1 is written by version 2, and so on."""
    dataset = create_dataset(client)
    for number, age in enumerate(ages, 1):
        dataset.create(name=f"p{number}", age=age)
    return dataset


def import_csv(
    client: httpx.Client, text: str | bytes, wait: int = 30, once: bool = False, **parameters: str
) -> Dataset:
    """Import a CSV file as a new dataset. The import must succeed, also where another test or another run of a
    fixture has imported the same content, unless it is imported `once`: then the next one of it is a duplicate."""
    answer = upload(client, text, wait, **({} if once else {"duplicates": "allow"}), **parameters)
    assert answer.status_code == 202, answer.text
    assert json_of(answer, 202)["job"]["state"] == "succeeded", answer.text
    return Dataset(client, json_of(answer, 202)["dataset"]["id"])


def upload(client: httpx.Client, text: str | bytes, wait: int = 30, **parameters: str) -> httpx.Response:
    """Post a CSV file as a new dataset. The response comes when the job has ended, or after `wait` seconds."""
    return client.post(
        "/v1/datasets",
        params={"name": unique("upload"), **parameters},
        content=text.encode() if isinstance(text, str) else text,
        headers={"Content-Type": "text/csv", "Prefer": f"wait={wait}"},
    )


def json_of(answer: httpx.Response, status: int = 200) -> Any:
    """The JSON body of the response, with exact numbers. Its status must be `status`."""
    assert answer.status_code == status, f"{answer.status_code}: {answer.text}"
    return exact_json.loads(answer.content)


def problem(answer: httpx.Response, status: int) -> Any:
    """The problem document of the response. It must have this status and must not reveal internals."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    document = json_of(answer, status)
    assert document["status"] == status and document["instance"].startswith("/"), document
    assert not any(internal in answer.text for internal in ("Traceback", "psycopg", "SELECT ", "jsonb")), answer.text
    return document


def code(answer: httpx.Response, status: int) -> str:
    """The problem's code, which is the last part of its type."""
    return str(problem(answer, status)["type"]).removeprefix("/problems/")


def unique(word: str) -> str:
    return f"{word} {uuid4().hex[:12]}"


def import_into(client: httpx.Client, dataset: Dataset, text: str | bytes, mode: str, **parameters: str) -> Any:
    """Import a file into an existing dataset and return the job, which must succeed."""
    job = json_of(request_import(client, dataset, text, mode, **parameters), 202)["job"]
    assert job["state"] == "succeeded", job
    return job


def request_import(
    client: httpx.Client, dataset: Dataset, text: str | bytes, mode: str, prefer: str = "", **parameters: str
) -> httpx.Response:
    return client.post(
        f"{dataset.url}/imports",
        params={"mode": mode, **parameters},
        content=text.encode() if isinstance(text, str) else text,
        headers={"Content-Type": "text/csv", "Prefer": f"wait=30{prefer}"},
    )
