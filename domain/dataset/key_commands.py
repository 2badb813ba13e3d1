"""Translates commands that address records by the dataset's key into commands that address them by id."""

from collections.abc import Callable, Iterable, Mapping
from typing import assert_never

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
from domain.dataset.unique_claims import pick_values
from domain.equality import to_comparable
from domain.errors import Fault, Invalid, NotFound, PreconditionFailed, Refusal
from domain.json_pointer import escape_pointer_token
from domain.schema import Definition, Values, map_values_by_name, read_value

FindByKey = Callable[[Values], int | None]
"""Returns the id of the record with this key, or None."""


def collect_keys(definition: Definition, command: Command) -> list[Values]:
    """The different keys that `command` names. Invalid keys are left out: the decision refuses them."""
    operations = command.operations if isinstance(command, ChangeRecords) else (command,)
    keyed = (operation for operation in operations if isinstance(operation, KeyCommand)) if definition.key else ()
    keys = {to_comparable(key): key for operation in keyed if (key := _try_get_key_values(definition, operation))}
    return list(keys.values())


def make_finder(state: DatasetState) -> FindByKey:
    """A function that finds a key among the records of `state`."""

    def find(key: Values) -> int | None:
        searched = to_comparable(key)
        return next(
            (id for id, record in state.records.items() if get_comparable_key(state, record) == searched), None
        )

    return find


def get_comparable_key(state: DatasetState, record: Record) -> object:
    """The key of a record in the form that `to_comparable` gives."""
    return to_comparable(pick_values(record.values, state.definition.key))


def index_by_key(state: DatasetState, records: Iterable[tuple[int, Record]]) -> dict[object, int]:
    """The ids of records by their comparable keys."""
    return {get_comparable_key(state, record): id for id, record in records}


def resolve_key_command(state: DatasetState, find: FindByKey, command: KeyCommand) -> RecordCommand:
    """The same command by id. Raises Invalid, NotFound or PreconditionFailed."""
    key = _get_key_values(state.definition, command)
    id = find(key)
    if id is None:
        return _create_or_refuse(state, key, command)
    record = state.records[id]
    match command:
        case DeleteByKey(if_version=if_version):
            return DeleteRecord(id, if_version)
        case PatchByKey(values=values, if_version=if_version) | UpsertByKey(values=values, if_version=if_version):
            return UpdateRecord(id, _add_key_values(state.definition, key, record, values), if_version)
        case PutByKey(must_not_exist=True):
            raise _record_exists_error(state, key, id, record)
        case PutByKey(values=values, if_version=if_version):
            return ReplaceRecord(id, _add_key_values(state.definition, key, record, values), if_version)
        case _:
            assert_never(command)


def _create_or_refuse(state: DatasetState, key: Values, command: KeyCommand) -> CreateRecord:
    """The command for a key that no record has: create the record, or refuse."""
    missing = f"There is no record with {quote_key(state.definition, key)} at version {state.version}"
    match command:
        case DeleteByKey() | PatchByKey():
            raise NotFound("record-not-found", missing)
        case PutByKey(must_exist=True):
            raise PreconditionFailed("version-conflict", missing, extra={"current": None})
        case PutByKey(values=values, if_version=if_version) | UpsertByKey(values=values, if_version=if_version):
            if if_version is not None:
                raise PreconditionFailed("version-conflict", missing, extra={"current": None})
            return CreateRecord(_add_key_values(state.definition, key, None, values))
        case _:
            assert_never(command)


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
    """`values` completed by the key as the record has it. Raises Invalid if the values contradict the key."""
    faults: list[Fault] = []
    added: dict[str, Value] = {}
    for column, key_value in zip(get_key_columns(definition), key, strict=True):
        if column.name not in values:
            added[column.name] = key_value if record is None else record.values[column.position]
            continue
        given = read_value(column, values[column.name])
        if _is_different(given, key_value) and describe_type_error(column.type, given) is None:
            why = f"the record is addressed by {quote_value(key_value)}, the values say {quote_value(given)}"
            pointer = f"/values/{escape_pointer_token(column.name)}"
            faults.append(Fault(pointer, "key-mismatch", f"column {column.name!r}: {why}"))
    if faults:
        raise Invalid("key-mismatch", faults[0].detail, tuple(faults))
    return {**values, **added}


def _is_different(one: Value, other: Value) -> bool:
    return to_comparable([one]) != to_comparable([other])
