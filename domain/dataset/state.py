"""The state of a dataset that decisions need, and how each event changes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never

from domain.dataset.events import (
    ColumnsChanged,
    DatasetChanged,
    DatasetCreated,
    DatasetDeleted,
    DatasetReverted,
    Event,
    RecordCreated,
    RecordDeleted,
    RecordsChanged,
    RecordsImported,
    RecordUpdated,
    inline_changes,
)
from domain.schema import Definition, Values

NO_DEFINITION = Definition("", "", ())


@dataclass(frozen=True, slots=True)
class Record:
    """The current values of a record; `version` is the dataset version that last wrote it."""

    version: int
    values: Values


@dataclass(frozen=True, slots=True)
class DatasetState:
    """A dataset at `version` (0: it does not exist). `records` are the current records that the decision needs."""

    version: int = 0
    workspace: str = ""
    slug: str = ""
    owner: str = ""
    definition: Definition = NO_DEFINITION
    definition_version: int = 0
    next_id: int = 1
    deleted: bool = False
    records: Mapping[int, Record] = field(default_factory=dict)


def evolve(state: DatasetState, event: Event) -> DatasetState:
    """The state after `event`, one version later. Never refuses and never checks."""
    version = state.version + 1
    state = replace(state, version=version, records=_apply_record_changes(state, event, version))
    match event:
        case DatasetCreated():
            return _apply_creation(state, event)
        case RecordsImported():
            state = _apply_creation(state, event.dataset) if event.dataset else state
            state = _apply_definition(state, event.definition) if event.definition else state
            return replace(state, next_id=event.first_id + event.added)
        case DatasetChanged():
            return _apply_definition(state, _apply_changes(state.definition, event))
        case ColumnsChanged(definition=definition):
            return _apply_definition(state, definition)
        case DatasetDeleted():
            return replace(state, deleted=True)
        case DatasetReverted(definition=definition):
            return state if definition is None else _apply_definition(state, definition)
        case RecordCreated(id=id):
            return replace(state, next_id=id + 1)
        case RecordsChanged(next_id=next_id):
            return replace(state, next_id=max(state.next_id, next_id))
        case RecordUpdated() | RecordDeleted():
            return state
        case _:
            assert_never(event)


def _apply_creation(state: DatasetState, event: DatasetCreated) -> DatasetState:
    named = replace(state, workspace=event.workspace, slug=event.slug, owner=event.owner)
    return _apply_definition(named, event.definition)


def _apply_definition(state: DatasetState, definition: Definition) -> DatasetState:
    return replace(state, definition=definition, definition_version=state.version)


def _apply_changes(definition: Definition, event: DatasetChanged) -> Definition:
    names = dict(event.renamed)
    return replace(
        definition,
        name=definition.name if event.name is None else event.name,
        description=definition.description if event.description is None else event.description,
        columns=tuple(replace(c, name=names.get(c.position, c.name)) for c in definition.columns),
    )


def _apply_record_changes(state: DatasetState, event: Event, version: int) -> Mapping[int, Record]:
    changes = inline_changes(event)
    if not changes:
        return state.records
    records = dict(state.records)
    for change in changes:
        if change.values is None:
            records.pop(change.id, None)
        else:
            records[change.id] = Record(version, change.values)
    return records
