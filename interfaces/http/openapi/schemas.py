"""The schemas of the OpenAPI document, made from Python types.

A route names a type when it is declared, and gets a reference to its schema. The schemas are made when the document
is built, so that the start of the service need not wait for them.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from interfaces.services.json_types import PageInfoJson

Schema = dict[str, Any]

PREFIX = "#/components/schemas/"
SUFFIX = "Json"
"""Ends the names of types, and not those of their schemas."""


_TYPES: dict[str, Any] = {}
_REQUESTS: set[str] = set()
_WRITTEN: dict[str, Schema] = {}


class SchemaNameTaken(Exception):
    """Two different schemas have the same name."""


def schema_of(kind: Any) -> Schema:
    """A reference to the schema of a class: a TypedDict, a dataclass or an enumeration."""
    name = _schema_name(kind.__name__)
    if _TYPES.setdefault(name, kind) is not kind:
        raise SchemaNameTaken(name)
    return {"$ref": PREFIX + name}


def request_schema_of(kind: Any) -> Schema:
    """As `schema_of`, for what clients send: unknown members are refused."""
    reference = schema_of(kind)
    _REQUESTS.add(_schema_name(kind.__name__))
    return reference


def written_schema(name: str, schema: Schema) -> Schema:
    """A reference to a schema that is written down. The keyword `x-written` puts it in the place of a type."""
    if _WRITTEN.setdefault(name, schema) != schema:
        raise SchemaNameTaken(name)
    return {"$ref": PREFIX + name}


def page_of(kind: Any) -> Schema:
    """A reference to the schema of a page of a list."""
    schema = {
        "type": "object",
        "required": ["data", "page"],
        "properties": {
            "data": {"type": "array", "items": schema_of(kind)},
            "page": schema_of(PageInfoJson),
            "version": {"type": "integer", "description": "the dataset's version, if the list belongs to a dataset"},
        },
    }
    return written_schema(f"{_schema_name(kind.__name__)}Page", schema)


def member_names(kind: Any) -> tuple[str, ...]:
    """The names of the members of a TypedDict."""
    return tuple(kind.__annotations__)


def build_schemas() -> Mapping[str, Schema]:
    """All schemas that were referred to, by name."""
    adapters = [(name, "validation", TypeAdapter(kind)) for name, kind in _TYPES.items()]
    _, made = TypeAdapter.json_schemas(
        adapters,  # type: ignore[arg-type]
        ref_template=PREFIX + "{model}",
        schema_generator=_UntitledSchemas,
    )
    found = _WRITTEN | {_schema_name(name): _rename(schema) for name, schema in made["$defs"].items()}
    for name in _reach(found, _REQUESTS):
        if "properties" in found[name]:
            found[name].setdefault("additionalProperties", False)
    return dict(sorted(found.items()))


class _UntitledSchemas(GenerateJsonSchema):
    """Without the titles that only repeat names."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def _schema_name(name: str) -> str:
    return name.removesuffix(SUFFIX)


def _rename(schema: Schema) -> Schema:
    renamed: Schema = _rename_references(schema)
    renamed.pop("title", None)
    return renamed


def _rename_references(value: Any) -> Any:
    match value:
        case {"$ref": str(reference)}:
            return {**value, "$ref": _schema_name(reference)}
        case {"x-written": str(name)}:
            return {"$ref": PREFIX + name}
        case dict():
            return {name: _rename_references(item) for name, item in value.items()}
        case list():
            return [_rename_references(item) for item in value]
        case _:
            return value


def _reach(schemas: Mapping[str, Schema], names: set[str]) -> set[str]:
    """The schemas with these names, and those that they refer to."""
    reached: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += _references(schemas[name])
    return reached


def _references(value: Any) -> Iterator[str]:
    match value:
        case dict():
            if isinstance(reference := value.get("$ref"), str):
                yield reference.removeprefix(PREFIX)
            for item in value.values():
                yield from _references(item)
        case list():
            for item in value:
                yield from _references(item)
