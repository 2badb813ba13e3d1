"""`python -m interfaces.worker`: a process that works on jobs until it is told to stop.

It imports neither the HTTP interface nor the command line, so that many workers fit on a machine.
"""

import asyncio
import logging
import os
import signal
import sys
import threading
from contextlib import suppress

import psycopg

import migrations
from application import retention
from application.commands import idempotency_keys
from application.exports import export_job
from application.settings import BadSetting, from_environment
from application.uploads import resumable_uploads
from interfaces.services import embedded_postgres, wiring
from interfaces.services.signals import exit_on_signals
from interfaces.services.wiring import Service
from interfaces.worker import index_keeping
from interfaces.worker.followers import run_followers

CHILD_VARIABLE = "ROWLEDGER_CHILD_OF_SERVE"
"""Set for a worker that ends with the process that started it: its standard input closes."""

SWEEP_SECONDS = 3_600

EXPECTED_ERRORS = (
    BadSetting,
    embedded_postgres.EmbeddedServerError,
    migrations.UnfitServer,
    psycopg.OperationalError,
)

_log = logging.getLogger(__name__)


def main() -> None:
    """Work on jobs until SIGTERM or Ctrl-C; an expected error is one line, not a traceback."""
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
    sweeping = asyncio.create_task(_sweep_hourly(service))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, working.cancel)
    try:
        with suppress(asyncio.CancelledError):
            await working
    finally:
        sweeping.cancel()


async def _sweep_hourly(service: Service) -> None:
    while True:
        await asyncio.to_thread(_sweep, service)
        await asyncio.sleep(SWEEP_SECONDS)


def _sweep(service: Service) -> None:
    settings = service.settings
    try:
        with service.pool.connection() as connection:
            with connection.cursor() as cursor:
                resumable_uploads.sweep(cursor, settings.resumable)
                idempotency_keys.sweep(cursor)
            retention.sweep_ended_jobs(connection, settings.uploads, settings.retention_days, service.kinds.run)
            with connection.cursor() as cursor:
                export_job.sweep_exports(cursor, settings.exports)
    except Exception:
        _log.exception("sweeping failed; trying again in an hour")


def _end_with_parent() -> None:
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
