"""The commands of a dataset. Each command is answered with one event, with nothing, or with a refusal."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from domain.columns import Value
from domain.dataset.events import (
    ChunkRef,
    ColumnsChanged,
    RecordChange,
    RecordsChanged,
    RecordsImported,
    Summary,
)
from domain.dataset.keys import Key
from domain.errors import Fault
from domain.schema import Definition

ExpectedVersion = int | tuple[int, ...] | None
"""The version that a command expects, or several of which one must be the current one; None: any."""


@dataclass(frozen=True, slots=True)
class MalformedOperation:
    """An operation of a batch that cannot be understood. It is refused together with all others that fail."""

    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class CreateDataset:
    """Create an empty dataset."""

    workspace: str
    slug: str
    owner: str
    definition: Definition


@dataclass(frozen=True, slots=True)
class ImportRecords:
    """Publish rows that were already written to chunks and to the record table."""

    imported: RecordsImported


@dataclass(frozen=True, slots=True)
class ChangeDataset:
    """New name, description or column names (`renames`: old → new); None: unchanged."""

    name: str | None = None
    description: str | None = None
    renames: Mapping[str, str] | None = None
    if_version: ExpectedVersion = None


@dataclass(frozen=True, slots=True)
class DeleteDataset:
    """Delete the dataset; its events stay in the log until it is purged."""

    if_version: ExpectedVersion = None


@dataclass(frozen=True, slots=True)
class CreateRecord:
    """Create a record; columns that are not named are null."""

    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class UpdateRecord:
    """Set the named columns and keep the others (RFC 7396)."""

    id: int
    values: Mapping[str, Value]
    if_version: ExpectedVersion = None


@dataclass(frozen=True, slots=True)
class ReplaceRecord:
    """Set all columns; columns that are not named become null."""

    id: int
    values: Mapping[str, Value]
    if_version: ExpectedVersion = None


@dataclass(frozen=True, slots=True)
class DeleteRecord:
    """Delete a record."""

    id: int
    if_version: ExpectedVersion = None


@dataclass(frozen=True, slots=True)
class PutByKey:
    """Replace the record with this key, or create it.

    `must_not_exist`: only create it. `must_exist`: only replace it.
    """

    key: Key
    values: Mapping[str, Value]
    if_version: ExpectedVersion = None
    must_not_exist: bool = False
    must_exist: bool = False


@dataclass(frozen=True, slots=True)
class UpsertByKey:
    """Set the named columns of the record with this key, or create it. Key None: the values contain the key."""

    key: Key | None
    values: Mapping[str, Value]
    if_version: ExpectedVersion = None


@dataclass(frozen=True, slots=True)
class PatchByKey:
    """Set the named columns of the record with this key."""

    key: Key
    values: Mapping[str, Value]
    if_version: ExpectedVersion = None


@dataclass(frozen=True, slots=True)
class DeleteByKey:
    """Delete the record with this key."""

    key: Key
    if_version: ExpectedVersion = None


@dataclass(frozen=True, slots=True)
class ChangeRecords:
    """Apply all operations in order, or none of them."""

    operations: "tuple[Operation, ...]"
    if_version: ExpectedVersion = None


@dataclass(frozen=True, slots=True)
class PublishChanges:
    """Publish changes that were already written to the record table and, if there are many, to chunks."""

    changed: RecordsChanged
    if_version: ExpectedVersion = None


@dataclass(frozen=True, slots=True)
class PublishColumns:
    """Publish changed columns. The new values were already written to the record table and, if many, to chunks."""

    changed: ColumnsChanged
    if_version: ExpectedVersion = None


@dataclass(frozen=True, slots=True)
class RevertDataset:
    """Restore the content of version `to`. The differences were computed before, under the writer lease."""

    to: int
    definition: Definition
    summary: Summary
    changes: tuple[RecordChange, ...] = ()
    chunks: tuple[ChunkRef, ...] = ()
    if_version: ExpectedVersion = None


RecordCommand = CreateRecord | UpdateRecord | ReplaceRecord | DeleteRecord
KeyCommand = PutByKey | UpsertByKey | PatchByKey | DeleteByKey
Operation = RecordCommand | KeyCommand | MalformedOperation
PublishCommand = ImportRecords | PublishChanges | PublishColumns
"""A bulk change that has already written its rows."""

SimpleCommand = RecordCommand | PublishCommand | CreateDataset | ChangeDataset | DeleteDataset | RevertDataset
Command = SimpleCommand | KeyCommand | ChangeRecords


def record_ids(command: Command | Operation) -> tuple[int, ...]:
    """The ids of the records that `command` names by id; the decision needs their current state."""
    match command:
        case ChangeRecords(operations):
            return tuple({id for operation in operations for id in record_ids(operation)})
        case UpdateRecord(id=id) | ReplaceRecord(id=id) | DeleteRecord(id=id):
            return (id,)
        case CreateRecord() | PutByKey() | UpsertByKey() | PatchByKey() | DeleteByKey() | MalformedOperation():
            return ()
        case CreateDataset() | ImportRecords() | PublishChanges() | PublishColumns():
            return ()
        case ChangeDataset() | DeleteDataset() | RevertDataset():
            return ()
        case _:
            assert_never(command)
