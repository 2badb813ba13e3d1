"""An import that is killed at any moment is complete or absent: `kill -9` of API, worker and PostgreSQL in turn."""

import csv
import io
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

VICTIMS = ("worker", "api", "postgresql")
MODES = ("append", "upsert", "replace", "upsert")
ENDED = ("succeeded", "failed")

CLEANUP_SECONDS = 60
"""By when the files of a killed worker are gone: its successor removes scratch copies when it starts, and the upload
when it is handed the job of the dead one, within 20 seconds."""


class Stack:
    """`rowledger serve` with its worker and its PostgreSQL, in a separate data folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/v1"
        self.start()

    def start(self) -> None:
        environment = os.environ | {"ROWLEDGER_DATA": str(self.folder), "ROWLEDGER_PORT": str(self.port)}
        environment.pop("DATABASE_URL", None)
        command = [sys.executable, "-m", "interfaces.cli.main", "serve"]
        with (self.folder / "serve.log").open("ab") as log:
            self._process = subprocess.Popen(command, env=environment, stderr=log, stdout=log)
        until = time.monotonic() + 60
        while not self.answers():
            assert time.monotonic() < until, (self.folder / "serve.log").read_text()
            time.sleep(0.1)

    def answers(self) -> bool:
        with suppress(httpx.TransportError):
            return httpx.get(f"http://127.0.0.1:{self.port}/status", timeout=2).status_code == 200
        return False

    def kill(self, victim: str) -> None:
        if victim == "api":
            self._process.kill()
            self._process.wait()
            self.start()
            return
        for number in self._workers() if victim == "worker" else [self._postmaster()]:
            os.kill(number, signal.SIGKILL)

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"ROWLEDGER_DATA": str(self.folder)}
        environment.pop("DATABASE_URL", None)
        command = [sys.executable, "-m", "interfaces.cli.main", *words]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    def files(self) -> list[Path]:
        """The uploads and scratch files that exist now."""
        return [path for name in ("uploads", "scratch") for path in (self.folder / name).iterdir()]

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(30)

    def _workers(self) -> list[int]:
        found = subprocess.run(
            ["pgrep", "-P", str(self._process.pid), "-f", "worker"], capture_output=True, check=False
        )
        return [int(line) for line in found.stdout.split()]

    def _postmaster(self) -> int:
        (pid_file,) = self.folder.glob("pg*/data/postmaster.pid")
        return int(pid_file.read_text().split()[0])


@pytest.fixture
def stack() -> Iterator[Stack]:
    with _folder() as folder:
        running = Stack(folder)
        yield running
        running.stop()


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="rowledger-crash-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Target:
    """The dataset that receives the imports, and its expected contents: the values by id."""

    rows: int
    id: str = ""
    records: dict[int, tuple[str, str]] = field(default_factory=dict)
    number: int = 0

    def next_rows(self, mode: str) -> dict[int, tuple[str, str]]:
        """The next file's rows. For an append all are new; otherwise half exist and every third of them is
        changed."""
        self.number += 1
        if mode == "append":
            start = 1 + max(self.records)
            return {id: self._row(id) for id in range(start, start + self.rows)}
        known = sorted(self.records)[: self.rows // 2]
        kept = {id: self._row(id) if id % 3 == 0 else self.records[id] for id in known}
        start = 1 + max(self.records, default=0)
        return kept | {id: self._row(id) for id in range(start, start + self.rows - len(kept))}

    def after(self, mode: str, rows: dict[int, tuple[str, str]]) -> dict[int, tuple[str, str]]:
        return rows if mode == "replace" else self.records | rows

    def _row(self, id: int) -> tuple[str, str]:
        return f"name {self.number}, {id}", f"{id % 977}.{self.number % 10}0"


def _file(folder: Path, rows: dict[int, tuple[str, str]]) -> Path:
    path = folder / "rows.csv"
    with path.open("w") as file:
        file.write("id,name,price\n")
        file.writelines(f'{id},"{name}",{price}\n' for id, (name, price) in rows.items())
    return path


def _upload(stack: Stack, target: Target, mode: str, path: Path) -> Any:
    address, params = f"{stack.url}/datasets", {"name": "rows", "key": "id"}
    if target.id:
        address, params = f"{address}/{target.id}/imports", {"mode": mode}
    response = httpx.Response(503)
    until = time.monotonic() + 60
    while response.status_code == 503 and time.monotonic() < until:
        time.sleep(0.2)
        headers = {"Content-Type": "text/csv"}
        response = httpx.post(address, params=params, content=path.read_bytes(), headers=headers, timeout=60)
    assert response.status_code == 202, response.text
    return response.json()


def _wait_for_end(stack: Stack, job: str, seen: list[int | None], dataset: str) -> str:
    """Wait for the job to end and return its state. Meanwhile append the dataset's visible count, or None, to
    `seen`."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        with suppress(httpx.TransportError):
            seen.append(_visible_count(stack, dataset))
            response = httpx.get(f"{stack.url}/jobs/{job}", timeout=10)
            if response.status_code == 200 and response.json()["state"] in ENDED:
                return str(response.json()["state"])
        time.sleep(0.1)
    raise AssertionError("the job did not end")


