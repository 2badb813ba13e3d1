"""A thread that processes items in order, with a bounded queue of waiting items."""

import queue
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

MAX_WAITING = 2
"""Maximum number of items that wait for a thread."""

T = TypeVar("T")


class WorkerThread(Generic[T]):
    """Calls `process` with each item in order. After an error, the remaining items are dropped."""

    def __init__(self, process: Callable[[T], object]) -> None:
        self._process = process
        self._items: queue.Queue[tuple[T] | None] = queue.Queue(MAX_WAITING)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def put(self, item: T) -> None:
        """Queue an item; blocks while the queue is full. Raises the error of an earlier item."""
        if self._error is not None:
            raise self._error
        self._items.put((item,))

    def finish(self) -> BaseException | None:
        """Wait until all items are processed. Returns the error, if there was one."""
        self._items.put(None)
        self._thread.join()
        return self._error

    def _run(self) -> None:
        while (item := self._items.get()) is not None:
            if self._error is None:
                try:
                    self._process(item[0])
                except BaseException as error:
                    self._error = error
