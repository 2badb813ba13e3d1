"""Runs the followers of the log in threads of a worker: each is run by one worker, while the others stand by."""

import logging
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import Connection

from application.log.announcer import CHANNEL
from application.log.follower import FollowerRun
from interfaces.services import database
from interfaces.services.wiring import Service

POLL_SECONDS = 0.5
"""Maximum delay of new events whose notification was lost."""

STANDBY_SECONDS = 3.0

PAUSE_SECONDS = 0.1
"""Between two batches of a follower that has caught up, so that busy writers do not wake it for every event."""

SESSION_SETTINGS = {"synchronous_commit": "off"}
"""A follower that loses its last commits in a crash loses effect and position together, and applies them again."""

_log = logging.getLogger(__name__)


@dataclass
class _FollowerThread:
    conninfo: str
    run: FollowerRun
    stop: threading.Event = field(default_factory=threading.Event)

    def loop(self) -> None:
        name = self.run.follower.name
        while not self.stop.is_set():
            try:
                self._own()
            except Exception as error:
                level = logging.WARNING if isinstance(error, psycopg.Error) else logging.ERROR
                _log.log(level, "follower %s was interrupted; trying again: %s", name, error)
            self.stop.wait(STANDBY_SECONDS)

    def _own(self) -> None:
        """Follow the log until `stop` is set; return at once if another process does."""
        with database.connect_unpooled(database.session_conninfo(self.conninfo, **SESSION_SETTINGS)) as connection:
            if not self.run.acquire(connection):
                return
            connection.execute(f"LISTEN {CHANNEL}".encode())
            while not self.stop.is_set():
                while not self.stop.is_set() and self.run.apply_batch(connection):
                    pass
                self.stop.wait(PAUSE_SECONDS)
                _wait_for_announcement(connection)


@contextmanager
def run_followers(service: Service) -> Iterator[None]:
    """Follow the log while the block runs."""
    with ExitStack() as stack:
        for follower in service.followers:
            run = FollowerRun(follower, service.store, service.store.positions())
            stack.enter_context(_running(_FollowerThread(service.conninfo, run)))
        yield


@contextmanager
def _running(follower: _FollowerThread) -> Iterator[None]:
    name = f"follower-{follower.run.follower.name}"
    thread = threading.Thread(target=follower.loop, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        follower.stop.set()
        thread.join(10)


def _wait_for_announcement(connection: "Connection[Any]") -> None:
    for _ in connection.notifies(timeout=POLL_SECONDS, stop_after=1):
        pass