def _visible_count(stack: Stack, dataset: str) -> int | None:
    response = httpx.get(f"{stack.url}/datasets/{dataset}/records", params={"limit": 1, "count": "exact"}, timeout=20)
    return response.json()["page"]["count"] if response.status_code == 200 else None


def _export_rows(stack: Stack, dataset: str) -> dict[int, tuple[str, str]]:
    """The contents of the dataset. Each id must be unique."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with suppress(httpx.TransportError):
            response = httpx.get(f"{stack.url}/datasets/{dataset}/export", timeout=60)
            if response.status_code == 404:
                return {}
            if response.status_code == 200:
                return _parse_rows(response.text)
        time.sleep(0.2)
    raise AssertionError("the export did not respond")


def _parse_rows(text: str) -> dict[int, tuple[str, str]]:
    _, *rows = csv.reader(io.StringIO(text))
    found = {int(id): (name, price) for id, name, price in rows}
    assert len(found) == len(rows), "a record occurs twice"
    return found


def _check_survival(stack: Stack, rows: int, kills: int) -> None:
    source = random.Random(20240131)
    target = Target(rows)
    for number in range(kills):
        mode = MODES[number % len(MODES)] if target.id else "create"
        written = target.next_rows(mode)
        accepted = _upload(stack, target, mode, _file(stack.folder, written))
        dataset, seen = accepted["dataset"]["id"], list[int | None]()
        time.sleep(source.uniform(0, 0.4 + rows / 250_000))
        stack.kill(VICTIMS[number % len(VICTIMS)])
        state = _wait_for_end(stack, accepted["job"]["id"], seen, dataset)
        before, after = target.records, target.after(mode, written)
        assert set(seen) <= {None, len(before), len(after)}, f"kill {number}: part of an import was visible: {seen}"
        expected = after if state == "succeeded" else before
        assert _export_rows(stack, dataset) == expected, f"kill {number}: {mode} {state}"
        if state == "succeeded":
            target.id, target.records = dataset, after
    verified = stack.command("projections", "verify")
    assert verified.returncode == 0, verified.stderr
    states = [line.split()[-1] for line in verified.stdout.splitlines()]
    assert target.id in verified.stdout and set(states) == {"state", "clean"}, verified.stdout
    until = time.monotonic() + CLEANUP_SECONDS
    while stack.files():
        assert time.monotonic() < until, f"files of finished imports were left: {stack.files()}"
        time.sleep(0.2)


def test_an_import_killed_at_random_moments_is_complete_or_absent(stack: Stack) -> None:
    _check_survival(stack, rows=30_000, kills=4)


@pytest.mark.torture
def test_imports_killed_fifty_times_are_complete_or_absent(stack: Stack) -> None:
    _check_survival(stack, rows=100_000, kills=50)
