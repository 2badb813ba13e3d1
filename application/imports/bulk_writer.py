"""Writes bulk rows in two threads: one stores each block as a chunk, the other copies it into a table.

The number of waiting blocks is bounded, and so is the memory.
"""

from collections import Counter
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
    """The chunks of an import, including its rejects: all are stored, the first ones are also kept in memory.

    `reasons` counts the rejects by code and column; `examples` has the first of each.
    """

    def __init__(self, connection: "Connection[Any]", dataset_id: UUID, *, dry_run: bool = False) -> None:
        super().__init__(connection, dataset_id, dry_run=dry_run)
        self.first_rejects: list[Reject] = []
        self.rejected = 0
        self.reasons = Counter[tuple[str, str | None]]()
        self.examples: dict[tuple[str, str | None], Reject] = {}

    def store_rejects(self, rejects: Sequence[Reject]) -> None:
        """Store rejects as a chunk and count them."""
        if rejects:
            self.rejected += len(rejects)
            self.first_rejects += rejects[: MAX_REJECT_FAULTS - len(self.first_rejects)]
            for reject in rejects:
                self.reasons[reject.code, reject.column] += 1
                self.examples.setdefault((reject.code, reject.column), reject)
            self.store("rejects", *chunks.join_lines([_encode_reject(reject) for reject in rejects]))


class BulkWriter:
    """Writes blocks. At the end of its `with` block everything is written, or an error is raised.

    Rows are copied by the loader and, with `keeps_rows`, also stored as chunks. Rejects are stored as chunks, or
    refuse the file with `aborts`.
    """

    def __init__(
        self, loader: Loader, import_chunks: ImportChunks, *, keeps_rows: bool, aborts: bool = False
    ) -> None:
        self.rows = 0
        self.lines = LineRuns()
        self._loader = loader
        self._chunks = import_chunks
        self._keeps_rows = keeps_rows
        self._aborts = aborts

    def __enter__(self) -> Self:
        self._copy = self._loader.__enter__()
        self._copier = WorkerThread(self._copy.write)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        copy_error = self._copier.finish()
        failure = error or copy_error
        self._loader.__exit__(type(failure) if failure else None, failure, failure.__traceback__ if failure else None)
        if failure is not None and error is None:
            raise failure

    def write(self, block: Block) -> None:
        """Queue the block; blocks while both threads are busy. Raises the error of a thread, or Invalid."""
        self.lines.add(block.runs)
        if block.count:
            self.rows += block.count
            self._copier.put(block.lines)
            if self._keeps_rows:
                self._chunks.store("rows", block.lines, block.count)
        if block.rejects:
            if self._aborts:
                raise rows_rejected_error(block.rejects)
            self._chunks.store_rejects(block.rejects)


def rows_rejected_error(rejects: Sequence[Reject]) -> Invalid:
    """The refusal of a file because of rejected rows, with `on_error` = abort."""
    first = rejects[0]
    detail = (
        f"Line {first.line} was refused ({first.code}): {first.detail}; with on_error = abort no rows are imported"
    )
    return Invalid("rows-rejected", detail, _make_faults(rejects))


def no_row_accepted_error(import_chunks: ImportChunks) -> Invalid:
    """The refusal of a file all of whose rows were rejected, with the reason that fits most of them."""
    reason, count = import_chunks.reasons.most_common(1)[0]
    example = import_chunks.examples[reason]
    share = "for the same reason" if count == import_chunks.rejected else f"{count:,} of them for the same reason"
    detail = (
        f"None of the {import_chunks.rejected:,} rows was accepted, {share} ({example.code}), for instance line"
        f" {example.line}: {example.detail}"
    )
    return Invalid("no-row-accepted", detail, _make_faults(import_chunks.first_rejects))


def _make_faults(rejects: Sequence[Reject]) -> tuple[Fault, ...]:
    return tuple(Fault(f"line {one.line}", one.code, one.detail) for one in rejects[:MAX_REJECT_FAULTS])


def _encode_reject(reject: Reject) -> str:
    cells = list(reject.cells)
    return exact_json.dumps([reject.line, reject.column, reject.code, reject.detail, reject.raw, cells])
