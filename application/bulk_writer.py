"""Bulk rows on their way into the store: each block goes to two threads, so that both cores work.

One keeps the block as a chunk, one copies it into a table. What waits is bounded, so memory is too.
"""

import queue
import threading
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import Any, Generic, Self, TypeVar
from uuid import UUID

from psycopg import Connection

from application import chunks
from application.file_format import Block, Reject
from application.import_lines import Lines
from application.ports import Loader
from domain import exact_json
from domain.dataset.events import ChunkRef
from domain.errors import Fault, Invalid

WAITING = 2
"""Blocks that may wait for each thread."""

MOST_FAULTS = 20

T = TypeVar("T")


class Keeper:
    """Keeps chunks in a thread of its own, in one transaction: a keeper that dies leaves nothing.

    Chunks of one `kind` (rows, changes, lines, rejects) are listed in the order they came. A `dry_run` keeps
    nothing in the end.
    """

    def __init__(self, connection: "Connection[Any]", dataset_id: UUID, *, dry_run: bool = False) -> None:
        self.first_rejects: list[Reject] = []
        self.rejected = 0
        self._dry_run = dry_run
        self._connection = connection
        self._dataset_id = dataset_id
        self._refs: dict[str, list[ChunkRef]] = {}

    def __enter__(self) -> Self:
        self._transaction = self._connection.transaction(force_rollback=self._dry_run)
        self._transaction.__enter__()
        self._thread = _Thread(self._keep)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        failure = error or self._thread.finish()
        if error is not None:
            self._thread.finish()
        self._transaction.__exit__(
            type(failure) if failure else None, failure, failure.__traceback__ if failure else None
        )
        if failure is not None and error is None:
            raise failure

    def keep(self, kind: str, lines: bytes, count: int) -> None:
        """Keep `lines` (one JSON value a line) as a chunk; waits while the thread is behind."""
        self._thread.put((kind, lines, count))

    def keep_texts(self, kind: str, texts: Iterable[str]) -> None:
        for lines, count in chunks.blocks(iter(texts)):
            self.keep(kind, lines, count)

    def keep_rejects(self, rejects: Sequence[Reject]) -> None:
        if rejects:
            self.rejected += len(rejects)
            self.first_rejects += rejects[: MOST_FAULTS - len(self.first_rejects)]
            self.keep("rejects", *chunks.joined([_reject_row(reject) for reject in rejects]))

    def kept(self, kind: str) -> tuple[ChunkRef, ...]:
        """The chunks of a kind, once the block has ended."""
        return tuple(self._refs.get(kind, ()))

    def _keep(self, item: tuple[str, bytes, int]) -> None:
        kind, lines, count = item
        with self._connection.cursor() as cursor:
            self._refs.setdefault(kind, []).append(chunks.store(cursor, self._dataset_id, lines, count))


class BulkWriter:
    """Writes blocks until its `with` block ends; then all is written, or an error was raised.

    Rows are copied by the loader and, if `keeps_rows`, kept as chunks; rejects are kept as chunks, or, if it
    `aborts`, refused.
    """

    def __init__(self, loader: Loader, keeper: Keeper, *, keeps_rows: bool, aborts: bool = False) -> None:
        self.rows = 0
        self.lines = Lines()
        self._loader = loader
        self._keeper = keeper
        self._keeps_rows = keeps_rows
        self._aborts = aborts

    def __enter__(self) -> Self:
        self._copy = self._loader.__enter__()
        self._copier = _Thread(self._copy.write)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        late = self._copier.finish()
        failure = error or late
        self._loader.__exit__(type(failure) if failure else None, failure, failure.__traceback__ if failure else None)
        if failure is not None and error is None:
            raise failure

    def write(self, block: Block) -> None:
        """Take the block; waits while both threads are behind. Raises what went wrong in a thread, or Invalid."""
        self.lines.add(block.runs)
        if block.count:
            self.rows += block.count
            self._copier.put(block.lines)
            if self._keeps_rows:
                self._keeper.keep("rows", block.lines, block.count)
        if block.rejects:
            if self._aborts:
                raise aborted(block.rejects)
            self._keeper.keep_rejects(block.rejects)


def aborted(rejects: Sequence[Reject]) -> Invalid:
    """The refusal of a whole file because of its bad rows, as `on_error` = abort wants it."""
    first = rejects[0]
    faults = tuple(Fault(f"line {one.line}", one.code, one.detail) for one in rejects[:MOST_FAULTS])
    detail = f"Line {first.line} was refused ({first.code}): {first.detail}; with on_error = abort nothing comes in"
    return Invalid("rows-rejected", detail, faults)


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
    cells = list(reject.cells)
    return exact_json.dumps([reject.line, reject.column, reject.code, reject.detail, reject.raw, cells])
