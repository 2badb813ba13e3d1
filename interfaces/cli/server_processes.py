"""`rowledger serve` and `rowledger worker`: the processes that run until they are told to stop."""

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

from application.settings import BadSetting, Settings
from interfaces.server import app
from interfaces.server.uvicorn_server import (
    StreamClosingServer,
    freeze_startup_objects,
    server_config,
)
from interfaces.services import wiring
from interfaces.worker import worker_process

HEAP_ARENAS = "2"
"""A worker's threads share so many heaps: each of its own would keep what it once held."""

M_ARENA_MAX = -8

WORKER_COMMAND = [sys.executable, "-m", "interfaces.worker"]


def serve(settings: Settings, console: Console) -> None:
    """Serve HTTP until SIGTERM or Ctrl-C, with `settings.workers` workers beside."""
    _check_loopback(settings.host)
    _share_heaps()
    with wiring.open_service(settings) as service, _run_workers(settings.workers):
        application = app.create_app(service)
        listening = server_config(application, settings.host, settings.port, log_level="warning")
        server = _AnnouncingServer(listening, application, settings, console)
        freeze_startup_objects()
        server.run()
    if not server.started:
        sys.exit(1)


def run_worker() -> None:
    """Work on jobs until SIGTERM or Ctrl-C: this process becomes a worker, without what the command line needs."""
    os.execv(sys.executable, WORKER_COMMAND)


class _AnnouncingServer(StreamClosingServer):
    """Says where it listens once it does."""

    def __init__(self, config: uvicorn.Config, application: FastAPI, settings: Settings, console: Console) -> None:
        super().__init__(config, application)
        self._settings = settings
        self._console = console

    async def startup(self, sockets: object = None) -> None:
        await super().startup()
        if not self.started:
            return
        address = f"http://{self._settings.host}:{self._settings.port}"
        where = "DATABASE_URL" if self._settings.database_url else f"{self._settings.data}"
        lines = (
            f"Rowledger listens on {address} (API docs at {address}/docs); stop with Ctrl-C.",
            f"Its data lies in {where}.",
            f"Try: curl -F file=@examples/national-parks.csv '{address}/v1/datasets'",
        )
        for line in lines:
            self._console.print(line, highlight=False, soft_wrap=True)


@contextmanager
def _run_workers(count: int) -> Iterator[None]:
    """Worker processes beside this one; one that dies is replaced."""
    stop = threading.Event()
    keepers = [threading.Thread(target=_supervise_worker, args=(stop,), daemon=True) for _ in range(count)]
    for keeper in keepers:
        keeper.start()
    try:
        yield
    finally:
        stop.set()
        for keeper in keepers:
            keeper.join()


def _supervise_worker(stop: threading.Event) -> None:
    environment = {"MALLOC_ARENA_MAX": HEAP_ARENAS} | os.environ | {worker_process.CHILD_VARIABLE: "1"}
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
    """This process' threads share heaps as a worker's do, where the C library is glibc; see mallopt(3)."""
    libc = ctypes.CDLL(None)
    if sys.platform == "linux" and hasattr(libc, "mallopt"):
        libc.mallopt(M_ARENA_MAX, int(HEAP_ARENAS))


def _check_loopback(host: str) -> None:
    """Until there are accounts, whoever reaches the port may do everything: only this machine may."""
    if host == "localhost":
        return
    try:
        if ipaddress.ip_address(host).is_loopback:
            return
    except ValueError:
        pass
    raise BadSetting(
        f"ROWLEDGER_HOST={host!r} would be reachable from other machines, and there are no accounts yet; "
        "use 127.0.0.1, ::1 or localhost"
    )
