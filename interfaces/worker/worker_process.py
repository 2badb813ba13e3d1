"""The worker process: runs jobs and hourly sweeps until SIGTERM or Ctrl-C.

It imports neither the HTTP interface nor the command line, to save memory.
"""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import psycopg
from psycopg import Cursor

import migrations
from application import retention
from application.commands.idempotency import idempotency_keys
from application.exports import export_files
from application.settings import CHILD_VARIABLE, BadSetting, from_environment
from application.uploads import resumable_uploads
from interfaces.formats.scratch import remove_stale_folders
from interfaces.services import wiring
from interfaces.services.background import run_in_background
from interfaces.services.embedded import embedded_postgres
from interfaces.services.embedded.account import EmbeddedServerError
from interfaces.services.signals import exit_on_signals
from interfaces.services.wiring import Service
from interfaces.worker import index_keeping
from interfaces.worker.followers import run_followers

SWEEP_SECONDS = 3_600

EXPECTED_ERRORS = (
    BadSetting,
    EmbeddedServerError,
    migrations.UnfitServer,
    psycopg.OperationalError,
)


def main() -> None:
    """Run jobs until SIGTERM or Ctrl-C. An expected error is printed as one line, without a traceback."""
    exit_on_signals()
    if os.environ.get(CHILD_VARIABLE):
        threading.Thread(target=_end_with_parent, daemon=True).start()
    else:
        print("Working on jobs; stop with Ctrl-C.", file=sys.stderr, flush=True)
    try:
        with (
            wiring.open_service(from_environment(embedded_postgres.default_data_folder())) as service,
            index_keeping.keep_indexes(service.conninfo, service.settings.indexing),
            run_followers(service),
            suppress(KeyboardInterrupt),
        ):
            asyncio.run(_run_until_signal(service))
    except EXPECTED_ERRORS as error:
        sys.exit(f"rowledger: {error}")


async def _run_until_signal(service: Service) -> None:
    working = asyncio.create_task(service.queue.work())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, working.cancel)
    async with run_in_background(_sweep_hourly(service)):
        with suppress(asyncio.CancelledError):
            await working


async def _sweep_hourly(service: Service) -> None:
    while True:
        await asyncio.to_thread(sweep, service)
        await asyncio.sleep(SWEEP_SECONDS)


def sweep(service: Service) -> None:
    """Remove what dead processes have left, and what is older than its retention. Errors are only logged."""
    settings = service.settings
    retention.run_step("Scratch folders of dead processes", lambda: remove_stale_folders(settings.scratch))
    _run_step(service, "Expired uploads", lambda cursor: resumable_uploads.sweep(cursor, settings.resumable))
    _run_step(service, "Expired idempotency keys", idempotency_keys.sweep)
    _run_step(service, "What ended jobs have left", lambda cursor: _sweep_jobs(service, cursor))
    _run_step(service, "Files of exports", lambda cursor: export_files.sweep_exports(cursor, settings.exports))


def _run_step(service: Service, what: str, remove: Callable[["Cursor[Any]"], int | None]) -> None:
    """Run one step of the sweep with a connection of its own."""

    def remove_with_cursor() -> int | None:
        with service.pool.connection() as connection, connection.cursor() as cursor:
            return remove(cursor)

    retention.run_step(what, remove_with_cursor)


def _sweep_jobs(service: Service, cursor: "Cursor[Any]") -> None:
    settings = service.settings
    retention.sweep_ended_jobs(cursor.connection, settings.uploads, settings.retention_days, service.jobs.clear_ended)


def _end_with_parent() -> None:
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
