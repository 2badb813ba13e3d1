"""`rowledger serve` and `rowledger worker`: the processes that run until they are told to stop."""

import asyncio
import ipaddress
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

import uvicorn
from rich.console import Console

from application import uploads
from application.settings import BadSetting, Settings
from interfaces import wiring
from interfaces.rest import app

CHILD = "ROWLEDGER_CHILD_OF_SERVE"
"""Set for a worker that ends with the process that started it: its standard input closes."""


def serve(settings: Settings, console: Console) -> None:
    """Serve HTTP until SIGTERM or Ctrl-C, with `settings.workers` workers beside."""
    _must_be_loopback(settings.host)
    with wiring.service(settings) as service, _workers(settings.workers):
        config = uvicorn.Config(
            app.create(service), settings.host, settings.port, log_level="warning", timeout_graceful_shutdown=10
        )
        server = _Server(config, settings, console)
        server.run()
    if not server.started:
        sys.exit(1)


def work(settings: Settings, console: Console) -> None:
    """Work on jobs until SIGTERM or Ctrl-C."""
    if os.environ.get(CHILD):
        threading.Thread(target=_end_with_parent, daemon=True).start()
    else:
        console.print("Working on jobs; stop with Ctrl-C.")
    with wiring.service(settings) as service, suppress(asyncio.CancelledError, KeyboardInterrupt):
        with service.pool.connection() as connection, connection.cursor() as cursor:
            uploads.sweep(cursor, settings.uploads)
        asyncio.run(_until_told(service))


class _Server(uvicorn.Server):
    """Says where it listens once it does."""

    def __init__(self, config: uvicorn.Config, settings: Settings, console: Console) -> None:
        super().__init__(config)
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


async def _until_told(service: wiring.Service) -> None:
    task = asyncio.create_task(service.queue.work())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    with suppress(asyncio.CancelledError):
        await task


@contextmanager
def _workers(count: int) -> Iterator[None]:
    """Worker processes beside this one; one that dies is replaced."""
    stop = threading.Event()
    keepers = [threading.Thread(target=_keep_worker, args=(stop,), daemon=True) for _ in range(count)]
    for keeper in keepers:
        keeper.start()
    try:
        yield
    finally:
        stop.set()
        for keeper in keepers:
            keeper.join()


def _keep_worker(stop: threading.Event) -> None:
    environment = os.environ | {CHILD: "1"}
    command = [sys.executable, "-m", "interfaces.cli.main", "worker"]
    while not stop.is_set():
        worker = subprocess.Popen(command, stdin=subprocess.PIPE, env=environment, start_new_session=True)
        while worker.poll() is None and not stop.wait(0.2):
            pass
        if worker.poll() is None:
            worker.terminate()
            try:
                worker.wait(10)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()
        if worker.stdin is not None:
            worker.stdin.close()
        stop.wait(0.5)


def _end_with_parent() -> None:
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def end_on_signals() -> None:
    """Let SIGTERM end the process like any exit, so that what is open is closed, and Ctrl-C interrupt it.

    A shell starts what it runs in the background with SIGINT ignored; told to stop by it, we still do.
    """

    def leave(number: int, frame: FrameType | None) -> None:
        sys.exit(128 + number)

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _must_be_loopback(host: str) -> None:
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
