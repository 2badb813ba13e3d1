"""What has happened to a dataset. Facts: they are never refused, only remembered.

Events are for ever: fields are added with a default, never renamed; a new meaning is a new event.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from domain.schema import Definition, Values


@dataclass(frozen=True, slots=True)
class ChunkRef:
    """A content-addressed block of bulk rows: SHA-256 (hex) of its unpacked bytes, and its rows."""

    sha256: str
    rows: int


@dataclass(frozen=True, slots=True)
class SourceFile:
    """The file rows came from: its name as given, bytes and SHA-256 (hex)."""

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
    workspace: str
    slug: str
    owner: str
    definition: Definition


@dataclass(frozen=True, slots=True)
class RecordsImported:
    """Rows of a file became records: new ones `first_id`, `first_id + 1`, … in the order of `chunks`.

    Of a dataset that stood, `change_chunks` hold what became of its records, by ascending id: rows
    `[id, values or null, line or null]`; and `definition` is there where the file brought new columns. `dataset`
    is there when the import also created the dataset.

    `accepted` rows were new, changed a record or left it `unchanged`. `columns` are the file's own. `line_chunks`
    say where new records stood in the file: rows `[n, line]`, from the n-th of them (from 0) on lines follow each
    other. `reject_chunks` hold what was not taken: rows `[line, column, code, detail, raw, cells]`. `found` is
    what was detected (delimiter, header, …).
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

    @property
    def added(self) -> int:
        """How many records are new."""
        return sum(chunk.rows for chunk in self.chunks)


@dataclass(frozen=True, slots=True)
class DatasetChanged:
    """The dataset's description or column names changed; None: as before. `renamed`: position → name."""

    name: str | None = None
    description: str | None = None
    renamed: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class DatasetDeleted:
    pass


@dataclass(frozen=True, slots=True)
class RecordCreated:
    id: int
    values: Values


@dataclass(frozen=True, slots=True)
class RecordUpdated:
    """All of the record's values after the update."""

    id: int
    values: Values


@dataclass(frozen=True, slots=True)
class RecordDeleted:
    id: int


@dataclass(frozen=True, slots=True)
class DatasetReverted:
    """The dataset became what it was at version `to`.

    What differs stands in `changes`, or, for many records, in `chunks` of rows `[id, values or null]`.
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
    """Any number of records changed at once.

    Their values after it stand in `changes`, or, of many records, in `chunks` of rows `[id, values or null]`; both
    by ascending id. `next_id` is the id of the next record to come; 0: as before.
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
    | DatasetDeleted
    | RecordCreated
    | RecordUpdated
    | RecordDeleted
    | DatasetReverted
    | RecordsChanged
)


@dataclass(frozen=True, slots=True)
class EventMetadata:
    """Who caused an event and when (UTC); ids that tie it to the request."""

    actor: str
    at: datetime.datetime
    correlation_id: str
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """An event in its place: `version` in its dataset's stream, `position` in the global log."""

    dataset_id: UUID
    version: int
    position: int
    event: Event
    metadata: EventMetadata


@dataclass(frozen=True, slots=True)
class Summary:
    """How many records a version added, changed and removed."""

    added: int = 0
    changed: int = 0
    removed: int = 0


def inline_changes(event: Event) -> tuple[RecordChange, ...]:
    """The record changes that stand in the event itself, not in chunks."""
    match event:
        case RecordCreated(id, values) | RecordUpdated(id, values):
            return (RecordChange(id, values),)
        case RecordDeleted(id):
            return (RecordChange(id, None),)
        case DatasetReverted(changes=changes) | RecordsChanged(changes=changes):
            return changes
        case _:
            return ()


def summarize(event: Event) -> Summary:
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
        case _:
            return Summary()
