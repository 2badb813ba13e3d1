"""The body of a batch, for the OpenAPI document. Its operations are the commands of `batch_operations.py`."""

from collections.abc import Iterator, Mapping

from interfaces.http.openapi.answers import JSON
from interfaces.http.openapi.limits import limited
from interfaces.http.openapi.operation import Body, json_object
from interfaces.http.openapi.schemas import Schema, written_schema
from interfaces.rest.records.batch_operations import OPERATION_FIELDS

_NUMBER: Schema = {"type": "integer", "minimum": 0, "maximum": 2**63 - 1}
_MEMBERS: Mapping[str, Schema] = {
    "id": {**_NUMBER, "description": "the record's id"},
    "key": {"type": "object", "minProperties": 1, "description": "the record's key: values by column name"},
    "values": {"type": "object", "description": "values by column name"},
    "if_version": {**_NUMBER, "description": "only if this is the record's version"},
}


def _operation_schemas(name: str, fields: frozenset[str]) -> Iterator[Schema]:
    """The schemas of an operation; one that takes an id also takes a key instead."""
    if "id" in fields:
        yield _operation_schema(name, name.capitalize(), fields - {"key"}, "id")
        yield _operation_schema(name, f"{name.capitalize()}ByKey", fields - {"id"}, "key")
    else:
        yield _operation_schema(name, name.capitalize(), fields)


def _operation_schema(name: str, schema_name: str, fields: frozenset[str], *required: str) -> Schema:
    members = {"op": {"type": "string", "enum": [name]}, **{field: _MEMBERS[field] for field in sorted(fields)}}
    needed = ["op", *required, *(["values"] if "values" in fields else [])]
    return written_schema(f"{schema_name}Operation", json_object(members, needed))


_OPERATIONS = [schema for one in OPERATION_FIELDS.items() for schema in _operation_schemas(*one)]

BATCH_BODY = Body(
    {
        JSON: {
            "schema": written_schema(
                "Batch",
                json_object(
                    {
                        "operations": {
                            "type": "array",
                            "items": {"oneOf": _OPERATIONS},
                            **limited(maxItems="batch_operations"),
                        }
                    },
                    ["operations"],
                ),
            )
        }
    },
    {
        "every operation": {
            "operations": [
                {"op": "create", "values": {"name": "Ann"}},
                {"op": "update", "id": 1, "values": {"age": 31}, "if_version": 3},
                {"op": "delete", "id": 2},
                {"op": "upsert", "values": {"sku": "a", "price": 5}},
            ]
        }
    },
)
