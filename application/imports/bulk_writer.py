"""Bulk rows on their way into the store: each block goes to two threads, so that both cores work.

One stores the block as a chunk, one copies it into a table. What waits is bounded, so memory is too.
"""

from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self
from uuid import UUID

from psycopg import Connection

from application.imports.file_format import Block, Reject
from application.imports.source_lines import LineRuns
from application.log import chunks
from application.log.chunk_writer import ChunkWriter
from application.ports import Loader
from application.worker_thread import WorkerThread
from domain import exact_json
from domain.errors import Fault, Invalid

MAX_REJECT_FAULTS = 20


class ImportChunks(ChunkWriter):
    """The chunks of an import, its rejects among them: all are stored, the first are kept at hand."""

    def __init__(self, connection: "Connection[Any]", dataset_id: UUID, *, dry_run: bool = False) -> None:
        super().__init__(connection, dataset_id, dry_run=dry_run)
        self.first_rejects: list[Reject] = []
        self.rejected = 0

    def keep_rejects(self, rejects: Sequence[Reject]) -> None:
        if rejects:
            self.rejected += len(rejects)
            self.first_rejects += rejects[: MAX_REJECT_FAULTS - len(self.first_rejects)]
            self.keep("rejects", *chunks.join_lines([_encode_reject(reject) for reject in rejects]))


class BulkWriter:
    """Writes blocks until its `with` block ends; then all is written, or an error was raised.

    Rows are copied by the loader and, if `keeps_rows`, kept as chunks; rejects are kept as chunks, or, if it
    `aborts`, refused.
    """

    def __init__(self, loader: Loader, keeper: ImportChunks, *, keeps_rows: bool, aborts: bool = False) -> None:
        self.rows = 0
        self.lines = LineRuns()
        self._loader = loader
        self._keeper = keeper
        self._keeps_rows = keeps_rows
        self._aborts = aborts

    def __enter__(self) -> Self:
        self._copy = self._loader.__enter__()
        self._copier = WorkerThread(self._copy.write)
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
                raise rows_rejected_error(block.rejects)
            self._keeper.keep_rejects(block.rejects)


def rows_rejected_error(rejects: Sequence[Reject]) -> Invalid:
    """The refusal of a whole file because of its bad rows, as `on_error` = abort wants it."""
    first = rejects[0]
    faults = tuple(Fault(f"line {one.line}", one.code, one.detail) for one in rejects[:MAX_REJECT_FAULTS])
    detail = f"Line {first.line} was refused ({first.code}): {first.detail}; with on_error = abort nothing comes in"
    return Invalid("rows-rejected", detail, faults)


def _encode_reject(reject: Reject) -> str:
    cells = list(reject.cells)
    return exact_json.dumps([reject.line, reject.column, reject.code, reject.detail, reject.raw, cells])
