"""The JSON Schema of the options of an import.

The names and kinds of the options are those of `FileOptions`; what their types do not say is added here.
"""

from collections.abc import Mapping
from typing import Any, get_type_hints

from pydantic import TypeAdapter

from application.imports.file_format import FileOptions
from application.imports.import_options import OPTION_NAMES
from domain.columns import ColumnType
from interfaces.http.openapi.operation import json_object
from interfaces.http.openapi.schemas import Schema, schema_of, written_schema

_CHARACTER: Schema = {"minLength": 1, "maxLength": 1}
_CHARACTER_OR_NONE: Schema = {"maxLength": 1}
_TYPE = schema_of(ColumnType)
_FORMAT: Schema = {"type": "string", "description": "the notation of the values, such as `DD.MM.YYYY`"}
_TYPED = json_object({"type": _TYPE, "format": _FORMAT}, ["type"])
_NAMED: Schema = {
    **json_object({"name": {"type": "string", "minLength": 1}, "type": _TYPE, "format": _FORMAT}, ["name"]),
    "dependentRequired": {"format": ["type"]},
}
_COLUMNS: Schema = {
    "anyOf": [
        {"type": "object", "additionalProperties": {"anyOf": [_TYPE, _TYPED]}},
        {"type": "array", "items": {"anyOf": [{"type": "string", "minLength": 1}, _NAMED]}},
        {"type": "null"},
    ]
}

_DETAILS: Mapping[str, Schema] = {
    "delimiter": _CHARACTER,
    "quote": _CHARACTER_OR_NONE,
    "escape": _CHARACTER_OR_NONE,
    "comment": _CHARACTER_OR_NONE,
    "decimal": {"type": ["string", "null"], "enum": [",", ".", None]},
    "header": {"minimum": 0, "maximum": 100},
    "skip_rows": {"minimum": 0, "maximum": 1_000_000},
    "sheet": {"minLength": 1, "minimum": 1},
    "error_cells": {"type": ["string", "null"], "enum": ["null", "reject", None]},
    "on_error": {"type": ["string", "null"], "enum": ["reject", "abort", None]},
}


def _option_schema(name: str, kind: Any) -> Schema:
    if name == "columns":
        return _COLUMNS
    details = _DETAILS.get(name, {})
    schema = dict(details) if "enum" in details else {**TypeAdapter(kind | None).json_schema(), **details}
    schema.pop("title", None)
    return schema


def _options_schema() -> Schema:
    kinds = get_type_hints(FileOptions)
    schema = json_object({name: _option_schema(name, kinds[name]) for name in OPTION_NAMES})
    return {**schema, "description": "What is known about a file instead of being detected; null: detect it"}


IMPORT_OPTIONS = written_schema("FileOptions", _options_schema())
EXAMPLE = {"delimiter": ";", "decimal": ",", "columns": {"code": "string"}}
