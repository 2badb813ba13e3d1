"""Parses the definition of a new dataset from the request body."""

from collections.abc import Mapping
from typing import Any

from application.settings import limit_setting
from domain.columns import Column, ColumnType, quote_value
from domain.errors import Fault, Invalid, suggest_nearest
from domain.schema import Definition
from interfaces.http.requests import check_fields_known

COLUMN_FIELDS = ("name", "type", "required", "unique")


def parse_definition(body: Mapping[str, Any], most_columns: int) -> Definition:
    """The definition of a new dataset. Raises Invalid with one fault per mistake."""
    faults: list[Fault] = []
    name = _parse_text(body, "name", faults)
    if not name.strip():
        faults.append(Fault("/name", "required", "a dataset needs a name"))
    given = body.get("columns")
    if not isinstance(given, list) or not given:
        faults.append(
            Fault("/columns", "required", 'columns must be a list like [{"name": "sku", "type": "string"}]')
        )
        given = []
    if len(given) > most_columns:
        detail = f"{len(given)} columns; at most {most_columns} are allowed ({limit_setting('columns')})"
        raise Invalid("too-many-columns", detail, (Fault("/columns", "too-many-columns", detail),))
    columns = [_parse_column(one, position, faults) for position, one in enumerate(given)]
    names = [column.name for column in columns]
    faults += [
        Fault(f"/columns/{position}/name", "duplicate-column", f"two columns have the name {name!r}")
        for position, name in enumerate(names)
        if name in names[:position]
    ]
    key = _parse_key(body.get("key", []), names, faults)
    if faults:
        raise Invalid("invalid-dataset", faults[0].detail, tuple(faults))
    return Definition(name.strip(), _parse_text(body, "description", faults), tuple(columns), key)


def _parse_text(body: Mapping[str, Any], field: str, faults: list[Fault]) -> str:
    value = body.get(field) or ""
    if isinstance(value, str) and "\x00" not in value and _is_unicode(value):
        return value
    faults.append(Fault(f"/{field}", "type-error", f"{field} must be a string of Unicode characters"))
    return ""


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _parse_column(given: object, position: int, faults: list[Fault]) -> Column:
    pointer = f"/columns/{position}"
    if not isinstance(given, dict):
        faults.append(
            Fault(pointer, "type-error", 'a column must be an object like {"name": "sku", "type": "string"}')
        )
        return Column(f"?{position}", ColumnType.STRING, position)
    try:
        check_fields_known(given, COLUMN_FIELDS, pointer)
    except Invalid as error:
        faults += error.faults
    name, flags = given.get("name"), {}
    if not isinstance(name, str) or not name.strip() or "\x00" in name or not _is_unicode(name):
        faults.append(Fault(f"{pointer}/name", "required", "a column needs a name"))
        name = f"?{position}"
    for flag in ("required", "unique"):
        flags[flag] = given.get(flag, False)
        if not isinstance(flags[flag], bool):
            faults.append(Fault(f"{pointer}/{flag}", "type-error", f"{flag} must be true or false"))
    return Column(name.strip(), _parse_type(given.get("type"), f"{pointer}/type", faults), position, **flags)


def _parse_type(given: object, pointer: str, faults: list[Fault]) -> ColumnType:
    if given in list(ColumnType):
        return ColumnType(str(given))
    hint = suggest_nearest(str(given), [known.value for known in ColumnType])
    faults.append(Fault(pointer, "unknown-type", f"{quote_value(given)} is not a column type: {hint}"))
    return ColumnType.STRING


def _parse_key(given: object, names: list[str], faults: list[Fault]) -> tuple[int, ...]:
    if not isinstance(given, list):
        faults.append(Fault("/key", "type-error", 'key must be a list of column names like ["sku"]'))
        return ()
    unknown = [name for name in given if name not in names]
    faults += [
        Fault(
            "/key",
            "unknown-column",
            f"the key column {quote_value(name)} does not exist: {suggest_nearest(str(name), names)}",
        )
        for name in unknown
    ]
    return tuple(dict.fromkeys(names.index(name) for name in given if name in names))
