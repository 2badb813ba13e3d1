"""The events of a dataset: facts that already happened, so they are never refused.

Events are stored permanently. A field can be added with a default but never renamed; a new meaning needs a new
event.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import assert_never
from uuid import UUID

from domain.recorded_event import RecordedEvent
from domain.schema import Definition, Values


@dataclass(frozen=True, slots=True)
class ChunkRef:
    """A reference to a chunk: the SHA-256 (hex) of its unpacked bytes, and its number of rows."""

    sha256: str
    rows: int


@dataclass(frozen=True, slots=True)
class SourceFile:
    """The file that rows were imported from: the name given by the client, size in bytes and SHA-256 (hex)."""

    filename: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class RecordChange:
    """A record's values after a change; None: the record was removed."""

    id: int
    values: Values | None


@dataclass(frozen=True, slots=True)
class DatasetCreated:
    """A dataset was created without records."""

    workspace: str
    slug: str
    owner: str
    definition: Definition


@dataclass(frozen=True, slots=True)
class RecordsImported:
    """Rows of a file became records. New records have the ids `first_id`, `first_id + 1`, … in the order of `chunks`.

    For an existing dataset, `change_chunks` contain the changes to its records by ascending id, as rows
    `[id, values or null, line or null]`, and `definition` is set if the file added columns. `dataset` is set if
    the import also created the dataset.

    `accepted` counts the rows that were new, changed a record or left it `unchanged`. `columns` are the columns of
    the file. `line_chunks` contain the lines of new records, as rows `[n, line]`: from the n-th new record (from 0)
    on, lines are consecutive. `reject_chunks` contain rejected rows as `[line, column, code, detail, raw, cells]`.
    `found` is what was detected (delimiter, header, …). `options` are those that the client gave; None in old events.
    """

    import_id: UUID
    job_id: UUID
    mode: str
    source: SourceFile
    rows_read: int
    first_id: int
    accepted: int
    rejected: int
    chunks: tuple[ChunkRef, ...]
    reject_chunks: tuple[ChunkRef, ...] = ()
    found: Mapping[str, object] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    dataset: DatasetCreated | None = None
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    change_chunks: tuple[ChunkRef, ...] = ()
    line_chunks: tuple[ChunkRef, ...] = ()
    columns: tuple[str, ...] = ()
    definition: Definition | None = None
    options: Mapping[str, object] | None = None

    @property
    def added(self) -> int:
        """The number of new records."""
        return sum(chunk.rows for chunk in self.chunks)


@dataclass(frozen=True, slots=True)
class DatasetChanged:
    """The name, description or column names changed; None: unchanged. `renamed`: position → new name."""

    name: str | None = None
    description: str | None = None
    renamed: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ColumnsChanged:
    """The dataset has a new `definition`: columns were added or dropped, or have another type or rule.

    `changed` records have other values; they are in `changes` or, for many records, in `chunks` of rows
    `[id, values]`, both by ascending id. A dropped column changes no record: rows keep the values at its position.
    """

    definition: Definition
    changed: int = 0
    changes: tuple[RecordChange, ...] = ()
    chunks: tuple[ChunkRef, ...] = ()


@dataclass(frozen=True, slots=True)
class DatasetDeleted:
    """The dataset was deleted."""


@dataclass(frozen=True, slots=True)
class RecordCreated:
    """A record was created with these values."""

    id: int
    values: Values


@dataclass(frozen=True, slots=True)
class RecordUpdated:
    """A record was changed; `values` are all its values after the change."""

    id: int
    values: Values


@dataclass(frozen=True, slots=True)
class RecordDeleted:
    """A record was deleted."""

    id: int


@dataclass(frozen=True, slots=True)
class DatasetReverted:
    """The dataset was reverted to its content at version `to`.

    The differences are in `changes` or, for many records, in `chunks` of rows `[id, values or null]`.
    """

    to: int
    added: int
    changed: int
    removed: int
    definition: Definition | None = None
    changes: tuple[RecordChange, ...] = ()
    chunks: tuple[ChunkRef, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordsChanged:
    """Any number of records changed together.

    Their new values are in `changes` or, for many records, in `chunks` of rows `[id, values or null]`; both by
    ascending id. `next_id` is the id of the next new record; 0: unchanged.
    """

    added: int = 0
    changed: int = 0
    removed: int = 0
    next_id: int = 0
    changes: tuple[RecordChange, ...] = ()
    chunks: tuple[ChunkRef, ...] = ()


Event = (
    DatasetCreated
    | RecordsImported
    | DatasetChanged
    | ColumnsChanged
    | DatasetDeleted
    | RecordCreated
    | RecordUpdated
    | RecordDeleted
    | DatasetReverted
    | RecordsChanged
)


RecordedDatasetEvent = RecordedEvent[Event]


@dataclass(frozen=True, slots=True)
class Summary:
    """The numbers of records that a version added, changed and removed."""

    added: int = 0
    changed: int = 0
    removed: int = 0


def inline_changes(event: Event) -> tuple[RecordChange, ...]:
    """The record changes that the event itself contains, without those in chunks."""
    match event:
        case RecordCreated(id, values) | RecordUpdated(id, values):
            return (RecordChange(id, values),)
        case RecordDeleted(id):
            return (RecordChange(id, None),)
        case DatasetReverted(changes=changes) | RecordsChanged(changes=changes) | ColumnsChanged(changes=changes):
            return changes
        case DatasetCreated() | RecordsImported() | DatasetChanged() | DatasetDeleted():
            return ()
        case _:
            assert_never(event)


def summarize(event: Event) -> Summary:
    """The numbers of records that `event` added, changed and removed."""
    match event:
        case RecordCreated():
            return Summary(added=1)
        case RecordUpdated():
            return Summary(changed=1)
        case RecordDeleted():
            return Summary(removed=1)
        case RecordsImported(changed=changed, removed=removed):
            return Summary(event.added, changed, removed)
        case DatasetReverted(added=added, changed=changed, removed=removed):
            return Summary(added, changed, removed)
        case RecordsChanged(added=added, changed=changed, removed=removed):
            return Summary(added, changed, removed)
        case ColumnsChanged(changed=changed):
            return Summary(changed=changed)
        case DatasetCreated() | DatasetChanged() | DatasetDeleted():
            return Summary()
        case _:
            assert_never(event)
