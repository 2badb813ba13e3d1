"""Bulk rows on their way into the store: each block goes to two threads, so that both cores work.

One keeps the block as a chunk, one copies it into the record table. What waits is bounded, so memory is too.
"""

import queue
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Generic, Protocol, Self, TypeVar
from uuid import UUID

from psycopg import Connection

from application import chunks
from application.file_format import Block, Reject
from domain import exact_json
from domain.dataset.events import ChunkRef

WAITING = 2
"""Blocks that may wait for each thread."""

T = TypeVar("T")


class Copy(Protocol):
    def write(self, data: bytes) -> None: ...


Loader = AbstractContextManager[Copy]


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: rows and rejects, and the chunks that hold them, in order."""

    rows: int
    rejected: int
    chunks: tuple[ChunkRef, ...]
    reject_chunks: tuple[ChunkRef, ...]


class BulkWriter:
    """Writes blocks until its `with` block ends; then all is written, or an error was raised."""

    def __init__(self, loader: Loader, keeping: "Connection[Any]", dataset_id: UUID) -> None:
        self.rows = 0
        self.rejected = 0
        self._loader = loader
        self._keeping = keeping
        self._dataset_id = dataset_id
        self._chunks: list[ChunkRef] = []
        self._rejects: list[ChunkRef] = []

    def __enter__(self) -> Self:
        self._copy = self._loader.__enter__()
        self._copier = _Thread(self._copy.write)
        self._keeper = _Thread(self._keep)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        failures = [thread.finish() for thread in (self._copier, self._keeper)]
        failure = error or next((failure for failure in failures if failure is not None), None)
        self._loader.__exit__(type(failure) if failure else None, failure, failure.__traceback__ if failure else None)
        if failure is not None and error is None:
            raise failure

    def write(self, block: Block) -> None:
        """Take the block; waits while both threads are behind. Raises what went wrong in a thread."""
        if block.count:
            self.rows += block.count
            self._copier.put(block.lines)
            self._keeper.put((self._chunks, block.lines, block.count))
        if block.rejects:
            self.rejected += len(block.rejects)
            lines, count = chunks.joined([_reject_row(reject) for reject in block.rejects])
            self._keeper.put((self._rejects, lines, count))

    def written(self) -> Written:
        return Written(self.rows, self.rejected, tuple(self._chunks), tuple(self._rejects))

    def _keep(self, item: tuple[list[ChunkRef], bytes, int]) -> None:
        refs, lines, count = item
        with self._keeping.cursor() as cursor:
            refs.append(chunks.store(cursor, self._dataset_id, lines, count))


class _Thread(Generic[T]):
    """Does one thing with each item put, in order; after an error it only lets the items pass."""

    def __init__(self, do: Callable[[T], object]) -> None:
        self._do = do
        self._items: queue.Queue[tuple[T] | None] = queue.Queue(WAITING)
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


def _reject_row(reject: Reject) -> str:
    return exact_json.dumps([reject.line, reject.column, reject.code, reject.detail, reject.raw])
