"""The one place that decides: a state and a wish in, an event, nothing or a refusal out. Pure."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import assert_never

from domain.columns import ColumnType, Value, describe_type_error, quote_value
from domain.dataset.commands import (
    ChangeDataset,
    CreateDataset,
    CreateRecord,
    DeleteDataset,
    DeleteRecord,
    ImportRecords,
    PublishChanges,
    ReplaceRecord,
    RevertDataset,
    SimpleCommand,
    UpdateRecord,
)
from domain.dataset.events import (
    DatasetChanged,
    DatasetCreated,
    DatasetDeleted,
    DatasetReverted,
    Event,
    RecordCreated,
    RecordDeleted,
    RecordUpdated,
    Summary,
    inline_changes,
    summarize,
)
from domain.dataset.state import DatasetState, Record
from domain.errors import (
    Conflict,
    Fault,
    Gone,
    Invalid,
    NotFound,
    PreconditionFailed,
    suggest_nearest,
)
from domain.schema import (
    Definition,
    Values,
    escape_pointer_token,
    map_values_by_name,
    validate_values,
)


def decide_event(state: DatasetState, command: SimpleCommand) -> Event | None:
    """The event that `command` becomes; None if it changes nothing.

    Raises NotFound, Gone, Invalid, Conflict or PreconditionFailed.
    """
    match command:
        case CreateDataset():
            return DatasetCreated(command.workspace, command.slug, command.owner, command.definition)
        case ImportRecords(imported) if imported.dataset is not None:
            return imported
    require_existing_dataset(state)
    match command:
        case ImportRecords(imported):
            return imported if imported.definition or summarize(imported) != Summary() else None
        case PublishChanges(changed, if_version):
            require_version(state, if_version)
            return changed if summarize(changed) != Summary() else None
        case ChangeDataset():
            require_version(state, command.if_version)
            return _decide_change(state.definition, command)
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
            return _decide_update(id, record, validate_values(state.definition, values, record.values))
        case ReplaceRecord(id, values, if_version):
            record = _find_record(state, id, if_version)
            return _decide_update(id, record, validate_values(state.definition, values, None))
        case DeleteRecord(id, if_version):
            _find_record(state, id, if_version)
            return RecordDeleted(id)
        case _:
            assert_never(command)


@dataclass(frozen=True, slots=True)
class UniqueClaim:
    """The wish that no current record but `id` holds `values` in the columns at `positions`.

    `operation`: the one of a batch that has it; then other records of the batch are no concern of it.
    """

    id: int
    positions: tuple[int, ...]
    values: Values
    operation: int | None = None


def require_existing_dataset(state: DatasetState) -> None:
    """Raises NotFound or Gone."""
    if state.version == 0:
        raise NotFound("dataset-not-found", "There is no such dataset")
    if state.deleted:
        raise Gone("dataset-deleted", f"The dataset {state.definition.name!r} was deleted")


def require_version(state: DatasetState, if_version: int | None) -> None:
    """Raises PreconditionFailed if the dataset is at another version."""
    if if_version is not None and if_version != state.version:
        detail = f"The dataset is at version {state.version}, not {if_version}"
        current = {"version": state.version, "name": state.definition.name}
        raise PreconditionFailed("version-conflict", detail, extra={"current": current})


def find_unique_claims(state: DatasetState, event: Event) -> tuple[UniqueClaim, ...]:
    """What must be unique for `event` to stand, where it differs from what the record held before."""
    sets = state.definition.unique_sets()
    if not sets or isinstance(event, DatasetReverted):
        return ()
    claims = []
    for change in inline_changes(event):
        before = state.records.get(change.id)
        for positions in sets if change.values is not None else ():
            wanted = pick_values(change.values or (), positions)
            if None not in wanted and (before is None or pick_values(before.values, positions) != wanted):
                claims.append(UniqueClaim(change.id, positions, wanted))
    return tuple(claims)


def duplicate_key_error(definition: Definition, claim: UniqueClaim, holder: int) -> Conflict:
    """The refusal of a claim on values that record `holder` has."""
    names = [column.name for column in definition.columns if column.position in claim.positions]
    values = ", ".join(quote_value(value) for value in claim.values)
    what = "key" if claim.positions == definition.key else "unique column"
    detail = f"The {what} {', '.join(names)} = {values} is taken by record {holder}"
    faults = tuple(Fault(f"/values/{escape_pointer_token(name)}", "duplicate", detail) for name in names)
    return Conflict("duplicate-key", detail, faults, {"record": holder})


def pick_values(values: Values, positions: tuple[int, ...]) -> Values:
    """The values at these positions; null where the record is of before the column."""
    return tuple(values[p] if p < len(values) else None for p in positions)


def _find_record(state: DatasetState, id: int, if_version: int | None) -> Record:
    record = state.records.get(id)
    if record is None:
        raise NotFound("record-not-found", f"There is no record {id} at version {state.version}")
    if if_version is not None and if_version != record.version:
        detail = f"Record {id} was last written by version {record.version}, not {if_version}"
        current = {"id": id, "version": record.version, "values": map_values_by_name(state.definition, record.values)}
        raise PreconditionFailed("version-conflict", detail, extra={"current": current})
    return record


def _decide_update(id: int, record: Record, values: Values) -> RecordUpdated | None:
    return None if have_same_values(record.values, values) else RecordUpdated(id, values)


def have_same_values(before: Values, after: Values) -> bool:
    """Equal as written: 1.10 and 1.1 differ, as do 1 and true; the order of an object's names means nothing."""
    before = before + (None,) * (len(after) - len(before))
    pairs = zip(before, after, strict=True)
    return all(one is other or _normalize_value(one) == _normalize_value(other) for one, other in pairs)


