"""`rowledger serve` and `rowledger worker`: the long-running processes."""

import ctypes
import ipaddress
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI
from rich.console import Console

from application.settings import CHILD_VARIABLE, BadSetting, Settings, setting_variable
from interfaces.server import app
from interfaces.server.uvicorn_server import (
    StreamClosingServer,
    freeze_startup_objects,
    server_config,
)
from interfaces.services import wiring

HEAP_ARENAS = "2"
"""Number of malloc heaps that a worker's threads share. With one heap per thread, freed memory stays reserved."""

M_ARENA_MAX = -8

WORKER_COMMAND = [sys.executable, "-m", "interfaces.worker"]


def serve(settings: Settings, console: Console) -> None:
    """Serve HTTP until SIGTERM or Ctrl-C, together with `settings.workers` worker processes."""
    _check_loopback(settings.host)
    _share_heaps()
    with wiring.open_service(settings) as service, _run_workers(settings.workers):
        application = app.create_app(service)
        uvicorn_config = server_config(application, settings.host, settings.port, log_level="warning")
        server = _AnnouncingServer(uvicorn_config, application, settings, console)
        freeze_startup_objects()
        server.run()
    if not server.started:
        sys.exit(1)


def run_worker() -> None:
    """Run jobs until SIGTERM or Ctrl-C. Replaces this process by a worker process, which imports fewer modules."""
    os.execv(sys.executable, WORKER_COMMAND)


class _AnnouncingServer(StreamClosingServer):
    """Prints its address when it has started to listen."""

    def __init__(self, config: uvicorn.Config, application: FastAPI, settings: Settings, console: Console) -> None:
        super().__init__(config, application)
        self._settings = settings
        self._console = console

    async def startup(self, sockets: object = None) -> None:
        await super().startup()
        if not self.started:
            return
        address = f"http://{self._settings.host}:{self._settings.port}"
        where = setting_variable("database_url") if self._settings.database_url else f"{self._settings.data}"
        lines = (
            f"Rowledger listens on {address} (API docs at {address}/docs); stop with Ctrl-C.",
            f"Data: {where}.",
            f"Try: curl -F file=@examples/national-parks.csv '{address}/v1/datasets'",
        )
        for line in lines:
            self._console.print(line, highlight=False, soft_wrap=True)


@contextmanager
def _run_workers(count: int) -> Iterator[None]:
    """Run `count` worker processes during the block; a worker that dies is replaced."""
    stop = threading.Event()
    supervisors = [threading.Thread(target=_supervise_worker, args=(stop,), daemon=True) for _ in range(count)]
    for supervisor in supervisors:
        supervisor.start()
    try:
        yield
    finally:
        stop.set()
        for supervisor in supervisors:
            supervisor.join()


def _supervise_worker(stop: threading.Event) -> None:
    environment = {"MALLOC_ARENA_MAX": HEAP_ARENAS} | os.environ | {CHILD_VARIABLE: "1"}
    while not stop.is_set():
        process = subprocess.Popen(WORKER_COMMAND, stdin=subprocess.PIPE, env=environment, start_new_session=True)
        while process.poll() is None and not stop.wait(0.2):
            pass
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if process.stdin is not None:
            process.stdin.close()
        stop.wait(0.5)


def _share_heaps() -> None:
    """Limit the number of malloc heaps of this process like a worker's, if the C library is glibc; see mallopt(3)."""
    libc = ctypes.CDLL(None)
    if sys.platform == "linux" and hasattr(libc, "mallopt"):
        libc.mallopt(M_ARENA_MAX, int(HEAP_ARENAS))


def _check_loopback(host: str) -> None:
    """Without accounts every client may do everything, so only local clients may connect. Raises BadSetting."""
    if host == "localhost":
        return
    try:
        if ipaddress.ip_address(host).is_loopback:
            return
    except ValueError:
        pass
    raise BadSetting(
        f"{setting_variable('host')}={host!r} would be reachable from other machines, and there are no accounts yet; "
        "use 127.0.0.1, ::1 or localhost"
    )
