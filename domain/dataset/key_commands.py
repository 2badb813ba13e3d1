"""Records addressed by the dataset's key: which command by id a command by key comes to."""

from collections.abc import Callable, Iterable, Mapping

from domain.columns import Value, describe_type_error, quote_value
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
from domain.dataset.keys import Key, get_key_columns, parse_key, quote_key
from domain.dataset.state import DatasetState, Record
from domain.equality import to_comparable
from domain.errors import Fault, Invalid, NotFound, PreconditionFailed, Refusal
from domain.schema import Definition, Values, escape_pointer_token, map_values_by_name

FindByKey = Callable[[Values], int | None]
"""The id of the record that has these values in the key's columns."""


def collect_keys(definition: Definition, command: Command) -> list[Values]:
    """The keys by which `command` names records, each once; what is no key is left for the decision to refuse."""
    operations = command.operations if isinstance(command, ChangeRecords) else (command,)
    keyed = (one for one in operations if isinstance(one, KeyCommand)) if definition.key else ()
    found = {to_comparable(key): key for one in keyed if (key := _try_get_key_values(definition, one))}
    return list(found.values())


def make_finder(state: DatasetState) -> FindByKey:
    """Finds among the state's records."""

    def find(key: Values) -> int | None:
        wanted = to_comparable(key)
        return next((id for id, record in state.records.items() if get_comparable_key(state, record) == wanted), None)

    return find


def get_comparable_key(state: DatasetState, record: Record) -> object:
    """A record's key, comparable."""
    return to_comparable([record.values[at] if at < len(record.values) else None for at in state.definition.key])


def index_by_key(state: DatasetState, records: Iterable[tuple[int, Record]]) -> dict[object, int]:
    """The ids of records by their keys, comparable."""
    return {get_comparable_key(state, record): id for id, record in records}


def resolve_key_command(state: DatasetState, find: FindByKey, command: KeyCommand) -> RecordCommand:
    """The command by id. Raises Invalid, NotFound or PreconditionFailed."""
    key = _get_key_values(state.definition, command)
    id = find(key)
    record = None if id is None else state.records[id]
    match command:
        case DeleteByKey(if_version=if_version) if id is not None:
            return DeleteRecord(id, if_version)
        case PatchByKey(values=values, if_version=if_version) | UpsertByKey(values=values, if_version=if_version):
            if id is not None:
                return UpdateRecord(id, _add_key_values(state.definition, key, record, values), if_version)
        case PutByKey(values=values, if_version=if_version, only_new=only_new):
            if id is not None and record is not None:
                if only_new:
                    raise _record_exists_error(state, key, id, record)
                return ReplaceRecord(id, _add_key_values(state.definition, key, record, values), if_version)
    return _create_or_refuse(state, key, command)


def _create_or_refuse(state: DatasetState, key: Values, command: KeyCommand) -> CreateRecord:
    """There is no record of this key: it is made, where that is wished."""
    missing = f"There is no record with {quote_key(state.definition, key)} at version {state.version}"
    match command:
        case DeleteByKey() | PatchByKey():
            raise NotFound("record-not-found", missing)
        case PutByKey(only_there=True):
            raise PreconditionFailed("version-conflict", missing, extra={"current": None})
        case PutByKey(values=values, if_version=if_version) | UpsertByKey(values=values, if_version=if_version):
            if if_version is not None:
                raise PreconditionFailed("version-conflict", missing, extra={"current": None})
            return CreateRecord(_add_key_values(state.definition, key, None, values))


def _record_exists_error(state: DatasetState, key: Values, id: int, record: Record) -> PreconditionFailed:
    detail = f"There is a record with {quote_key(state.definition, key)} already: record {id}"
    current = {"id": id, "version": record.version, "values": map_values_by_name(state.definition, record.values)}
    return PreconditionFailed("record-exists", detail, extra={"current": current})


def _get_key_values(definition: Definition, command: KeyCommand) -> Values:
    if isinstance(command, UpsertByKey) and command.key is None:
        return parse_key(definition, _extract_key(definition, command.values))
    assert command.key is not None
    return parse_key(definition, command.key)


def _extract_key(definition: Definition, values: Mapping[str, Value]) -> Key:
    return {column.name: values.get(column.name) for column in get_key_columns(definition)}


def _try_get_key_values(definition: Definition, command: KeyCommand) -> Values | None:
    try:
        return _get_key_values(definition, command)
    except Refusal:
        return None


def _add_key_values(
    definition: Definition, key: Values, record: Record | None, values: Mapping[str, Value]
) -> Mapping[str, Value]:
    """The values together with the key's, as the record writes them. Raises Invalid where the two disagree."""
    faults: list[Fault] = []
    added: dict[str, Value] = {}
    for column, wanted in zip(get_key_columns(definition), key, strict=True):
        if column.name not in values:
            added[column.name] = wanted if record is None else record.values[column.position]
        elif (
            _is_different(values[column.name], wanted)
            and describe_type_error(column.type, values[column.name]) is None
        ):
            given = quote_value(values[column.name])
            detail = (
                f"column {column.name!r}: the record is addressed by {quote_value(wanted)}, the values say {given}"
            )
            faults.append(Fault(f"/values/{escape_pointer_token(column.name)}", "key-mismatch", detail))
    if faults:
        raise Invalid("key-mismatch", faults[0].detail, tuple(faults))
    return {**values, **added}


def _is_different(one: Value, other: Value) -> bool:
    return to_comparable([one]) != to_comparable([other])
