"""Parses the `options` of an upload: what the client specifies about the file instead of automatic detection."""

import json
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from hashlib import sha256
from typing import Any

from application.imports.file_format import INTERNAL_OPTIONS, FileOptions, RequestedType
from domain.columns import ColumnType, quote_value
from domain.errors import Fault, Invalid, suggest_nearest
from domain.json_pointer import parse_pointer

OPTION_NAMES = tuple(field.name for field in fields(FileOptions) if field.name not in INTERNAL_OPTIONS)

_DEFAULTS = FileOptions()

_CHARACTER_OPTIONS = {"delimiter": 1, "quote": 0, "escape": 0, "comment": 0, "decimal": 1}
"""Options of one character; 0: can also be empty."""

_CHOICES = {
    "decimal": (",", "."),
    "on_error": ("reject", "abort"),
    "error_cells": ("null", "reject"),
    "short_rows": ("pad", "reject"),
    "merged": ("fill", "null"),
}
"""Options of one word or character, with all that it can be."""


def parse_import_options(given: Mapping[str, Any]) -> FileOptions:
    """The options in JSON. Raises Invalid `unknown-option` or `invalid-options`, with one fault for each mistake."""
    faults = [
        Fault(
            f"options/{name}",
            "unknown-option",
            f"the option {name!r} is unknown: {suggest_nearest(name, OPTION_NAMES)}",
        )
        for name in given
        if name not in OPTION_NAMES
    ]
    if faults:
        raise Invalid("unknown-option", faults[0].detail, tuple(faults))
    given_options = {name: value for name, value in given.items() if value is not None}
    faults = [
        Fault(f"options/{name}", "invalid-options", f"{name}: {why}")
        for name, value in given_options.items()
        if (why := _describe_option_error(name, value))
    ]
    if faults:
        raise Invalid("invalid-options", faults[0].detail, tuple(faults))
    columns = given_options.pop("columns", {})
    if "null_values" in given_options:
        given_options["null_values"] = tuple(given_options["null_values"])
    return FileOptions(**given_options, columns=_parse_types(columns), names=_parse_names(columns))


def digest_reading_options(options: FileOptions) -> str:
    """A digest of the options that decide what is read from a file; empty if none is given.

    `on_error` is not among them: it decides what happens to rows that cannot be read.
    """
    given = {
        name: value
        for name, value in asdict(replace(options, on_error=_DEFAULTS.on_error)).items()
        if value != getattr(_DEFAULTS, name)
    }
    return sha256(json.dumps(given, sort_keys=True).encode()).hexdigest()[:32] if given else ""


def _describe_option_error(name: str, value: Any) -> str | None:
    match name:
        case "header":
            fits = isinstance(value, bool) or (isinstance(value, int) and 0 <= value <= 100)
            return None if fits else "expected true, false or a number of rows"
        case "formula_guard":
            return None if isinstance(value, bool) else "expected true or false"
        case "skip_rows":
            fits = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 1_000_000
            return None if fits else "expected a number of lines, 0 or more"
        case "sheet":
            is_number = isinstance(value, int) and not isinstance(value, bool) and value >= 1
            fits = is_number or (isinstance(value, str) and value != "")
            return None if fits else "expected a sheet's name or number, from 1"
        case "null_values":
            fits = isinstance(value, list) and all(isinstance(text, str) for text in value)
            return None if fits else 'expected a list of texts like ["NA", "-"]'
        case "trim":
            return None if isinstance(value, bool) else "expected true or false"
        case "columns":
            return _describe_columns_error(value)
        case _:
            return _describe_text_error(name, value)


def _describe_text_error(name: str, value: Any) -> str | None:
    if not isinstance(value, str):
        return "expected a string"
    if "\x00" in value or any("\ud800" <= sign <= "\udfff" for sign in value):
        return "must not contain U+0000 or half of a surrogate pair"
    if name in _CHARACTER_OPTIONS and len(value) != 1 and (value or _CHARACTER_OPTIONS[name]):
        alternative = "" if _CHARACTER_OPTIONS[name] else " or an empty string for none"
        return f"expected one character{alternative}, got {quote_value(value)}"
    if name in _CHOICES and value not in _CHOICES[name]:
        return f"expected {' or '.join(map(repr, _CHOICES[name]))}, got {quote_value(value)}"
    return _describe_pointer_error(value) if name == "rows" else None


def _describe_pointer_error(pointer: str) -> str | None:
    try:
        parse_pointer(pointer)
    except ValueError as error:
        return str(error)
    return None


def _describe_columns_error(value: Any) -> str | None:
    if isinstance(value, list):
        entries = [(one if isinstance(one, dict) else {"name": one}) for one in value]
        for entry in entries:
            name = entry.get("name")
            if not isinstance(name, str) or not name.strip() or "\x00" in name:
                return 'a column of a list needs a name: ["sku", {"name": "price", "type": "decimal"}]'
        names = [entry["name"].strip() for entry in entries]
        if twice := next((name for name in names if names.count(name) > 1), None):
            return f"two columns are called {twice!r}"
        return next((why for entry in entries if (why := _describe_column_error(entry["name"], entry))), None)
    if not isinstance(value, dict):
        return 'expected types by column name like {"zip": "string"}, or a list of columns'
    return next((why for name, one in value.items() if (why := _describe_column_error(name, one))), None)


def _describe_column_error(name: str, given: Any) -> str | None:
    entry = {"type": given} if isinstance(given, str) else given
    if not isinstance(entry, dict):
        return (
            f'{name!r}: expected a type like "string", or an object like {{"type": "date", "format": "DD.MM.YYYY"}}'
        )
    for field in entry:
        if field not in ("name", "type", "format"):
            return f"{name!r}: the field {field!r} is unknown: {suggest_nearest(field, ('type', 'format'))}"
    column_type = entry.get("type")
    if "type" in entry and column_type not in list(ColumnType):
        hint = suggest_nearest(str(column_type), [known.value for known in ColumnType])
        return f"{name!r}: {quote_value(column_type)} is not a column type: {hint}"
    if not isinstance(entry.get("format", ""), str):
        return f"{name!r}: format must be a string"
    return None if "type" in entry or "format" not in entry else f"{name!r}: a format needs a type"


def _parse_types(columns: Any) -> dict[str, RequestedType]:
    if isinstance(columns, list):
        named = {one["name"].strip(): one for one in columns if isinstance(one, dict)}
    else:
        named = {name: {"type": one} if isinstance(one, str) else one for name, one in columns.items()}
    return {
        name: RequestedType(ColumnType(one["type"]), one.get("format"))
        for name, one in named.items()
        if "type" in one
    }


def _parse_names(columns: Any) -> tuple[str, ...] | None:
    if not isinstance(columns, list):
        return None
    return tuple((one if isinstance(one, str) else one["name"]).strip() for one in columns)
