"""The interfaces of the read models that the write side uses; `interfaces/services/wiring.py` connects them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from psycopg import Cursor

from domain.columns import Value
from domain.dataset.state import DatasetState, Record
from domain.file_merge import MergeCounts, MergeLayout
from domain.recorded_event import RecordedEvent
from domain.schema import Definition, Values


class RowCopy(Protocol):
    """Receives the rows of a table: JSON arrays, one per line."""

    def write(self, data: bytes) -> None: ...


Loader = AbstractContextManager[RowCopy]

LockedHead = tuple[DatasetState, bool, datetime]
"""A dataset's newest state, whether a bulk change holds its writer lease, and the database's clock (never before
the last event). The head's row is locked until the transaction ends."""

Difference = tuple[int, str | None, bool]
"""A record that differs from an older version: its id, its values in that version as JSON (None: it did not exist),
and whether it exists now."""


class ReadModels(Protocol):
    """The projections that change in the transaction that appends."""

    def lock_heads(self, cursor: "Cursor[Any]", ids: Sequence[UUID]) -> Mapping[UUID, LockedHead]:
        """Lock and read the heads of the datasets that exist."""

    def read_clock(self, cursor: "Cursor[Any]") -> datetime:
        """The database's time."""

    def find_records(self, cursor: "Cursor[Any]", dataset_id: UUID, ids: Sequence[int]) -> Mapping[int, Record]:
        """The current records among `ids`."""

    def find_holders(
        self, cursor: "Cursor[Any]", dataset_id: UUID, positions: Sequence[int], wanted: Sequence[Values]
    ) -> Mapping[int, int]:
        """The current records that have one of the `wanted` values at `positions`: index in `wanted` → record id."""

    def find_records_by_key(
        self, cursor: "Cursor[Any]", dataset_id: UUID, positions: Sequence[int], keys: Sequence[Values]
    ) -> Mapping[int, Record]:
        """The current records that have one of the `keys` at `positions`."""

    def project_decided(self, cursor: "Cursor[Any]", decided: Sequence[RecordedEvent[object]]) -> None:
        """Apply these events, which have no position yet, to the record tables."""

    def project_appended(self, cursor: "Cursor[Any]", appended: Sequence[RecordedEvent[object]]) -> None:
        """Apply these events to the other inline read models."""

    def is_deleted(self, cursor: "Cursor[Any]", dataset_id: UUID) -> bool:
        """Whether the dataset exists but was deleted."""

    def lock_deleted(self, cursor: "Cursor[Any]", dataset_id: UUID) -> bool | None:
        """Whether the dataset was deleted; None: it does not exist. Its head is locked until the transaction ends."""

    def find_source_hashes(self, cursor: "Cursor[Any]", dataset_id: UUID) -> Sequence[str]:
        """The SHA-256 (hex) of the source files of the dataset's imports."""

    def has_source(self, cursor: "Cursor[Any]", sha256: str) -> bool:
        """Whether any import of any dataset has this source file."""

    def purge(self, cursor: "Cursor[Any]", dataset_id: UUID) -> None:
        """Remove the dataset from all read models."""

    def find_definition(self, cursor: "Cursor[Any]", dataset_id: UUID, version: int) -> Definition | None:
        """The dataset's definition as of a version; None if there is no such version."""

    def find_differences(self, cursor: "Cursor[Any]", dataset_id: UUID, head: int, to: int) -> Iterator[Difference]:
        """The records that must change for version `head` to equal version `to`, by id."""


StagedRow = tuple[int, str]
"""A received row: its number, from 0, and its values as JSON in the dataset's columns."""


NearKey = tuple[int, str, str]
"""A new row, its key in the file, and the key of a record that differs from it by leading zeros only."""


class RowMerger(Protocol):
    """Compares a file's rows with a dataset's current records and writes what differs, in one transaction."""

    def receive_rows(self, cursor: "Cursor[Any]") -> Loader:
        """A bulk copy for rows with the file's columns. They are numbered in the order received."""

    def arrange_columns(self, cursor: "Cursor[Any]", layout: MergeLayout) -> None:
        """Move the values of the rows to the dataset's positions."""

    def align_key_times(self, cursor: "Cursor[Any]", dataset_id: UUID, definition: Definition) -> None:
        """Write the times in the rows' keys as the current records that have the same instants write them."""

    def reject_rows_without_value(self, cursor: "Cursor[Any]", position: int, limit: int) -> Sequence[StagedRow]:
        """Remove the rows that have null at `position` and return up to `limit` + 1 of them."""

    def reject_repeated_rows(
        self, cursor: "Cursor[Any]", positions: Sequence[int], limit: int
    ) -> Sequence[StagedRow]:
        """Remove the rows whose values at `positions` also occur in an earlier row."""

    def reject_taken_rows(
        self, cursor: "Cursor[Any]", dataset_id: UUID, positions: Sequence[int], key: Sequence[int], limit: int
    ) -> Sequence[StagedRow]:
        """Remove the rows whose values at `positions` belong to a current record with another `key`."""

    def plan(
        self, cursor: "Cursor[Any]", dataset_id: UUID, definition: Definition, layout: MergeLayout, mode: str
    ) -> MergeCounts:
        """Find the new, changed and removed records; `mode` is append, upsert or replace."""

    def find_near_keys(
        self, cursor: "Cursor[Any]", dataset_id: UUID, definition: Definition, limit: int
    ) -> tuple[str, Sequence[NearKey]]:
        """The name of a key column, and up to `limit` new records whose key there is nearly an existing one."""

    def apply(self, cursor: "Cursor[Any]", dataset_id: UUID, version: int, first_id: int) -> None:
        """Write the plan as rows of `version`."""

    def read_new_rows(self, cursor: "Cursor[Any]") -> Iterator[StagedRow]:
        """The planned new records, by id."""

    def read_changed_rows(self, cursor: "Cursor[Any]") -> Iterator[tuple[int, str | None, int | None]]:
        """The planned changes and removals, by id: the id, the values as JSON (None: removed), and the row."""


class PlannedChanges(Protocol):
    """The planned changes of records, used in the transaction that planned them."""

    def read_rows(self, cursor: "Cursor[Any]") -> Sequence[tuple[int, str | None]]:
        """The planned records by id: the id and the values as JSON (None: removed)."""

    def read_blocks(self, cursor: "Cursor[Any]") -> Iterator[tuple[bytes, int]]:
        """The planned records as lines `[id, values or null]`: blocks and their numbers of lines."""

    def apply(self, cursor: "Cursor[Any]", dataset_id: UUID, version: int) -> None:
        """Write the plan as rows of `version`."""


class FilteredRecords(PlannedChanges, Protocol):
    """The current records that match a filter, and one change of all of them; used in one transaction."""

    def plan(
        self, cursor: "Cursor[Any]", dataset_id: UUID, definition: Definition, patch: Mapping[int, Value] | None
    ) -> int:
        """Plan the new values of the records and return how many would change.

        `patch`: position → value; None removes the records. Raises BadRequest for a filter that does not fit the
        columns.
        """

    def find_duplicate(
        self, cursor: "Cursor[Any]", dataset_id: UUID, positions: Sequence[int]
    ) -> tuple[int, int] | None:
        """Two records that would have the same values at `positions`, none of which is null; None otherwise."""