def _normalize_value(value: Value) -> object:
    match value:
        case list():
            return [_normalize_value(item) for item in value]
        case dict():
            return {name: _normalize_value(item) for name, item in value.items()}
        case _:
            return type(value), str(value)


def _decide_revert(state: DatasetState, command: RevertDataset) -> DatasetReverted | None:
    definition = None if command.definition == state.definition else command.definition
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


def _decide_change(definition: Definition, command: ChangeDataset) -> DatasetChanged | None:
    for field, text in (("name", command.name), ("description", command.description)):
        if text is not None and (why := describe_type_error(ColumnType.STRING, text)):
            raise Invalid("invalid-dataset", f"{field}: {why}", (Fault(f"/{field}", "type-error", why),))
    change = DatasetChanged(
        name=None if command.name == definition.name else command.name,
        description=None if command.description == definition.description else command.description,
        renamed=_decide_renames(definition, command.renames or {}),
    )
    return None if change == DatasetChanged() else change


def _decide_renames(definition: Definition, renames: Mapping[str, str]) -> tuple[tuple[int, str], ...]:
    faults = []
    columns = list(definition.columns)
    for old, new in renames.items():
        column, pointer = definition.find(old), f"/columns/{escape_pointer_token(old)}"
        if column is None:
            detail = f"there is no column {old!r}: {suggest_nearest(old, definition.names)}"
            faults.append(Fault(pointer, "unknown-column", detail))
        elif why := describe_type_error(ColumnType.STRING, new):
            faults.append(Fault(pointer, "invalid-name", why))
        elif not new.strip() or new != new.strip():
            faults.append(Fault(pointer, "invalid-name", f"{new!r} is no column name: it is blank or padded"))
        else:
            columns[definition.columns.index(column)] = replace(column, name=new)
    faults += [
        Fault("/columns", "duplicate-column", f"two columns would be called {name!r}")
        for name, count in Counter(column.name for column in columns).items()
        if count > 1
    ]
    if faults:
        raise Invalid("invalid-columns", faults[0].detail, tuple(faults))
    pairs = zip(definition.columns, columns, strict=True)
    return tuple((new.position, new.name) for old, new in pairs if new.name != old.name)
