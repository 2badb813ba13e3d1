"""What may be wished of a dataset. Each wish becomes one event, nothing, or a refusal."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.columns import Value
from domain.dataset.events import ChunkRef, RecordChange, RecordsImported, Summary
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
class RevertDataset:
    """Become what version `to` was; the difference was read beforehand, under the writer lease."""

    to: int
    definition: Definition
    summary: Summary
    changes: tuple[RecordChange, ...] = ()
    chunks: tuple[ChunkRef, ...] = ()
    if_version: int | None = None


RecordCommand = CreateRecord | UpdateRecord | ReplaceRecord | DeleteRecord
Command = RecordCommand | CreateDataset | ImportRecords | ChangeDataset | DeleteDataset | RevertDataset


def record_ids(command: Command) -> tuple[int, ...]:
    """The records whose present state the decision needs."""
    match command:
        case UpdateRecord(id=id) | ReplaceRecord(id=id) | DeleteRecord(id=id):
            return (id,)
        case _:
            return ()
