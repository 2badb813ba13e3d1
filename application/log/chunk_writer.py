"""Writes chunks in a thread, so that the caller's core stays free."""

from collections.abc import Iterable
from types import TracebackType
from typing import Any, Self
from uuid import UUID

from psycopg import Connection

from application.log import chunks
from application.worker_thread import WorkerThread
from domain.dataset.events import ChunkRef


class ChunkWriter:
    """Stores chunks in a separate thread, in one transaction, so that a writer that dies leaves nothing.

    Chunks of one `kind` (rows, changes, lines, rejects) keep their order. A `dry_run` is rolled back at the end.
    """

    def __init__(self, connection: "Connection[Any]", dataset_id: UUID, *, dry_run: bool = False) -> None:
        self._dry_run = dry_run
        self._connection = connection
        self._dataset_id = dataset_id
        self._refs: dict[str, list[ChunkRef]] = {}

    def __enter__(self) -> Self:
        self._transaction = self._connection.transaction(force_rollback=self._dry_run)
        self._transaction.__enter__()
        self._thread = WorkerThread(self._store)
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

    def store(self, kind: str, lines: bytes, count: int) -> None:
        """Queue `lines` (one JSON value per line) as a chunk; blocks while the queue is full."""
        self._thread.put((kind, lines, count))

    def store_texts(self, kind: str, texts: Iterable[str]) -> None:
        for lines, count in chunks.split_into_blocks(iter(texts)):
            self.store(kind, lines, count)

    def list_refs(self, kind: str) -> tuple[ChunkRef, ...]:
        """The chunks of a kind, once the block has ended."""
        return tuple(self._refs.get(kind, ()))

    def _store(self, item: tuple[str, bytes, int]) -> None:
        kind, lines, count = item
        with self._connection.cursor() as cursor:
            self._refs.setdefault(kind, []).append(chunks.store(cursor, self._dataset_id, lines, count))
