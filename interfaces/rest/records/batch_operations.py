"""The operations of a batch as they stand in JSON."""

from collections.abc import Callable, Mapping
from typing import Any

from domain.dataset.batch_failures import MAX_FAULTS
from domain.dataset.commands import (
    CreateRecord,
    DeleteByKey,
    DeleteRecord,
    Operation,
    PatchByKey,
    PutByKey,
    ReplaceRecord,
    UpdateRecord,
    UpsertByKey,
)
from domain.errors import Fault, Invalid, TooLarge, suggest_nearest

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
"""For each word: the fields it may have, and what they come to."""


def parse_operations(body: OperationBody, most: int) -> tuple[Operation, ...]:
    """Raises Invalid naming each operation that is none, by its index, or TooLarge for more than `most`."""
    given = body.get("operations")
    if not isinstance(given, list):
        detail = 'the body is an object like {"operations": [{"op": "delete", "id": 2}]}'
        raise Invalid("invalid-body", detail, (Fault("/operations", "required", detail),))
    if len(given) > most:
        detail = f"{len(given):,} operations; at most {most:,} are allowed (setting ROWLEDGER_LIMIT_BATCH_OPERATIONS)"
        raise TooLarge("too-many-operations", detail)
    operations: list[Operation] = []
    faults: list[Fault] = []
    for index, one in enumerate(given):
        found = _find_faults(one, f"/operations/{index}")
        if found:
            faults += found
        elif not faults:
            operations.append(_OPERATIONS[one["op"]][1](one))
    if faults:
        raise Invalid("invalid-operation", faults[0].detail, tuple(faults[:MAX_FAULTS]))
    return tuple(operations)


def _find_faults(one: object, at: str) -> list[Fault]:
    if not isinstance(one, dict):
        return [Fault(at, "type-error", 'an operation is an object like {"op": "delete", "id": 2}')]
    word = one.get("op")
    if not isinstance(word, str) or word not in _OPERATIONS:
        hint = suggest_nearest(str(word), _OPERATIONS)
        return [Fault(f"{at}/op", "unknown-operation", f"{word!r} is no operation: {hint}")]
    known = _OPERATIONS[word][0]
    faults = [
        Fault(
            f"{at}/{name}", "unknown-field", f"{word} has no field {name!r}: {suggest_nearest(name, sorted(known))}"
        )
        for name in one
        if name != "op" and name not in known
    ]
    if "values" in known and not isinstance(one.get("values"), dict):
        faults.append(Fault(f"{at}/values", "required", f'{word} needs values like {{"name": "Ann"}}'))
    if "if_version" in one and "if_version" in known and not _is_number(one["if_version"]):
        faults.append(Fault(f"{at}/if_version", "type-error", "if_version is the number of a version"))
    return faults + _find_address_faults(one, word, known, at)


def _find_address_faults(one: OperationBody, word: str, known: frozenset[str], at: str) -> list[Fault]:
    if "id" in known and ("id" in one) == ("key" in one):
        return [Fault(f"{at}/id", "required", f"{word} names its record by an id, or by a key, and not by both")]
    if "id" in known and "id" in one and not _is_number(one["id"]):
        return [Fault(f"{at}/id", "type-error", "an id is the number of a record")]
    if "key" in known and "key" in one and not isinstance(one["key"], dict):
        return [Fault(f"{at}/key", "type-error", 'a key is an object like {"sku": "a"}')]
    return []


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63
