"""Parses the body of `PATCH /v1/datasets/{dataset}`: new texts, columns and key of the dataset."""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.columns import ColumnType, quote_value
from domain.dataset.columns.column_changes import ColumnChange, ColumnChanges, NewColumn, OnFailure
from domain.dataset.commands import ChangeDataset, ExpectedVersion
from domain.errors import Fault, Invalid, suggest_nearest
from domain.json_pointer import escape_pointer_token
from interfaces.http.openapi.schemas import member_names
from interfaces.http.requests import check_fields_known
from interfaces.rest.datasets.dataset_bodies import AddedColumnJson, ColumnChangeJson

COLUMN_CHANGE_FIELDS = member_names(ColumnChangeJson)
NEW_COLUMN_FIELDS = member_names(AddedColumnJson)

_COLUMN_EXAMPLE = 'a column is changed with an object like {"name": "new", "type": "date"}, or dropped with null'
_ADD_EXAMPLE = 'a new column is an object like {"name": "size", "type": "integer", "default": 1}'


def parse_change(body: Mapping[str, Any]) -> ColumnChanges:
    """The wanted changes. Raises Invalid with one fault for each mistake."""
    faults = [
        Fault(f"/{field}", "type-error", f"{field} must be a string")
        for field in ("name", "description")
        if not isinstance(body.get(field, ""), str)
    ]
    if not faults and "name" in body and not body["name"].strip():
        faults.append(Fault("/name", "required", "a dataset needs a name"))
    columns = body.get("columns", {})
    if not isinstance(columns, dict):
        faults.append(Fault("/columns", "type-error", 'columns must be an object like {"old": {"name": "new"}}'))
        columns = {}
    added = body.get("add", [])
    if not isinstance(added, list):
        faults.append(Fault("/add", "type-error", f"add must be a list; {_ADD_EXAMPLE}"))
        added = []
    changes = {
        name: _parse_column_change(one, f"/columns/{escape_pointer_token(name)}", faults)
        for name, one in columns.items()
    }
    new = [_parse_new_column(one, f"/add/{at}", faults) for at, one in enumerate(added)]
    key = _parse_key(body["key"], faults) if "key" in body else None
    if faults:
        raise Invalid("invalid-dataset", faults[0].detail, tuple(faults))
    return ColumnChanges(changes, new, key, body["name"].strip() if "name" in body else None, body.get("description"))


def to_simple_command(changes: ColumnChanges, if_version: ExpectedVersion) -> ChangeDataset | None:
    """The command for new texts and new names of columns, which concerns no record; None if there is more."""
    renames = {
        name: one.name
        for name, one in changes.columns.items()
        if one is not None and one.name is not None and one == ColumnChange(name=one.name)
    }
    if len(renames) < len(changes.columns) or changes.added or changes.key is not None:
        return None
    return ChangeDataset(changes.title, changes.description, renames, if_version)


def _parse_column_change(given: object, pointer: str, faults: list[Fault]) -> ColumnChange | None:
    if given is None:
        return None
    if not isinstance(given, dict) or not given:
        faults.append(Fault(pointer, "type-error", _COLUMN_EXAMPLE))
        return ColumnChange()
    _check_fields(given, COLUMN_CHANGE_FIELDS, pointer, faults)
    column_type = _parse_type(given["type"], f"{pointer}/type", faults) if "type" in given else None
    if "on_failure" in given and column_type is None:
        faults.append(Fault(f"{pointer}/on_failure", "required", "on_failure needs a type"))
    return ColumnChange(
        _parse_text(given, "name", pointer, faults),
        column_type,
        _parse_text(given, "format", pointer, faults),
        _parse_on_failure(given.get("on_failure", OnFailure.REFUSE), f"{pointer}/on_failure", faults),
        _parse_flag(given, "required", pointer, faults),
        _parse_flag(given, "unique", pointer, faults),
    )


def _parse_new_column(given: object, pointer: str, faults: list[Fault]) -> NewColumn:
    if not isinstance(given, dict):
        faults.append(Fault(pointer, "type-error", _ADD_EXAMPLE))
        given = {"name": "", "type": ColumnType.STRING}
    _check_fields(given, NEW_COLUMN_FIELDS, pointer, faults)
    faults += [
        Fault(f"{pointer}/{field}", "required", f"a new column needs a {field}")
        for field in ("name", "type")
        if given.get(field) is None
    ]
    return NewColumn(
        _parse_text(given, "name", pointer, faults) or "",
        _parse_type(given.get("type") or ColumnType.STRING, f"{pointer}/type", faults) or ColumnType.STRING,
        given.get("default"),
        _parse_flag(given, "required", pointer, faults) or False,
        _parse_flag(given, "unique", pointer, faults) or False,
    )


def _parse_key(given: object, faults: list[Fault]) -> Sequence[str]:
    if isinstance(given, list) and all(isinstance(name, str) for name in given):
        return tuple(given)
    faults.append(Fault("/key", "type-error", 'key must be a list of column names like ["sku"]'))
    return ()


def _check_fields(given: Mapping[str, Any], known: Sequence[str], pointer: str, faults: list[Fault]) -> None:
    try:
        check_fields_known(given, known, pointer)
    except Invalid as error:
        faults += error.faults


def _parse_text(given: Mapping[str, Any], field: str, pointer: str, faults: list[Fault]) -> str | None:
    text = given.get(field)
    if text is None and field not in given:
        return None
    if isinstance(text, str):
        return text.strip() if field == "name" else text
    faults.append(Fault(f"{pointer}/{field}", "type-error", f"{field} must be a string"))
    return None


def _parse_flag(given: Mapping[str, Any], field: str, pointer: str, faults: list[Fault]) -> bool | None:
    flag = given.get(field)
    if field in given and not isinstance(flag, bool):
        faults.append(Fault(f"{pointer}/{field}", "type-error", f"{field} must be true or false"))
    return flag if isinstance(flag, bool) else None


def _parse_type(given: object, pointer: str, faults: list[Fault]) -> ColumnType | None:
    if given in list(ColumnType):
        return ColumnType(str(given))
    hint = suggest_nearest(str(given), [known.value for known in ColumnType])
    faults.append(Fault(pointer, "unknown-type", f"{quote_value(given)} is not a column type: {hint}"))
    return None


def _parse_on_failure(given: object, pointer: str, faults: list[Fault]) -> OnFailure:
    if given in list(OnFailure):
        return OnFailure(str(given))
    faults.append(Fault(pointer, "type-error", f"on_failure must be 'refuse' or 'null', not {quote_value(given)}"))
    return OnFailure.REFUSE
