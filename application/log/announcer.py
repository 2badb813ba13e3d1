"""Notifies followers and event streams of new events in the log.

A notification commits under a lock of the whole database, so it is never part of an append. A thread sends it
afterwards, once for all appends of the last few milliseconds. It can be lost, so listeners also poll.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from psycopg import Connection

CHANNEL = "events"

PAUSE_SECONDS = 0.05
"""Between two notifications."""

_NOTIFY = f"SELECT set_config('synchronous_commit', 'off', true), pg_notify('{CHANNEL}', '')"
"""Does not wait for the disk: the notification itself is not stored."""

Connect = Callable[[], "AbstractContextManager[Connection[Any]]"]

_log = logging.getLogger(__name__)


class LogAnnouncer:
    """Sends notifications in a thread; `announce` only sets a flag."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._appended = threading.Event()
        self._is_closing = threading.Event()

    def announce(self) -> None:
        """Request a notification of committed events."""
        self._appended.set()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Send notifications while the block runs."""
        thread = threading.Thread(target=self._run, name="log-announcer", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._is_closing.set()
            self._appended.set()
            thread.join(5)

    def _run(self) -> None:
        while True:
            self._appended.wait()
            if self._is_closing.is_set():
                return
            self._appended.clear()
            try:
                with self._connect() as connection:
                    connection.execute(_NOTIFY)
            except Exception as error:
                _log.warning("new events could not be announced; listeners poll: %s", error)
            self._is_closing.wait(PAUSE_SECONDS)
