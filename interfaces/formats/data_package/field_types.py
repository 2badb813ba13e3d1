"""Translate what a Table Schema says about a column to the type and notation of an import."""

from collections.abc import Mapping
from typing import assert_never

from application.imports.file_format import RequestedType
from domain.columns import ColumnType
from domain.errors import Invalid
from interfaces.formats.data_package.descriptor import Properties
from interfaces.formats.values.forms import find_format

JSON_PROPERTY = "rowledger:type"
"""A property of our own: Table Schema has no type for JSON of any kind, so that it is `any`."""

_TYPES: Mapping[str, ColumnType] = {
    "integer": ColumnType.INTEGER,
    "year": ColumnType.INTEGER,
    "number": ColumnType.DECIMAL,
    "boolean": ColumnType.BOOLEAN,
    "date": ColumnType.DATE,
    "datetime": ColumnType.DATETIME,
    "object": ColumnType.JSON,
    "array": ColumnType.JSON,
    "geojson": ColumnType.JSON,
}
"""Column types by the types of Table Schema; columns of other types, such as `time` and `duration`, are text."""

_BOOLEAN_WORDS = (("true", "True", "TRUE", "1"), ("false", "False", "FALSE", "0"))
_UNNAMED_FORMATS = (None, "default", "any")


def requested_type(field: Properties) -> RequestedType | None:
    """The type of a column; None if its values decide. Raises Invalid for a notation that is not supported."""
    match field.get("type", "string"):
        case "any":
            return RequestedType(ColumnType.JSON) if field.get(JSON_PROPERTY) == ColumnType.JSON else None
        case str(name):
            type = _TYPES.get(name, ColumnType.STRING)
        case _:
            type = ColumnType.STRING
    notation = _notation(type, field)
    find_format(type, notation)
    return RequestedType(type, notation)


def _notation(type: ColumnType, field: Properties) -> str | None:
    match type:
        case ColumnType.DATE | ColumnType.DATETIME:
            pattern = field.get("format")
            return None if pattern in _UNNAMED_FORMATS else str(pattern)
        case ColumnType.INTEGER | ColumnType.DECIMAL:
            return _number_notation(type, field)
        case ColumnType.BOOLEAN:
            return _boolean_notation(field)
        case ColumnType.STRING | ColumnType.JSON:
            return None
        case _:
            assert_never(type)


def _number_notation(type: ColumnType, field: Properties) -> str | None:
    if field.get("bareNumber", True) is not True:
        raise Invalid("invalid-datapackage", "numbers with other characters around them (bareNumber) are not read")
    thousands, point = field.get("groupChar") or "", field.get("decimalChar") or "."
    groups = f"1{thousands}234" if thousands else "1"
    return groups if type is ColumnType.INTEGER else f"{groups}{point}{'56' if thousands else '5'}"


def _boolean_notation(field: Properties) -> str | None:
    true, false = (
        _words(field, name, default)
        for name, default in zip(("trueValues", "falseValues"), _BOOLEAN_WORDS, strict=True)
    )
    if (true, false) == _BOOLEAN_WORDS or (true, false) == (("true",), ("false",)):
        return None
    if len(true) != 1 or len(false) != 1:
        raise Invalid("invalid-datapackage", "several words for true or false are not read")
    return f"{true[0]}/{false[0]}"


def _words(field: Properties, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
    words = field.get(name, default)
    if not isinstance(words, list | tuple) or not all(isinstance(word, str) for word in words):
        raise Invalid("invalid-datapackage", f"{name} is not a list of texts")
    return tuple(words)
