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

from domain.dataset.events import RecordedEvent, summarize
from domain.errors import NotFound
from projections.indexes import rebuilt_copies
from projections.models import datasets, imports, records, versions
from projections.models.records import ReadChunk
from projections.sql import record_tables
from projections.sql.record_tables import RecordTable, table_of

PAGE_EVENTS = 1_000
MAX_EVENTS_AT_SWAP = 100
"""Events that may be left for the swap: writers of the dataset wait for them."""

MAX_SWAP_ATTEMPTS = 30

LOCK_RETRY_SECONDS = 0.05

FIXED_TABLES = ("datasets", "versions", "imports", "rejects")

Connect = Callable[[], "AbstractContextManager[Connection[Any]]"]
ReadStream = Callable[[UUID, int], Iterator[RecordedEvent]]
"""A dataset's events above a version, in order."""

ReportProgress = Callable[[int], None]
"""Told how many record changes have been applied."""


@dataclass(frozen=True, slots=True)
class RebuildSource:
    """Where read models come from: connections, the streams of the log, and the chunks."""

    connect: Connect
    stream: ReadStream
    read_chunk: ReadChunk


@dataclass(frozen=True, slots=True)
class RebuildReport:
    """A rebuilt dataset: the version reached, the record changes applied and the seconds it took."""

    dataset_id: UUID
    version: int
    changes: int
    seconds: float


class ShadowModels:
    """A dataset's read models, built beside the live ones as far as `version`."""

    def __init__(
        self, source: RebuildSource, connection: "Connection[Any]", dataset_id: UUID, watch: ReportProgress
    ) -> None:
        self.connection = connection
        self.dataset_id = dataset_id
        self.table = RecordTable(f"{dataset_id} rebuilt")
        self.version = 0
        self.changes = 0
        self._source = source
        self._watch = watch

    def follow(self) -> int:
        """Apply the events that are there, page by page; how many there were."""
        number = 0
        events = self._source.stream(self.dataset_id, self.version)
        while page := list(islice(events, PAGE_EVENTS)):
            with self.connection.transaction(), self.connection.cursor() as cursor:
                self.apply(cursor, page)
            self.reached(page)
            number += len(page)
        return number

    def waiting(self) -> list[RecordedEvent]:
        """The events that have come since."""
        return list(self._source.stream(self.dataset_id, self.version))

    def apply(self, cursor: "Cursor[Any]", page: Sequence[RecordedEvent]) -> None:
        records.project(cursor, self.table, page, self._source.read_chunk)
        definitions = datasets.project(cursor, page)
        versions.project(cursor, page, definitions)
        imports.project(cursor, page, self._source.read_chunk)

    def reached(self, page: Sequence[RecordedEvent]) -> None:
        if page:
            self.version = page[-1].version
            self.changes += sum(_count_changes(one) for one in page)
            self._watch(self.changes)


@contextmanager
def open_shadow_models(source: RebuildSource, dataset_id: UUID, watch: ReportProgress) -> Iterator[ShadowModels]:
    """Read models beside the live ones; one builder a dataset at a time, and nothing is left when it ends."""
    with source.connect() as connection:
        _acquire_lock(connection, dataset_id)
        beside = ShadowModels(source, connection, dataset_id, watch)
        try:
            for name in FIXED_TABLES:
                shadow = SQL("CREATE TEMPORARY TABLE {0} (LIKE public.{0} INCLUDING ALL)")
                connection.execute(shadow.format(Identifier(name)))
            with connection.cursor() as cursor:
                record_tables.drop(cursor, beside.table)
            yield beside
        finally:
            _drop_shadow_models(beside)


def rebuild(source: RebuildSource, dataset_id: UUID, watch: ReportProgress = lambda changes: None) -> RebuildReport:
    """Build the dataset's read models anew and put them in place of the live ones.

    Raises NotFound for a dataset without events, and whatever names the first event that cannot be applied.
    """
    begun = time.monotonic()
    with open_shadow_models(source, dataset_id, watch) as beside:
        while beside.follow() > MAX_EVENTS_AT_SWAP:
            pass
        if beside.version == 0:
            raise NotFound("dataset-not-found", f"There is no dataset {dataset_id} in the log")
        rebuilt_copies.build_indexes(beside.connection, dataset_id, beside.table)
        for number in range(MAX_SWAP_ATTEMPTS):
            try:
                _swap(beside)
                break
            except errors.LockNotAvailable:
                if number == MAX_SWAP_ATTEMPTS - 1:
                    raise
                beside.follow()
        return RebuildReport(dataset_id, beside.version, beside.changes, time.monotonic() - begun)


def _acquire_lock(connection: "Connection[Any]", dataset_id: UUID) -> None:
    """Wait for the lock without a statement under way: whoever builds an index would wait for its snapshot."""
    lock = "SELECT pg_try_advisory_lock(hashtextextended('rebuild ' || %s, 0))"
    while connection.execute(lock, [str(dataset_id)]).fetchone() != (True,):
        time.sleep(LOCK_RETRY_SECONDS)


def _swap(beside: ShadowModels) -> None:
    """Apply the last events and take the live tables' place, while the dataset's writers wait."""
    with beside.connection.transaction(), beside.connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '2s'")
        cursor.execute("SELECT FROM public.datasets WHERE dataset_id = %s FOR UPDATE", [beside.dataset_id])
        last = beside.waiting()
        beside.apply(cursor, last)
        live = table_of(beside.dataset_id)
        record_tables.drop(cursor, live)
        record_tables.rename(cursor, beside.table, live)
        rebuilt_copies.rename_indexes(cursor, beside.dataset_id, beside.table, live)
        for name in FIXED_TABLES[1:]:
            cursor.execute(
                _format_for_table(name, "DELETE FROM public.{} WHERE dataset_id = %s"), [beside.dataset_id]
            )
            cursor.execute(_format_for_table(name, "INSERT INTO public.{0} SELECT * FROM pg_temp.{0}"))
        cursor.execute(_REPLACE_HEAD)
    beside.reached(last)


_REPLACE_HEAD = """
INSERT INTO public.datasets SELECT * FROM pg_temp.datasets
ON CONFLICT (dataset_id) DO UPDATE SET
    workspace = excluded.workspace, slug = excluded.slug, owner = excluded.owner, version = excluded.version,
    definition = excluded.definition, definition_version = excluded.definition_version,
    next_id = excluded.next_id, records = excluded.records, created_at = excluded.created_at,
    updated_at = excluded.updated_at, deleted_at = excluded.deleted_at
"""


def _drop_shadow_models(beside: ShadowModels) -> None:
    connection = beside.connection
    if connection.closed:
        return
    with connection.cursor() as cursor:
        record_tables.drop(cursor, beside.table)
        for name in FIXED_TABLES:
            cursor.execute(_format_for_table(name, "DROP TABLE IF EXISTS pg_temp.{}"))
    connection.execute("SELECT pg_advisory_unlock(hashtextextended('rebuild ' || %s, 0))", [str(beside.dataset_id)])


def _format_for_table(table: str, statement: str) -> Composed:
    return SQL(statement).format(Identifier(table))


def _count_changes(one: RecordedEvent) -> int:
    counts = summarize(one.event)
    return counts.added + counts.changed + counts.removed
