"""What may be wished of a dataset. Each wish becomes one event, nothing, or a refusal."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.columns import Value
from domain.dataset.events import ChunkRef, RecordChange, RecordsChanged, RecordsImported, Summary
from domain.dataset.keys import Key
from domain.schema import Definition


@dataclass(frozen=True, slots=True)
class CreateDataset:
    workspace: str
    slug: str
    owner: str
    definition: Definition


@dataclass(frozen=True, slots=True)
class ImportRecords:
    """Publish the rows that stand ready in chunks and in the read table."""

    imported: RecordsImported


@dataclass(frozen=True, slots=True)
class ChangeDataset:
    """New name, description or column names (`renames`: old → new); None: leave as it is."""

    name: str | None = None
    description: str | None = None
    renames: Mapping[str, str] | None = None
    if_version: int | None = None


@dataclass(frozen=True, slots=True)
class DeleteDataset:
    if_version: int | None = None


@dataclass(frozen=True, slots=True)
class CreateRecord:
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class UpdateRecord:
    """Change the columns named, leave the others (RFC 7396)."""

    id: int
    values: Mapping[str, Value]
    if_version: int | None = None


@dataclass(frozen=True, slots=True)
class ReplaceRecord:
    """Set all columns; those not named become null."""

    id: int
    values: Mapping[str, Value]
    if_version: int | None = None


@dataclass(frozen=True, slots=True)
class DeleteRecord:
    id: int
    if_version: int | None = None


@dataclass(frozen=True, slots=True)
class PutByKey:
    """Set all columns of the record with this key, or make it; `only_new`: make it, `only_there`: set it."""

    key: Key
    values: Mapping[str, Value]
    if_version: int | None = None
    only_new: bool = False
    only_there: bool = False


@dataclass(frozen=True, slots=True)
class UpsertByKey:
    """Change the columns named of the record with this key, or make it; None: its key stands in the values."""

    key: Key | None
    values: Mapping[str, Value]
    if_version: int | None = None


@dataclass(frozen=True, slots=True)
class PatchByKey:
    """Change the columns named of the record with this key."""

    key: Key
    values: Mapping[str, Value]
    if_version: int | None = None


@dataclass(frozen=True, slots=True)
class DeleteByKey:
    key: Key
    if_version: int | None = None


@dataclass(frozen=True, slots=True)
class ChangeRecords:
    """Do all of the operations, in order, or none of them."""

    operations: "tuple[Operation, ...]"
    if_version: int | None = None


@dataclass(frozen=True, slots=True)
class PublishChanges:
    """Publish the changes that stand ready in the read table and, of many records, in chunks."""

    changed: RecordsChanged
    if_version: int | None = None


@dataclass(frozen=True, slots=True)
class RevertDataset:
    """Become what version `to` was; the difference was read beforehand, under the writer lease."""

    to: int
    definition: Definition
    summary: Summary
    changes: tuple[RecordChange, ...] = ()
    chunks: tuple[ChunkRef, ...] = ()
    if_version: int | None = None


RecordCommand = CreateRecord | UpdateRecord | ReplaceRecord | DeleteRecord
KeyCommand = PutByKey | UpsertByKey | PatchByKey | DeleteByKey
Operation = RecordCommand | KeyCommand
SimpleCommand = (
    RecordCommand | CreateDataset | ImportRecords | PublishChanges | ChangeDataset | DeleteDataset | RevertDataset
)
Command = SimpleCommand | KeyCommand | ChangeRecords


def record_ids(command: Command) -> tuple[int, ...]:
    """The records whose present state the decision needs, as far as they are named by id."""
    match command:
        case ChangeRecords(operations):
            return tuple({id for operation in operations for id in record_ids(operation)})
        case UpdateRecord(id=id) | ReplaceRecord(id=id) | DeleteRecord(id=id):
            return (id,)
        case _:
            return ()
