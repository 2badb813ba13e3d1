"""The environment of benchmarks: a separate embedded PostgreSQL, fresh databases and running services."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, LiteralString

import httpx
import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from application.settings import Settings
from benchmarks import generate
from benchmarks.generate import BenchmarkFiles
from interfaces.services.embedded import embedded_postgres

TIMEOUT_SECONDS = 600.0

_COPY_LINES = sql.SQL("COPY {table} FROM STDIN (FORMAT csv, QUOTE e'\\x01', DELIMITER e'\\x02')")


@dataclass(frozen=True, slots=True)
class ImportedService:
    """A running service with the file imported as a dataset, and the seconds from upload to success."""

    address: str
    conninfo: str
    dataset_id: uuid.UUID
    seconds: float


@dataclass(frozen=True, slots=True)
class EmptyService:
    """A running service that contains only one small dataset. Its worker has started."""

    address: str
    process: int

    def upload(self, content: bytes | BinaryIO, key: str = "", into: str = "") -> str:
        """Import a file as a new dataset, or upsert it into an existing one, and return the dataset's id."""
        with httpx.Client(base_url=self.address, timeout=TIMEOUT_SECONDS) as client:
            return _upload(client, content, key, into)

    def worker_peak_megabytes(self) -> float:
        """The peak memory of the service's worker since it started."""
        found = subprocess.run(["pgrep", "-P", str(self.process), "-f", "worker"], capture_output=True, check=True)
        return _peak_megabytes(int(found.stdout.split()[0]))


@dataclass(frozen=True, slots=True)
class UncachedService:
    """A running service without a page cache, with the file imported as a dataset."""

    address: str
    conninfo: str
    dataset_id: uuid.UUID
    process: int
    settings: Settings

    def upload(self, file: Path) -> None:
        with httpx.Client(base_url=self.address, timeout=TIMEOUT_SECONDS) as client, file.open("rb") as content:
            _upload(client, content)

    def reset_peak(self) -> None:
        """Reset the peak memory of the process that serves HTTP (proc(5), clear_refs)."""
        Path(f"/proc/{self.process}/clear_refs").write_text("5")

    def peak_megabytes(self) -> float:
        """The peak memory of the process that serves HTTP since it started, or since the last reset."""
        return _peak_megabytes(self.process)

    @contextmanager
    def run_cached_service(self) -> Iterator[str]:
        """The address of a second service on the same database, with a page cache."""
        with _run_service(replace(self.settings, port=_free_port()), ROWLEDGER_WORKERS="0") as (address, _):
            yield address

    @contextmanager
    def run_minimal_routes(self) -> Iterator[str]:
        """The address of the minimal routes of `minimal_routes.py` on the same database."""
        port = _free_port()
        command = [sys.executable, "-m", "benchmarks.minimal_routes", str(port), self.conninfo, str(self.dataset_id)]
        with subprocess.Popen(command) as process:
            try:
                _wait_until_ready(f"http://127.0.0.1:{port}", process, "/nothing")
                yield f"http://127.0.0.1:{port}"
            finally:
                process.terminate()


