"""An import killed at any moment is whole or absent: `kill -9` of API, worker and PostgreSQL in turn."""

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
from pathlib import Path
from typing import Any

import httpx
import pytest

VICTIMS = ("api", "worker", "postgresql")
ENDED = ("succeeded", "failed")


class Stack:
    """`rowledger serve` with its worker and its PostgreSQL, on a data folder of its own."""

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


def _file(folder: Path, rows: int, mark: int) -> Path:
    path = folder / f"rows-{mark}.csv"
    with path.open("w") as file:
        file.write("id,name,price,day\n")
        file.writelines(f'{n},"name {mark}, {n}",{n % 977}.50,2024-01-{1 + n % 28:02d}\n' for n in range(rows))
    return path


def _upload(stack: Stack, path: Path) -> Any:
    with path.open("rb") as file:
        params = {"name": path.stem}
        headers = {"Content-Type": "text/csv"}
        answer = httpx.post(f"{stack.url}/datasets", params=params, content=file, headers=headers, timeout=60)
    assert answer.status_code == 202, answer.text
    return answer.json()


def _ended(stack: Stack, job: str, seen: list[int | None], dataset: str) -> str:
    """The job's last state; meanwhile what could be seen of the dataset is noted: its count, or None."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        with suppress(httpx.TransportError):
            seen.append(_visible(stack, dataset))
            answer = httpx.get(f"{stack.url}/jobs/{job}", timeout=10)
            if answer.status_code == 200 and answer.json()["state"] in ENDED:
                return str(answer.json()["state"])
        time.sleep(0.1)
    raise AssertionError("the job did not end")


def _visible(stack: Stack, dataset: str) -> int | None:
    answer = httpx.get(f"{stack.url}/datasets/{dataset}/records", params={"limit": 1, "count": "exact"}, timeout=20)
    return answer.json()["page"]["count"] if answer.status_code == 200 else None


def _survives(stack: Stack, rows: int, kills: int) -> None:
    chance = random.Random(20240131)
    for number in range(kills):
        accepted = _upload(stack, _file(stack.folder, rows, number))
        dataset, seen = accepted["dataset"]["id"], list[int | None]()
        time.sleep(chance.uniform(0, 0.4 + rows / 250_000))
        stack.kill(VICTIMS[number % len(VICTIMS)])
        state = _ended(stack, accepted["job"]["id"], seen, dataset)
        seen.append(_visible(stack, dataset))
        assert set(seen) <= {None, rows}, f"kill {number}: part of an import was visible: {set(seen)}"
        assert seen[-1] == (rows if state == "succeeded" else None), f"kill {number}: {state}, {seen[-1]} records"
    verified = stack.command("projections", "verify")
    assert verified.returncode == 0, verified.stderr
    assert verified.stdout.count("clean") == kills


def test_an_import_killed_at_random_moments_is_whole_or_absent(stack: Stack) -> None:
    _survives(stack, rows=60_000, kills=3)


@pytest.mark.torture
def test_a_large_import_killed_ten_times_is_whole_or_absent(stack: Stack) -> None:
    _survives(stack, rows=300_000, kills=10)
