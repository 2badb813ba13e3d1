"""Shadow read models: the read models of one stream, built next to the live ones from its events and chunks.

Records are written to a table next to the live one. The fixed tables are shadowed by temporary tables of the same
names, which the session finds first.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Protocol
from uuid import UUID

from psycopg import Connection, Cursor
from psycopg.sql import SQL, Composed, Identifier

from domain.dataset.aggregate import DATASET
from domain.dataset.events import summarize
from domain.errors import NotFound
from domain.recorded_event import RecordedEvent
from projections.indexes import rebuild_lock
from projections.models.datasets import heads
from projections.models.read_model import ProjectionContext, ReadChunk, ReadModel
from projections.models.registry import READ_MODELS, stream_models
from projections.sql import record_tables
from projections.sql.record_tables import RecordTable

PAGE_EVENTS = 1_000

LOCK_RETRY_SECONDS = 0.05

Connect = Callable[[], "AbstractContextManager[Connection[Any]]"]
ReadStream = Callable[[UUID, int], Iterator[RecordedEvent[object]]]
"""A stream's events above a version, in order."""

ReportProgress = Callable[[int], None]
"""Called with the number of record changes applied so far."""

_LOCK_STREAM = "SELECT lock_streams(%s::uuid[])"
"""Writers of a dataset wait for the lock of its head, writers of other streams for this lock."""


class LogToFollow(Protocol):
    """The log as followers read it, and their positions in it."""

    def read(self, after: int, until: int | None) -> Sequence[RecordedEvent[object]]:
        """The next events above a position, in order; empty at the end. Raises an error for an unreadable event."""

    def lock_position(self, cursor: "Cursor[Any]", name: str) -> int:
        """Read a follower's position and lock it until the transaction ends."""

    def set_position(self, cursor: "Cursor[Any]", name: str, position: int) -> None: ...


@dataclass(frozen=True, slots=True)
class RebuildSource:
    """The sources of a rebuild: connections, the streams of the log, the whole log, and the chunks."""

    connect: Connect
    stream: ReadStream
    read_chunk: ReadChunk
    log: LogToFollow
    models: tuple[ReadModel, ...] = field(default=READ_MODELS)


class ShadowModels:
    """A stream's read models, built next to the live ones up to `version`."""

    def __init__(
        self,
        source: RebuildSource,
        connection: "Connection[Any]",
        stream_id: UUID,
        models: tuple[ReadModel, ...],
        watch: ReportProgress,
    ) -> None:
        self.connection = connection
        self.stream_id = stream_id
        self.models = models
        self.table = RecordTable(f"{stream_id} rebuilt")
        self.version = 0
        self.changes = 0
        self._source = source
        self._context = ProjectionContext(source.read_chunk, lambda _: self.table)
        self._watch = watch

    @property
    def has_record_table(self) -> bool:
        return any(model.has_record_tables for model in self.models)

    @property
    def fixed_tables(self) -> list[tuple[str, str]]:
        """The names of the fixed tables, each with the column that contains the stream's id."""
        return [(table, model.stream_column) for model in self.models for table in model.tables]

    def follow(self) -> int:
        """Apply the new events, page by page, and return their number."""
        number = 0
        events = self._source.stream(self.stream_id, self.version)
        while page := list(islice(events, PAGE_EVENTS)):
            with self.connection.transaction(), self.connection.cursor() as cursor:
                self._apply(cursor, page)
            self._advance(page)
            number += len(page)
        return number

    def catch_up(self, cursor: "Cursor[Any]") -> None:
        """Apply the last events in the cursor's transaction, which blocks the stream's writers."""
        heads.lock_live_head(cursor, self.stream_id)
        cursor.execute(_LOCK_STREAM, [[self.stream_id]])
        last = list(self._source.stream(self.stream_id, self.version))
        self._apply(cursor, last)
        self._advance(last)

    def create(self) -> None:
        """Create the empty tables."""
        for name, _ in self.fixed_tables:
            self.connection.execute(fill_name("CREATE TEMPORARY TABLE {0} (LIKE public.{0} INCLUDING ALL)", name))
        if self.has_record_table:
            with self.connection.cursor() as cursor:
                record_tables.drop(cursor, self.table)

    def drop(self) -> None:
        with self.connection.cursor() as cursor:
            if self.has_record_table:
                record_tables.drop(cursor, self.table)
            for name, _ in self.fixed_tables:
                cursor.execute(fill_name("DROP TABLE IF EXISTS pg_temp.{}", name))

    def _apply(self, cursor: "Cursor[Any]", page: Sequence[RecordedEvent[object]]) -> None:
        for model in self.models:
            model.apply(cursor, page, self._context)

    def _advance(self, page: Sequence[RecordedEvent[object]]) -> None:
        if page:
            self.version = page[-1].version
            self.changes += sum(_count_changes(one.event) for one in page)
            self._watch(self.changes)


@contextmanager
def open_shadow_models(source: RebuildSource, stream_id: UUID, watch: ReportProgress) -> Iterator[ShadowModels]:
    """Read models next to the live ones, dropped when the block ends. Only one process per stream builds them.

    Raises NotFound for a stream without events.
    """
    first = next(source.stream(stream_id, 0), None)
    if first is None:
        raise NotFound("dataset-not-found", f"There is no dataset {stream_id} in the log")
    with source.connect() as connection:
        _acquire_lock(connection, stream_id)
        shadow = ShadowModels(source, connection, stream_id, stream_models(source.models, first.event), watch)
        try:
            shadow.create()
            yield shadow
        finally:
            if not connection.closed:
                shadow.drop()
                rebuild_lock.release(connection, stream_id)


def fill_name(statement: str, name: str) -> Composed:
    return SQL(statement).format(Identifier(name))


def _acquire_lock(connection: "Connection[Any]", stream_id: UUID) -> None:
    """Poll for the lock: a statement that waits would hold a snapshot, and index builds would wait for it."""
    while not rebuild_lock.try_acquire(connection, stream_id):
        time.sleep(LOCK_RETRY_SECONDS)


def _count_changes(event: object) -> int:
    """The number of records that an event of a dataset changed; 1 for an event of another aggregate."""
    if not DATASET.owns(event):
        return 1
    counts = summarize(event)
    return counts.added + counts.changed + counts.removed