class BenchmarkEnvironment:
    """Provides databases and services to benchmarks. `runs` is the number of runs for a median."""

    def __init__(self, folder: Path, server: str, files: BenchmarkFiles, runs: int, stack: ExitStack) -> None:
        self.files = files
        self.runs = runs
        self.folder = folder
        self._server = server
        self._stack = stack

    @contextmanager
    def database(self) -> Iterator[str]:
        """The connection string of a fresh database, after a checkpoint, so that none starts during the
        measurement."""
        name = f"bench_{uuid.uuid4().hex}"
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            connection.execute("CHECKPOINT")
        yield make_conninfo(self._server, dbname=name)
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def checkpoint(self) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute("CHECKPOINT")

    def settings(self, conninfo: str, port: int = 0) -> Settings:
        return Settings("127.0.0.1", port, self.folder / "data", conninfo, 1)

    @contextmanager
    def empty_service(self) -> Iterator[EmptyService]:
        with self.database() as conninfo:
            settings = self.settings(conninfo, _free_port())
            with (
                _run_service(settings) as (address, process),
                httpx.Client(base_url=address, timeout=TIMEOUT_SECONDS) as client,
            ):
                _upload(client, b"name,price\na,1\n")  # the worker has started once this is done
                yield EmptyService(address, process)

    @contextmanager
    def uncached_service(self) -> Iterator[UncachedService]:
        with self.database() as conninfo:
            settings = self.settings(conninfo, _free_port())
            with (
                _run_service(settings, ROWLEDGER_CACHE_BYTES="0") as (address, process),
                httpx.Client(base_url=address, timeout=TIMEOUT_SECONDS) as client,
                self.files.csv.open("rb") as file,
            ):
                dataset_id = uuid.UUID(_upload(client, file))
                yield UncachedService(address, conninfo, dataset_id, process, settings)

    @cached_property
    def imported_service(self) -> ImportedService:
        """A service with the file imported. It starts at the first use."""
        settings = self.settings(self._stack.enter_context(self.database()), _free_port())
        address, _ = self._stack.enter_context(_run_service(settings))
        with httpx.Client(base_url=address, timeout=TIMEOUT_SECONDS) as client, self.files.csv.open("rb") as file:
            _upload(client, b"name,price\na,1\n")  # the worker has started once this is done
            began = time.perf_counter()
            dataset_id = _upload(client, file)
            seconds = time.perf_counter() - began
        assert settings.database_url is not None
        return ImportedService(address, settings.database_url, uuid.UUID(dataset_id), seconds)


@contextmanager
def prepare_environment(rows: int, runs: int) -> Iterator[BenchmarkEnvironment]:
    folder = Path(tempfile.mkdtemp(prefix="rowledger-benchmarks-"))
    folder.chmod(0o755)
    try:
        with embedded_postgres.start(folder) as server, ExitStack() as stack:
            yield BenchmarkEnvironment(folder, server.conninfo, generate.generate_files(rows), runs, stack)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def copy_lines(connection: "psycopg.Connection[Any]", table: LiteralString, lines: Path) -> float:
    """Copy a file of prepared lines in blocks of 1 MB and return the seconds it took, including the commit."""
    began = time.perf_counter()
    query = _COPY_LINES.format(table=sql.SQL(table))
    with connection.transaction(), lines.open("rb") as file, connection.cursor().copy(query) as stream:
        while block := file.read(1 << 20):
            stream.write(block)
    return time.perf_counter() - began


@contextmanager
def _run_service(settings: Settings, **more: str) -> Iterator[tuple[str, int]]:
    environment = os.environ | {
        "DATABASE_URL": settings.database_url or "",
        "ROWLEDGER_DATA": str(settings.data),
        "ROWLEDGER_HOST": settings.host,
        "ROWLEDGER_PORT": str(settings.port),
        **more,
    }
    command = [sys.executable, "-m", "interfaces.cli.main", "serve"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
        try:
            address = f"http://{settings.host}:{settings.port}"
            _wait_until_ready(address, process)
            yield address, process.pid
        finally:
            process.terminate()
            process.wait()


def _wait_until_ready(address: str, process: "subprocess.Popen[bytes]", path: str = "/status") -> None:
    while process.poll() is None:
        try:
            httpx.get(f"{address}{path}").raise_for_status()
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the service did not start")


def _upload(client: httpx.Client, content: bytes | BinaryIO, key: str = "", into: str = "") -> str:
    """Upload a file, wait until it is imported or upserted, and return the dataset's id."""
    headers = {"Content-Type": "application/octet-stream", "Prefer": f"wait={TIMEOUT_SECONDS:.0f}"}
    address, parameters = "/v1/datasets", {"name": "orders", "key": key, "duplicates": "allow"}
    if into:
        address, parameters = f"{address}/{into}/imports", {"mode": "upsert", "duplicates": "allow"}
    body = client.post(address, params=parameters, content=content, headers=headers).raise_for_status().json()
    if body["job"]["state"] != "succeeded":
        raise SystemExit(f"the import failed: {body['job']['error']}")
    return str(body["dataset"]["id"])


def _peak_megabytes(process: int) -> float:
    status = Path(f"/proc/{process}/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
