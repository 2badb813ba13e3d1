"""Records addressed by the dataset's key: which command by id a command by key comes to."""

from collections.abc import Callable, Iterable, Mapping

from domain.columns import Value, shown, why_refused
from domain.dataset.commands import (
    ChangeRecords,
    Command,
    CreateRecord,
    DeleteByKey,
    DeleteRecord,
    KeyCommand,
    PatchByKey,
    PutByKey,
    RecordCommand,
    ReplaceRecord,
    UpdateRecord,
    UpsertByKey,
)
from domain.dataset.keys import Key, key_columns, key_values, shown_key
from domain.dataset.state import DatasetState, Record
from domain.equality import comparable
from domain.errors import Fault, Invalid, NotFound, PreconditionFailed, Refusal
from domain.schema import Definition, Values, named_values, pointer_token

Find = Callable[[Values], int | None]
"""The id of the record that has these values in the key's columns."""


def keys_named(definition: Definition, command: Command) -> list[Values]:
    """The keys by which `command` names records, each once; what is no key is left for the decision to refuse."""
    operations = command.operations if isinstance(command, ChangeRecords) else (command,)
    keyed = (one for one in operations if isinstance(one, KeyCommand)) if definition.key else ()
    found = {comparable(key): key for one in keyed if (key := _key_or_none(definition, one))}
    return list(found.values())


def finder(state: DatasetState) -> Find:
    """Finds among the state's records."""

    def find(key: Values) -> int | None:
        wanted = comparable(key)
        return next((id for id, record in state.records.items() if key_of(state, record) == wanted), None)

    return find


def key_of(state: DatasetState, record: Record) -> object:
    """A record's key, comparable."""
    return comparable([record.values[at] if at < len(record.values) else None for at in state.definition.key])


def key_index(state: DatasetState, records: Iterable[tuple[int, Record]]) -> dict[object, int]:
    """The ids of records by their keys, comparable."""
    return {key_of(state, record): id for id, record in records}


def resolved(state: DatasetState, find: Find, command: KeyCommand) -> RecordCommand:
    """The command by id. Raises Invalid, NotFound or PreconditionFailed."""
    key = _key(state.definition, command)
    id = find(key)
    record = None if id is None else state.records[id]
    match command:
        case DeleteByKey(if_version=if_version) if id is not None:
            return DeleteRecord(id, if_version)
        case PatchByKey(values=values, if_version=if_version) | UpsertByKey(values=values, if_version=if_version):
            if id is not None:
                return UpdateRecord(id, _with_key(state.definition, key, record, values), if_version)
        case PutByKey(values=values, if_version=if_version, only_new=only_new):
            if id is not None and record is not None:
                if only_new:
                    raise _taken(state, key, id, record)
                return ReplaceRecord(id, _with_key(state.definition, key, record, values), if_version)
    return _made(state, key, command)


def _made(state: DatasetState, key: Values, command: KeyCommand) -> CreateRecord:
    """There is no record of this key: it is made, where that is wished."""
    missing = f"There is no record with {shown_key(state.definition, key)} at version {state.version}"
    match command:
        case DeleteByKey() | PatchByKey():
            raise NotFound("record-not-found", missing)
        case PutByKey(only_there=True):
            raise PreconditionFailed("version-conflict", missing, extra={"current": None})
        case PutByKey(values=values, if_version=if_version) | UpsertByKey(values=values, if_version=if_version):
            if if_version is not None:
                raise PreconditionFailed("version-conflict", missing, extra={"current": None})
            return CreateRecord(_with_key(state.definition, key, None, values))


def _taken(state: DatasetState, key: Values, id: int, record: Record) -> PreconditionFailed:
    detail = f"There is a record with {shown_key(state.definition, key)} already: record {id}"
    current = {"id": id, "version": record.version, "values": named_values(state.definition, record.values)}
    return PreconditionFailed("record-exists", detail, extra={"current": current})


def _key(definition: Definition, command: KeyCommand) -> Values:
    if isinstance(command, UpsertByKey) and command.key is None:
        return key_values(definition, _key_in(definition, command.values))
    assert command.key is not None
    return key_values(definition, command.key)


def _key_in(definition: Definition, values: Mapping[str, Value]) -> Key:
    return {column.name: values.get(column.name) for column in key_columns(definition)}


def _key_or_none(definition: Definition, command: KeyCommand) -> Values | None:
    try:
        return _key(definition, command)
    except Refusal:
        return None


def _with_key(
    definition: Definition, key: Values, record: Record | None, values: Mapping[str, Value]
) -> Mapping[str, Value]:
    """The values together with the key's, as the record writes them. Raises Invalid where the two disagree."""
    faults: list[Fault] = []
    added: dict[str, Value] = {}
    for column, wanted in zip(key_columns(definition), key, strict=True):
        if column.name not in values:
            added[column.name] = wanted if record is None else record.values[column.position]
        elif _differ(values[column.name], wanted) and why_refused(column.type, values[column.name]) is None:
            given = shown(values[column.name])
            detail = f"column {column.name!r}: the record is addressed by {shown(wanted)}, the values say {given}"
            faults.append(Fault(f"/values/{pointer_token(column.name)}", "key-mismatch", detail))
    if faults:
        raise Invalid("key-mismatch", faults[0].detail, tuple(faults))
    return {**values, **added}


def _differ(one: Value, other: Value) -> bool:
    return comparable([one]) != comparable([other])
