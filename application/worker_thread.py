"""A thread that handles items one after the other, with a bounded queue before it."""

import queue
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

MAX_WAITING = 2
"""Items that may wait for a thread."""

T = TypeVar("T")


class WorkerThread(Generic[T]):
    """Calls `do` with each item in order; after an error the remaining items are dropped."""

    def __init__(self, do: Callable[[T], object]) -> None:
        self._do = do
        self._items: queue.Queue[tuple[T] | None] = queue.Queue(MAX_WAITING)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def put(self, item: T) -> None:
        if self._error is not None:
            raise self._error
        self._items.put((item,))

    def finish(self) -> BaseException | None:
        """Wait until all is done; the error, if there was one."""
        self._items.put(None)
        self._thread.join()
        return self._error

    def _run(self) -> None:
        while (item := self._items.get()) is not None:
            if self._error is None:
                try:
                    self._do(item[0])
                except BaseException as error:
                    self._error = error
