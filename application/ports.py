"""What the write side asks of the read models; `interfaces/services/wiring.py` hands them over."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from psycopg import Cursor

from domain.columns import Value
from domain.dataset.state import DatasetState, Record
from domain.recorded_event import RecordedEvent
from domain.schema import Definition, Values


class RowCopy(Protocol):
    """Takes rows for a table: JSON arrays, one a line."""

    def write(self, data: bytes) -> None: ...


Loader = AbstractContextManager[RowCopy]

LockedHead = tuple[DatasetState, bool, datetime]
"""A dataset's newest state, whether a bulk change holds its writer lease, and the database's clock (never before
the last event). Its row is locked until the transaction ends."""

Difference = tuple[int, str | None, bool]
"""A record that differs: its id, its values then as JSON (None: it was not there), and whether it is there now."""


class ReadModels(Protocol):
    """The projections that change in the transaction that appends."""

    def lock_heads(self, cursor: "Cursor[Any]", ids: Sequence[UUID]) -> Mapping[UUID, LockedHead]:
        """Lock and read the heads of those datasets that are there."""

    def clock(self, cursor: "Cursor[Any]") -> datetime:
        """The database's time."""

    def current(self, cursor: "Cursor[Any]", dataset_id: UUID, ids: Sequence[int]) -> Mapping[int, Record]:
        """The current records among `ids`."""

    def holders(
        self, cursor: "Cursor[Any]", dataset_id: UUID, positions: Sequence[int], wanted: Sequence[Values]
    ) -> Mapping[int, int]:
        """Current records that have one of the `wanted` values at `positions`: which one → id."""

    def keyed(
        self, cursor: "Cursor[Any]", dataset_id: UUID, positions: Sequence[int], keys: Sequence[Values]
    ) -> Mapping[int, Record]:
        """The current records that have one of the `keys` at `positions`."""

    def project_decided(self, cursor: "Cursor[Any]", decided: Sequence[RecordedEvent[object]]) -> None:
        """Bring the record tables to these events, which have no position yet."""

    def project_appended(self, cursor: "Cursor[Any]", appended: Sequence[RecordedEvent[object]]) -> None:
        """Bring the other inline read models to these events."""

    def is_deleted(self, cursor: "Cursor[Any]", dataset_id: UUID) -> bool:
        """Whether the dataset exists but was deleted."""

    def lock_deleted(self, cursor: "Cursor[Any]", dataset_id: UUID) -> bool | None:
        """Whether the dataset was deleted; None: it does not exist. Its head is locked until the transaction ends."""

    def source_hashes(self, cursor: "Cursor[Any]", dataset_id: UUID) -> Sequence[str]:
        """The SHA-256 (hex) of the source files of the dataset's imports."""

    def has_source(self, cursor: "Cursor[Any]", sha256: str) -> bool:
        """Whether any import of any dataset has this source file."""

    def purge(self, cursor: "Cursor[Any]", dataset_id: UUID) -> None:
        """Remove everything that any read model shows of a dataset."""

    def definition_at(self, cursor: "Cursor[Any]", dataset_id: UUID, version: int) -> Definition | None:
        """The dataset's definition as of a version; None where there is no such version."""

    def differences(self, cursor: "Cursor[Any]", dataset_id: UUID, head: int, to: int) -> Iterator[Difference]:
        """What must change for the head to equal version `to`, by record id."""


class MergeLayout(Protocol):
    """How a file's columns become the dataset's: for each position the file's column, None: it has none, and the
    record keeps its value (`keeps`) or gets null. `is_plain`: the file's columns are the dataset's."""

    @property
    def sources(self) -> tuple[int | None, ...]: ...
    @property
    def keeps(self) -> bool: ...
    @property
    def is_plain(self) -> bool: ...


class MergeCounts(Protocol):
    @property
    def added(self) -> int: ...
    @property
    def changed(self) -> int: ...
    @property
    def removed(self) -> int: ...


StagedRow = tuple[int, str]
"""A row that was received, by its number from 0, and its values as JSON in the dataset's columns."""


class RowMerger(Protocol):
    """Compares a file's rows with a dataset's current records and writes what differs, in one transaction."""

    def receive(self, cursor: "Cursor[Any]") -> Loader:
        """A copy for rows in the file's columns; they are numbered as they come."""

    def arrange(self, cursor: "Cursor[Any]", layout: MergeLayout) -> None:
        """Put the rows' values at the dataset's positions."""

    def without_value(self, cursor: "Cursor[Any]", position: int, most: int) -> Sequence[StagedRow]:
        """Take out the rows that have null at `position`; up to `most` + 1 of them."""

    def repeated(self, cursor: "Cursor[Any]", positions: Sequence[int], most: int) -> Sequence[StagedRow]:
        """Take out the rows whose values at `positions` an earlier row has."""

    def taken(
        self, cursor: "Cursor[Any]", dataset_id: UUID, positions: Sequence[int], key: Sequence[int], most: int
    ) -> Sequence[StagedRow]:
        """Take out the rows whose values at `positions` another record has than the one of the row's `key`."""

    def plan(
        self, cursor: "Cursor[Any]", dataset_id: UUID, definition: Definition, layout: MergeLayout, mode: str
    ) -> MergeCounts:
        """Find what is new, changed and gone; `mode` is append, upsert or replace."""

    def apply(self, cursor: "Cursor[Any]", dataset_id: UUID, version: int, first_id: int) -> None:
        """Write what was planned as rows of `version`."""

    def new_rows(self, cursor: "Cursor[Any]") -> Iterator[StagedRow]:
        """The planned new records in the order of their ids."""

    def changed_rows(self, cursor: "Cursor[Any]") -> Iterator[tuple[int, str | None, int | None]]:
        """By id: the planned changes' records, their values as JSON (None: removed), and their rows."""


class FilteredRecords(Protocol):
    """The current records that a filter keeps, and one change of all of them; used in one transaction."""

    def plan(
        self, cursor: "Cursor[Any]", dataset_id: UUID, definition: Definition, patch: Mapping[int, Value] | None
    ) -> int:
        """Find the records and what they become: `patch`, position → value; None: removed. How many would differ.

        Raises BadRequest for a filter that does not fit the columns.
        """

    def clash(self, cursor: "Cursor[Any]", dataset_id: UUID, positions: Sequence[int]) -> tuple[int, int] | None:
        """Two records that would have the same values at `positions`, none of them null."""

    def rows(self, cursor: "Cursor[Any]") -> Sequence[tuple[int, str | None]]:
        """By id: the planned records and their values as JSON (None: removed)."""

    def blocks(self, cursor: "Cursor[Any]") -> Iterator[tuple[bytes, int]]:
        """The same as lines `[id, values or null]`, in blocks with the number of their lines."""

    def apply(self, cursor: "Cursor[Any]", dataset_id: UUID, version: int) -> None:
        """Write what was planned as rows of `version`."""
