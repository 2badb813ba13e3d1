"""Rebuild a dataset's read models from its events and chunks: beside the live ones, then swap.

The same projection functions run as on append. Records go into a table beside the live one; the fixed tables
are shadowed by temporary tables of the same names, which the session finds first. Readers and writers go on
until the swap, a short transaction under the lock of the dataset's head.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from psycopg import Connection, Cursor, errors
from psycopg.sql import SQL, Composed, Identifier

from domain.dataset.events import Recorded, summary
from domain.errors import NotFound
from projections.indexes import rebuilt_copies
from projections.models import datasets, imports, records, versions
from projections.models.records import ReadChunk
from projections.sql import record_tables
from projections.sql.record_tables import Table, table_of

PAGE = 1_000
FEW = 100
"""Events that may be left for the swap: writers of the dataset wait for them."""

SWAP_TRIES = 30

PAUSE = 0.05

FIXED = ("datasets", "versions", "imports", "rejects")

Connect = Callable[[], "AbstractContextManager[Connection[Any]]"]
Stream = Callable[[UUID, int], Iterator[Recorded]]
"""A dataset's events above a version, in order."""

Watch = Callable[[int], None]
"""Told how many record changes have been applied."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where read models come from: connections, the streams of the log, and the chunks."""

    connect: Connect
    stream: Stream
    read_chunk: ReadChunk


@dataclass(frozen=True, slots=True)
class Report:
    """A rebuilt dataset: the version reached, the record changes applied and the seconds it took."""

    dataset_id: UUID
    version: int
    changes: int
    seconds: float


class Beside:
    """A dataset's read models, built beside the live ones as far as `version`."""

    def __init__(self, source: Source, connection: "Connection[Any]", dataset_id: UUID, watch: Watch) -> None:
        self.connection = connection
        self.dataset_id = dataset_id
        self.table = Table(f"{dataset_id} rebuilt")
        self.version = 0
        self.changes = 0
        self._source = source
        self._watch = watch

    def follow(self) -> int:
        """Apply the events that are there, page by page; how many there were."""
        number = 0
        events = self._source.stream(self.dataset_id, self.version)
        while page := list(islice(events, PAGE)):
            with self.connection.transaction(), self.connection.cursor() as cursor:
                self.apply(cursor, page)
            self.reached(page)
            number += len(page)
        return number

    def waiting(self) -> list[Recorded]:
        """The events that have come since."""
        return list(self._source.stream(self.dataset_id, self.version))

    def apply(self, cursor: "Cursor[Any]", page: Sequence[Recorded]) -> None:
        records.project(cursor, self.table, page, self._source.read_chunk)
        definitions = datasets.project(cursor, page)
        versions.project(cursor, page, definitions)
        imports.project(cursor, page, self._source.read_chunk)

    def reached(self, page: Sequence[Recorded]) -> None:
        if page:
            self.version = page[-1].version
            self.changes += sum(_size(one) for one in page)
            self._watch(self.changes)


@contextmanager
def building(source: Source, dataset_id: UUID, watch: Watch) -> Iterator[Beside]:
    """Read models beside the live ones; one builder a dataset at a time, and nothing is left when it ends."""
    with source.connect() as connection:
        _take(connection, dataset_id)
        beside = Beside(source, connection, dataset_id, watch)
        try:
            for name in FIXED:
                shadow = SQL("CREATE TEMPORARY TABLE {0} (LIKE public.{0} INCLUDING ALL)")
                connection.execute(shadow.format(Identifier(name)))
            with connection.cursor() as cursor:
                record_tables.drop(cursor, beside.table)
            yield beside
        finally:
            _clean(beside)


def rebuild(source: Source, dataset_id: UUID, watch: Watch = lambda changes: None) -> Report:
    """Build the dataset's read models anew and put them in place of the live ones.

    Raises NotFound for a dataset without events, and whatever names the first event that cannot be applied.
    """
    begun = time.monotonic()
    with building(source, dataset_id, watch) as beside:
        while beside.follow() > FEW:
            pass
        if beside.version == 0:
            raise NotFound("dataset-not-found", f"There is no dataset {dataset_id} in the log")
        rebuilt_copies.build(beside.connection, dataset_id, beside.table)
        for number in range(SWAP_TRIES):
            try:
                _swap(beside)
                break
            except errors.LockNotAvailable:
                if number == SWAP_TRIES - 1:
                    raise
                beside.follow()
        return Report(dataset_id, beside.version, beside.changes, time.monotonic() - begun)


def _take(connection: "Connection[Any]", dataset_id: UUID) -> None:
    """Wait for the lock without a statement under way: whoever builds an index would wait for its snapshot."""
    lock = "SELECT pg_try_advisory_lock(hashtextextended('rebuild ' || %s, 0))"
    while connection.execute(lock, [str(dataset_id)]).fetchone() != (True,):
        time.sleep(PAUSE)


def _swap(beside: Beside) -> None:
    """Apply the last events and take the live tables' place, while the dataset's writers wait."""
    with beside.connection.transaction(), beside.connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '2s'")
        cursor.execute("SELECT FROM public.datasets WHERE dataset_id = %s FOR UPDATE", [beside.dataset_id])
        last = beside.waiting()
        beside.apply(cursor, last)
        live = table_of(beside.dataset_id)
        record_tables.drop(cursor, live)
        record_tables.rename(cursor, beside.table, live)
        rebuilt_copies.rename(cursor, beside.dataset_id, beside.table, live)
        for name in FIXED[1:]:
            cursor.execute(_on(name, "DELETE FROM public.{} WHERE dataset_id = %s"), [beside.dataset_id])
            cursor.execute(_on(name, "INSERT INTO public.{0} SELECT * FROM pg_temp.{0}"))
        cursor.execute(_TAKE_HEAD)
    beside.reached(last)


_TAKE_HEAD = """
INSERT INTO public.datasets SELECT * FROM pg_temp.datasets
ON CONFLICT (dataset_id) DO UPDATE SET
    workspace = excluded.workspace, slug = excluded.slug, owner = excluded.owner, version = excluded.version,
    definition = excluded.definition, definition_version = excluded.definition_version,
    next_id = excluded.next_id, records = excluded.records, created_at = excluded.created_at,
    updated_at = excluded.updated_at, deleted_at = excluded.deleted_at
"""


def _clean(beside: Beside) -> None:
    connection = beside.connection
    if connection.closed:
        return
    with connection.cursor() as cursor:
        record_tables.drop(cursor, beside.table)
        for name in FIXED:
            cursor.execute(_on(name, "DROP TABLE IF EXISTS pg_temp.{}"))
    connection.execute("SELECT pg_advisory_unlock(hashtextextended('rebuild ' || %s, 0))", [str(beside.dataset_id)])


def _on(table: str, statement: str) -> Composed:
    return SQL(statement).format(Identifier(table))


def _size(one: Recorded) -> int:
    counts = summary(one.event)
    return counts.added + counts.changed + counts.removed
