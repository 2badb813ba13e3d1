"""Parses the operations of a batch from the JSON request body."""

from collections.abc import Callable, Mapping
from typing import Any

from application.settings import limit_setting
from domain.columns import quote_value
from domain.dataset.commands import (
    CreateRecord,
    DeleteByKey,
    DeleteRecord,
    MalformedOperation,
    Operation,
    PatchByKey,
    PutByKey,
    ReplaceRecord,
    UpdateRecord,
    UpsertByKey,
)
from domain.errors import Fault, Invalid, TooLarge, suggest_nearest
from domain.json_pointer import escape_pointer_token

OperationBody = Mapping[str, Any]

_OPERATIONS: Mapping[str, tuple[frozenset[str], Callable[[OperationBody], Operation]]] = {
    "create": (frozenset({"values"}), lambda body: CreateRecord(body["values"])),
    "update": (
        frozenset({"id", "key", "values", "if_version"}),
        lambda body: (
            PatchByKey(body["key"], body["values"], body.get("if_version"))
            if "key" in body
            else UpdateRecord(body["id"], body["values"], body.get("if_version"))
        ),
    ),
    "replace": (
        frozenset({"id", "key", "values", "if_version"}),
        lambda body: (
            PutByKey(body["key"], body["values"], body.get("if_version"), must_exist=True)
            if "key" in body
            else ReplaceRecord(body["id"], body["values"], body.get("if_version"))
        ),
    ),
    "delete": (
        frozenset({"id", "key", "if_version"}),
        lambda body: (
            DeleteByKey(body["key"], body.get("if_version"))
            if "key" in body
            else DeleteRecord(body["id"], body.get("if_version"))
        ),
    ),
    "upsert": (
        frozenset({"key", "values", "if_version"}),
        lambda body: UpsertByKey(body.get("key"), body["values"], body.get("if_version")),
    ),
}
"""For each operation name: the fields it may have, and how to build its command from them."""

OPERATION_FIELDS: Mapping[str, frozenset[str]] = {name: known for name, (known, _) in _OPERATIONS.items()}


def parse_operations(body: OperationBody, max_operations: int) -> tuple[Operation, ...]:
    """Parse the operations of a batch. Those that cannot be understood are refused with the others that fail.

    Raises Invalid if the body has no list of operations, or TooLarge for more than `max_operations`.
    """
    given = body.get("operations")
    if not isinstance(given, list):
        detail = 'the body must be an object like {"operations": [{"op": "delete", "id": 2}]}'
        raise Invalid("invalid-body", detail, (Fault("/operations", "required", detail),))
    if len(given) > max_operations:
        allowed = f"at most {max_operations:,} are allowed ({limit_setting('batch_operations')})"
        detail = f"{len(given):,} operations; {allowed}"
        raise TooLarge("too-many-operations", detail)
    return tuple(_parse_operation(one) for one in given)


def _parse_operation(one: Any) -> Operation:
    faults = _find_faults(one)
    return MalformedOperation(tuple(faults)) if faults else _OPERATIONS[one["op"]][1](one)


def _find_faults(one: object) -> list[Fault]:
    """What is wrong with the form of an operation, with pointers within it."""
    if not isinstance(one, dict):
        return [Fault("", "type-error", 'an operation must be an object like {"op": "delete", "id": 2}')]
    operation_name = one.get("op")
    if not isinstance(operation_name, str) or operation_name not in _OPERATIONS:
        hint = suggest_nearest(str(operation_name), _OPERATIONS)
        detail = f"{quote_value(operation_name)} is not an operation: {hint}"
        return [Fault("/op", "unknown-operation", detail)]
    known = _OPERATIONS[operation_name][0]
    faults = [
        Fault(
            f"/{escape_pointer_token(name)}",
            "unknown-field",
            f"{operation_name} has no field {name!r}: {suggest_nearest(name, sorted(known))}",
        )
        for name in one
        if name != "op" and name not in known
    ]
    if "values" in known and not isinstance(one.get("values"), dict):
        faults.append(Fault("/values", "required", f'{operation_name} needs values like {{"name": "Ann"}}'))
    if "if_version" in one and "if_version" in known and not _is_number(one["if_version"]):
        faults.append(Fault("/if_version", "type-error", "if_version must be a version number"))
    return faults + _find_address_faults(one, operation_name, known)


def _find_address_faults(one: OperationBody, operation_name: str, known: frozenset[str]) -> list[Fault]:
    if "id" in known and ("id" in one) == ("key" in one):
        return [Fault("/id", "required", f"{operation_name} needs either the id or the key of a record")]
    if "id" in known and "id" in one and not _is_number(one["id"]):
        return [Fault("/id", "type-error", "id must be the number of a record")]
    if "key" in known and "key" in one and not isinstance(one["key"], dict):
        return [Fault("/key", "type-error", 'key must be an object like {"sku": "a"}')]
    return []


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63
