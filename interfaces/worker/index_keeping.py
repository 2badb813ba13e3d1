"""Runs the keeper of indexes in a worker's thread: of many workers one owns it, the others stand by."""

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

OWNER_LOCK_KEY = 7_015_921_370_553
"""Advisory lock key of the owner; it goes with its connection."""

POLL_SECONDS = 1.0
STANDBY_SECONDS = 5.0
POLLS_PER_SWEEP = 60
"""Looks between two sweeps."""

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
                _log.log(level, "keeping indexes was interrupted; trying again: %s", error)
            self.stop.wait(STANDBY_SECONDS)

    def end(self) -> None:
        self.stop.set()
        if (connection := self.connection) is not None and not connection.closed:
            with suppress(psycopg.Error):
                connection.cancel_safe(timeout=2)

    def _own(self) -> None:
        """Tend indexes as their owner until told to stop; returns at once if there is an owner already."""
        with database.connect_unpooled(
            database.session_conninfo(self.conninfo, **keeper.SESSION_SETTINGS)
        ) as connection:
            row = connection.execute("SELECT pg_try_advisory_lock(%s)", [OWNER_LOCK_KEY]).fetchone()
            if row is None or not row[0]:
                return
            self.connection = connection
            looks = 0
            while not self.stop.is_set():
                if looks % POLLS_PER_SWEEP == 0:
                    keeper.remove_unused(connection, self.budget)
                keeper.build_due(connection, self.budget, writer_lease.is_free)
                looks += 1
                self.stop.wait(POLL_SECONDS)


@contextmanager
def keep_indexes(conninfo: str, indexing: IndexingSettings) -> Iterator[None]:
    """Indexes are kept while the block runs; a build under way when it ends is broken off."""
    kept = _IndexKeeperThread(conninfo, IndexBudget(indexing.most, indexing.percent, indexing.idle_days))
    thread = threading.Thread(target=kept.run, name="index-keeper", daemon=True)
    thread.start()
    try:
        yield
    finally:
        kept.end()
        thread.join(10)
