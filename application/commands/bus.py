"""Group commit: commands that arrive while one transaction commits are executed together in the next.

Only one transaction at a time appends to the log, so writers wait for commits, not for decisions. One thread takes
all waiting commands, executes them in one transaction and answers them all.
"""

import logging
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from typing import Any, TypeVar, overload

from psycopg import Cursor, Error

from application.commands.envelope import (
    AggregateEnvelope,
    AggregateOutcome,
    AnyEnvelope,
    AnyOutcome,
    CommandEnvelope,
    CommandOutcome,
)
from application.commands.handler import CommandHandler
from domain.errors import Refusal

MAX_COMMANDS = 200
"""Maximum number of commands in one transaction, which limits how long the first of them waits."""

Transaction = Callable[[], "AbstractContextManager[Cursor[Any]]"]
"""A cursor in a transaction that commits when the block ends."""

State = TypeVar("State")
CommandT = TypeVar("CommandT")
EventT = TypeVar("EventT")

WaitingCommand = tuple[AnyEnvelope, "Future[Any]"]

_log = logging.getLogger(__name__)


class CommandBus:
    """Takes commands from any thread; answers through futures when their transaction has committed."""

    def __init__(
        self, handler: CommandHandler, transaction: Transaction, announce: Callable[[], None] = lambda: None
    ) -> None:
        self._handler = handler
        self._transaction = transaction
        self._announce = announce
        self._waiting: queue.SimpleQueue[WaitingCommand | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="command-bus", daemon=True)
        self._thread.start()

    @overload
    def submit(self, envelope: CommandEnvelope) -> "Future[CommandOutcome]": ...
    @overload
    def submit(
        self, envelope: AggregateEnvelope[State, CommandT, EventT]
    ) -> "Future[AggregateOutcome[State, EventT]]": ...
    def submit(self, envelope: AnyEnvelope) -> "Future[Any]":
        """The outcome once committed, or the refusal as the future's exception."""
        future: Future[Any] = Future()
        self._waiting.put((envelope, future))
        return future

    def close(self) -> None:
        """Execute the waiting commands, then stop."""
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (first := self._waiting.get()) is not None:
            group = [first]
            stop = False
            while len(group) < MAX_COMMANDS and not stop:
                try:
                    more = self._waiting.get_nowait()
                except queue.Empty:
                    break
                if more is None:
                    stop = True
                else:
                    group.append(more)
            self._execute(group)
            if stop:
                return

    def _execute(self, group: "Sequence[WaitingCommand]") -> None:
        try:
            with self._transaction() as cursor:
                results = self._handler.execute(cursor, [envelope for envelope, _ in group])
        except Error as error:
            self._execute_one_by_one(group, error)
        except Exception as error:
            _log.exception("a command failed")
            for _, future in group:
                future.set_exception(error)
        else:
            self._announce()
            for (_, future), result in zip(group, results, strict=True):
                _resolve_future(future, result)

    def _execute_one_by_one(self, group: "Sequence[WaitingCommand]", error: Error) -> None:
        """The database refused the group: execute each command alone, so that only the faulty one fails."""
        if len(group) == 1:
            _log.error("a command failed in the database", exc_info=error)
            group[0][1].set_exception(error)
            return
        for one in group:
            self._execute([one])


def _resolve_future(future: "Future[Any]", result: AnyOutcome | Refusal) -> None:
    if isinstance(result, Refusal):
        future.set_exception(result)
    else:
        future.set_result(result)
