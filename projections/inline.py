"""Implements the write side's ports with the read models that change in the transaction that appends."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Copy, Cursor
from psycopg.sql import SQL, Identifier

from domain.dataset.state import Record
from domain.file_merge import MergeCounts, MergeLayout
from domain.recorded_event import RecordedEvent
from domain.schema import Definition, Values
from projections.changes import file_merge, key_times, near_keys, version_differences
from projections.indexes import catalog
from projections.models import imports, record_keys, records, versions
from projections.models.datasets import dataset_reads, heads
from projections.models.datasets.heads import LockedHead
from projections.models.read_model import FollowsLog, ProjectionContext, ReadChunk, ReadModel
from projections.models.registry import READ_MODELS, inline_models
from projections.sql import record_tables
from projections.sql.record_tables import table_of

_DELETE_STREAM = SQL("DELETE FROM {table} WHERE {stream} = %s")

_WAIT_FOR_FOLLOWER = SQL("LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")
"""Waits for a follower that is applying events of the dataset; one that starts later finds the dataset purged."""


class InlineReadModels:
    """The registry's inline read models. `read_chunk` reads bulk rows over a separate connection."""

    def __init__(self, read_chunk: ReadChunk, models: tuple[ReadModel, ...] = READ_MODELS) -> None:
        self.read_chunk = read_chunk
        self._models = models
        self._context = ProjectionContext(read_chunk)
        self._on_decision = inline_models(models, on_decision=True)
        self._on_append = inline_models(models, on_decision=False)

    def lock_heads(self, cursor: "Cursor[Any]", ids: Sequence[UUID]) -> Mapping[UUID, LockedHead]:
        return heads.lock_heads(cursor, ids)

    def read_clock(self, cursor: "Cursor[Any]") -> datetime:
        row = cursor.execute("SELECT clock_timestamp()").fetchone()
        assert row is not None
        now: datetime = row[0]
        return now

    def find_records(self, cursor: "Cursor[Any]", dataset_id: UUID, ids: Sequence[int]) -> Mapping[int, Record]:
        return records.read_current(cursor, table_of(dataset_id), ids)

    def find_holders(
        self, cursor: "Cursor[Any]", dataset_id: UUID, positions: Sequence[int], wanted: Sequence[Values]
    ) -> Mapping[int, int]:
        return record_keys.find_holders(cursor, table_of(dataset_id), positions, wanted)

    def find_records_by_key(
        self, cursor: "Cursor[Any]", dataset_id: UUID, positions: Sequence[int], keys: Sequence[Values]
    ) -> Mapping[int, Record]:
        return record_keys.read_by_keys(cursor, table_of(dataset_id), positions, keys)

    def project_decided(self, cursor: "Cursor[Any]", decided: Sequence[RecordedEvent[object]]) -> None:
        for model in self._on_decision:
            model.apply(cursor, decided, self._context)

    def project_appended(self, cursor: "Cursor[Any]", appended: Sequence[RecordedEvent[object]]) -> None:
        for model in self._on_append:
            model.apply(cursor, appended, self._context)

    def is_deleted(self, cursor: "Cursor[Any]", dataset_id: UUID) -> bool:
        return dataset_reads.is_deleted(cursor, dataset_id)

    def lock_deleted(self, cursor: "Cursor[Any]", dataset_id: UUID) -> bool | None:
        return dataset_reads.lock_deleted(cursor, dataset_id)

    def find_source_hashes(self, cursor: "Cursor[Any]", dataset_id: UUID) -> Sequence[str]:
        return imports.read_source_hashes(cursor, dataset_id)

    def has_source(self, cursor: "Cursor[Any]", sha256: str) -> bool:
        return imports.has_source(cursor, sha256)

    def purge(self, cursor: "Cursor[Any]", dataset_id: UUID) -> None:
        for model in self._models:
            for table in model.tables:
                names = {"table": Identifier(table), "stream": Identifier(model.stream_column)}
                if isinstance(model.runs, FollowsLog):
                    cursor.execute(_WAIT_FOR_FOLLOWER.format(**names))
                cursor.execute(_DELETE_STREAM.format(**names), [dataset_id])
        catalog.forget(cursor, dataset_id)
        record_tables.drop(cursor, table_of(dataset_id))

    def find_definition(self, cursor: "Cursor[Any]", dataset_id: UUID, version: int) -> Definition | None:
        return versions.find_definition(cursor, dataset_id, version)

    def find_differences(
        self, cursor: "Cursor[Any]", dataset_id: UUID, head: int, to: int
    ) -> Iterator[tuple[int, str | None, bool]]:
        return version_differences.between(cursor, table_of(dataset_id), head, to)


class SqlFileMerge:
    """Merges files into record tables; see `projections/changes/file_merge.py`."""

    receive_rows = staticmethod(file_merge.receive_rows)
    reject_rows_without_value = staticmethod(file_merge.reject_rows_without_value)
    reject_repeated_rows = staticmethod(file_merge.reject_repeated_rows)
    read_new_rows = staticmethod(file_merge.read_new_rows)
    read_changed_rows = staticmethod(file_merge.read_changed_rows)

    def arrange_columns(self, cursor: "Cursor[Any]", layout: MergeLayout) -> None:
        file_merge.arrange_columns(cursor, layout)

    def align_key_times(self, cursor: "Cursor[Any]", dataset_id: UUID, definition: Definition) -> None:
        key_times.align_key_times(cursor, table_of(dataset_id), definition)

    def reject_taken_rows(
        self, cursor: "Cursor[Any]", dataset_id: UUID, positions: Sequence[int], key: Sequence[int], limit: int
    ) -> Sequence[tuple[int, str]]:
        return file_merge.reject_taken_rows(cursor, table_of(dataset_id), positions, key, limit)

    def plan(
        self, cursor: "Cursor[Any]", dataset_id: UUID, definition: Definition, layout: MergeLayout, mode: str
    ) -> MergeCounts:
        return file_merge.plan(cursor, table_of(dataset_id), definition, layout, mode)

    def find_near_keys(
        self, cursor: "Cursor[Any]", dataset_id: UUID, definition: Definition, limit: int
    ) -> tuple[str, Sequence[tuple[int, str, str]]]:
        return near_keys.find_near_keys(cursor, table_of(dataset_id), definition, limit)

    def apply(self, cursor: "Cursor[Any]", dataset_id: UUID, version: int, first_id: int) -> None:
        file_merge.apply(cursor, table_of(dataset_id), version, first_id)


class SqlRecordTables:
    """The record tables of datasets that an import creates."""

    def prepare(self, cursor: "Cursor[Any]", dataset_id: UUID) -> None:
        record_tables.create(cursor, table_of(dataset_id))

    def load(self, cursor: "Cursor[Any]", dataset_id: UUID) -> "AbstractContextManager[Copy]":
        return record_tables.load_rows(cursor, table_of(dataset_id), 1, 1)

    def finish(self, cursor: "Cursor[Any]", dataset_id: UUID, definition: Definition) -> None:
        record_tables.finish(cursor, table_of(dataset_id), definition)

    def discard(self, cursor: "Cursor[Any]", dataset_id: UUID) -> None:
        record_tables.drop(cursor, table_of(dataset_id))
