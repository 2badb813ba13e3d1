"""A dataset's definition as JSON in the read tables: its name, description, columns and key."""

from collections.abc import Mapping
from typing import Any

from domain.columns import Column, ColumnType
from domain.schema import Definition


def definition_to_json(definition: Definition) -> dict[str, Any]:
    """`dropped` is omitted where there is none, as in rows written before columns could be dropped."""
    data = {
        "name": definition.name,
        "description": definition.description,
        "key": list(definition.key),
        "columns": [_column_to_json(column) for column in definition.columns],
    }
    return data | {"dropped": list(definition.dropped)} if definition.dropped else data


def definition_from_json(data: Mapping[str, Any]) -> Definition:
    columns = tuple(Column(**(column | {"type": ColumnType(column["type"])})) for column in data["columns"])
    dropped = tuple(data.get("dropped", ()))
    return Definition(data["name"], data["description"], columns, tuple(data["key"]), dropped)


def _column_to_json(column: Column) -> dict[str, Any]:
    return {
        "name": column.name,
        "type": column.type.value,
        "position": column.position,
        "required": column.required,
        "unique": column.unique,
        "format": column.format,
        **({"null_text": column.null_text} if column.null_text is not None else {}),
    }
