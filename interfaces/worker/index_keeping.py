"""Runs the index keeper in a thread of the worker. One worker owns it; the others stand by."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import Connection

from application.commands import writer_lease
from application.settings import IndexingSettings
from interfaces.services import database
from projections.indexes import keeper
from projections.indexes.keeper import IndexBudget
from projections.models.datasets import dataset_reads

OWNER_LOCK_KEY = 7_015_921_370_553
"""Advisory lock key of the owner; the lock is released when the connection ends."""

POLL_SECONDS = 1.0
STANDBY_SECONDS = 5.0
POLLS_PER_SWEEP = 60
"""Number of polls between two sweeps."""

_log = logging.getLogger(__name__)


@dataclass
class _IndexKeeperThread:
    conninfo: str
    budget: IndexBudget
    stop: threading.Event = field(default_factory=threading.Event)
    connection: "Connection[Any] | None" = None

    def run(self) -> None:
        while not self.stop.is_set():
            try:
                self._own()
            except Exception as error:
                level = logging.WARNING if isinstance(error, psycopg.Error) else logging.ERROR
                _log.log(level, "keeping indexes failed; retrying: %s", error)
            self.stop.wait(STANDBY_SECONDS)

    def end(self) -> None:
        self.stop.set()
        if (connection := self.connection) is not None and not connection.closed:
            with suppress(psycopg.Error):
                connection.cancel_safe(timeout=2)

    def _own(self) -> None:
        """Keep indexes as their owner until `stop` is set; return at once if another worker is the owner."""
        with database.connect_unpooled(
            database.session_conninfo(self.conninfo, **keeper.SESSION_SETTINGS)
        ) as connection:
            row = connection.execute("SELECT pg_try_advisory_lock(%s)", [OWNER_LOCK_KEY]).fetchone()
            if row is None or not row[0]:
                return
            self.connection = connection
            polls = 0
            while not self.stop.is_set():
                if polls % POLLS_PER_SWEEP == 0:
                    keeper.remove_unused(connection, self.budget, dataset_reads.exists_sql)
                keeper.build_due(connection, self.budget, writer_lease.is_free)
                polls += 1
                self.stop.wait(POLL_SECONDS)


@contextmanager
def keep_indexes(conninfo: str, indexing: IndexingSettings) -> Iterator[None]:
    """Keep indexes while the block runs; a build still running at its end is cancelled."""
    keeper_thread = _IndexKeeperThread(conninfo, IndexBudget(indexing.most, indexing.percent, indexing.idle_days))
    thread = threading.Thread(target=keeper_thread.run, name="index-keeper", daemon=True)
    thread.start()
    try:
        yield
    finally:
        keeper_thread.end()
        thread.join(10)
