"""Decides single commands: from the current state and a command to an event, to nothing, or to a refusal.

Pure: no clock, no file, no database.
"""

from typing import assert_never

from domain.dataset.commands import (
    ChangeDataset,
    CreateDataset,
    CreateRecord,
    DeleteDataset,
    DeleteRecord,
    ExpectedVersion,
    ImportRecords,
    PublishChanges,
    PublishColumns,
    ReplaceRecord,
    RevertDataset,
    SimpleCommand,
    UpdateRecord,
)
from domain.dataset.dataset_changes import decide_dataset_change
from domain.dataset.events import (
    ColumnsChanged,
    DatasetCreated,
    DatasetDeleted,
    DatasetReverted,
    Event,
    RecordCreated,
    RecordDeleted,
    RecordUpdated,
    Summary,
    summarize,
)
from domain.dataset.same_values import have_same_values
from domain.dataset.state import DatasetState, Record
from domain.errors import Gone, NotFound, PreconditionFailed
from domain.schema import Values, map_values_by_name, validate_values, without_dropped


def decide_event(state: DatasetState, command: SimpleCommand) -> Event | None:
    """The event that follows from `command`; None if it changes nothing.

    Raises NotFound, Gone, Invalid or PreconditionFailed.
    """
    if isinstance(command, CreateDataset):
        return DatasetCreated(command.workspace, command.slug, command.owner, command.definition)
    if isinstance(command, ImportRecords) and command.imported.dataset is not None:
        return command.imported
    require_existing_dataset(state)
    match command:
        case ImportRecords(imported):
            return imported if imported.definition or summarize(imported) != Summary() else None
        case PublishChanges(changed, if_version):
            require_version(state, if_version)
            return changed if summarize(changed) != Summary() else None
        case PublishColumns(columns_changed, if_version):
            require_version(state, if_version)
            return None if columns_changed == ColumnsChanged(state.definition) else columns_changed
        case ChangeDataset():
            require_version(state, command.if_version)
            return decide_dataset_change(state.definition, command)
        case DeleteDataset(if_version):
            require_version(state, if_version)
            return DatasetDeleted()
        case RevertDataset():
            require_version(state, command.if_version)
            return _decide_revert(state, command)
        case CreateRecord(values):
            return RecordCreated(state.next_id, validate_values(state.definition, values, None))
        case UpdateRecord(id, values, if_version):
            record = _find_record(state, id, if_version)
            return _decide_update(state, id, record, validate_values(state.definition, values, record.values))
        case ReplaceRecord(id, values, if_version):
            record = _find_record(state, id, if_version)
            return _decide_update(state, id, record, validate_values(state.definition, values, None))
        case DeleteRecord(id, if_version):
            _find_record(state, id, if_version)
            return RecordDeleted(id)
        case _:
            assert_never(command)


def require_existing_dataset(state: DatasetState) -> None:
    """Raises NotFound or Gone."""
    if state.version == 0:
        raise NotFound("dataset-not-found", "There is no such dataset")
    if state.deleted:
        raise Gone("dataset-deleted", f"The dataset {state.definition.name!r} was deleted")


def require_version(state: DatasetState, if_version: ExpectedVersion) -> None:
    """Raises PreconditionFailed if the dataset is at another version."""
    if not _is_expected(if_version, state.version):
        detail = f"The dataset is at version {state.version}, not {_describe_versions(if_version)}"
        current = {"version": state.version, "name": state.definition.name}
        raise PreconditionFailed("version-conflict", detail, extra={"current": current})


def _find_record(state: DatasetState, id: int, if_version: ExpectedVersion) -> Record:
    record = state.records.get(id)
    if record is None:
        raise NotFound("record-not-found", f"There is no record {id} at version {state.version}")
    if not _is_expected(if_version, record.version):
        detail = f"Record {id} was last written by version {record.version}, not {_describe_versions(if_version)}"
        current = {"id": id, "version": record.version, "values": map_values_by_name(state.definition, record.values)}
        raise PreconditionFailed("version-conflict", detail, extra={"current": current})
    return record


def _is_expected(if_version: ExpectedVersion, version: int) -> bool:
    return if_version is None or version == if_version or (isinstance(if_version, tuple) and version in if_version)


def _describe_versions(if_version: ExpectedVersion) -> str:
    if isinstance(if_version, tuple):
        return " or ".join(map(str, if_version)) or "one that the condition names"
    return str(if_version)


def _decide_update(state: DatasetState, id: int, record: Record, values: Values) -> RecordUpdated | None:
    before = without_dropped(state.definition, record.values)
    return None if have_same_values(before, values) else RecordUpdated(id, values)


def _decide_revert(state: DatasetState, command: RevertDataset) -> DatasetReverted | None:
    reverted = command.definition.with_width(max(command.definition.width, state.definition.width))
    definition = None if reverted == state.definition else reverted
    if definition is None and not command.changes and not command.chunks:
        return None
    counts = command.summary
    return DatasetReverted(
        command.to,
        counts.added,
        counts.changed,
        counts.removed,
        definition,
        command.changes,
        command.chunks,
    )
