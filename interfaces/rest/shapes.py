"""How datasets, versions, imports and jobs look in JSON, and what a dataset's description must look like."""

from collections.abc import Mapping
from typing import Any

from domain.columns import Column, ColumnType
from domain.dataset.state import DatasetState
from domain.errors import Fault, Invalid, nearest
from domain.schema import Definition
from interfaces.rest.requests import must_know
from projections.definitions import from_json
from projections.lookup import Snapshot
from projections.record_history import Entry

COLUMN_FIELDS = ("name", "type", "required", "unique")
REJECT_FIELDS = ("line", "column", "code", "detail", "raw")


def dataset(snapshot: Snapshot) -> dict[str, object]:
    return {
        "id": str(snapshot.id),
        "slug": snapshot.slug,
        "owner": snapshot.owner,
        "version": snapshot.version,
        "records": snapshot.records,
        **definition(snapshot.definition),
        "created_at": snapshot.created_at.isoformat(),
        "updated_at": snapshot.updated_at.isoformat(),
    }


def planned_dataset(state: DatasetState) -> dict[str, object]:
    """An empty dataset that a dry run would make."""
    head = {"id": None, "slug": state.slug, "owner": state.owner, "version": 0, "records": 0}
    return {**head, **definition(state.definition)}


def listed_dataset(row: Mapping[str, Any]) -> dict[str, object]:
    return {
        "id": str(row["dataset_id"]),
        "slug": row["slug"],
        "owner": row["owner"],
        "version": row["version"],
        "records": row["records"],
        **definition(from_json(row["definition"])),
        "created_at": row["created_at"].isoformat(),
        "updated_at": row["updated_at"].isoformat(),
    }


def history_entry(entry: Entry) -> dict[str, object]:
    return {
        "version": entry.version,
        "type": entry.type,
        "at": entry.at.isoformat(),
        "actor": entry.actor,
        "removed": entry.removed,
        "changed": entry.changed,
        "values": entry.values,
    }


def definition(given: Definition) -> dict[str, object]:
    columns = {column.position: column.name for column in given.columns}
    return {
        "name": given.name,
        "description": given.description,
        "columns": [_column(column) for column in given.columns],
        "key": [columns[position] for position in given.key],
    }


def version(row: Mapping[str, Any]) -> dict[str, object]:
    return {
        "version": row["version"],
        "type": row["type"],
        "at": row["at"].isoformat(),
        "actor": row["actor"],
        "correlation_id": row["correlation_id"],
        "summary": {"added": row["added"], "changed": row["changed"], "removed": row["removed"]},
        "import": None if row["import_id"] is None else str(row["import_id"]),
        "comment": row["comment"],
    }


def import_(row: Mapping[str, Any]) -> dict[str, object]:
    return {
        "id": str(row["import_id"]),
        "version": row["version"],
        "job": str(row["job_id"]),
        "mode": row["mode"],
        "source": {"filename": row["filename"], "size": row["size"], "sha256": row["sha256"]},
        "options": row["options"],
        "notes": row["notes"],
        "columns": row["columns"],
        "rows": {"read": row["rows_read"], "accepted": row["accepted"], "rejected": row["rejected"]},
        "summary": {name: row[name] for name in ("added", "changed", "removed", "unchanged")},
        "at": row["at"].isoformat(),
        "actor": row["actor"],
    }


def job(row: Mapping[str, Any]) -> dict[str, object]:
    total, done = row["total_bytes"], row["bytes"]
    finished = row["state"] == "succeeded"
    total_rows = row["total_rows"]
    part, whole = (done, total) if total_rows is None else (row["rows"], total_rows)
    percent = 100 if finished else min(99, 100 * part // whole) if whole else 0
    progress = {"rows": row["rows"], "bytes": done, "total_bytes": total, "percent": percent}
    if total_rows is not None:
        progress["total_rows"] = total_rows
    return {
        "id": str(row["job_id"]),
        "kind": row["kind"],
        "state": row["state"],
        "dataset": str(row["dataset_id"]),
        "attempt": row["attempt"],
        "progress": progress,
        "result": row["result"],
        "error": row["error"],
        "created_at": row["created_at"].isoformat(),
        "started_at": row["started_at"] and row["started_at"].isoformat(),
        "finished_at": row["finished_at"] and row["finished_at"].isoformat(),
    }


def definition_of(body: Mapping[str, Any], most_columns: int) -> Definition:
    """A new dataset's definition from a request's body. Raises Invalid with one fault a mistake."""
    faults: list[Fault] = []
    name = _text(body, "name", faults)
    if not name.strip():
        faults.append(Fault("/name", "required", "a dataset needs a name"))
    given = body.get("columns")
    if not isinstance(given, list) or not given:
        faults.append(Fault("/columns", "required", 'columns is a list like [{"name": "sku", "type": "string"}]'))
        given = []
    if len(given) > most_columns:
        detail = f"{len(given)} columns; at most {most_columns} are allowed (setting ROWLEDGER_LIMIT_COLUMNS)"
        raise Invalid("too-many-columns", detail, (Fault("/columns", "too-many-columns", detail),))
    columns = [_column_of(one, position, faults) for position, one in enumerate(given)]
    names = [column.name for column in columns]
    faults += [
        Fault(f"/columns/{position}/name", "duplicate-column", f"two columns are called {name!r}")
        for position, name in enumerate(names)
        if name in names[:position]
    ]
    key = _key(body.get("key", []), names, faults)
    if faults:
        raise Invalid("invalid-dataset", faults[0].detail, tuple(faults))
    return Definition(name.strip(), _text(body, "description", faults), tuple(columns), key)


def _column(column: Column) -> dict[str, object]:
    return {
        "name": column.name,
        "type": column.type.value,
        "required": column.required,
        "unique": column.unique,
        "format": column.format,
    }


def _text(body: Mapping[str, Any], field: str, faults: list[Fault]) -> str:
    value = body.get(field) or ""
    if isinstance(value, str) and "\x00" not in value and _is_unicode(value):
        return value
    faults.append(Fault(f"/{field}", "type-error", f"{field} must be a string of Unicode characters"))
    return ""


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= sign <= "\udfff" for sign in text)


def _column_of(given: object, position: int, faults: list[Fault]) -> Column:
    pointer = f"/columns/{position}"
    if not isinstance(given, dict):
        faults.append(Fault(pointer, "type-error", 'a column is an object like {"name": "sku", "type": "string"}'))
        return Column(f"?{position}", ColumnType.STRING, position)
    try:
        must_know(given, COLUMN_FIELDS, pointer)
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
    return Column(name.strip(), _type_of(given.get("type"), f"{pointer}/type", faults), position, **flags)


def _type_of(given: object, pointer: str, faults: list[Fault]) -> ColumnType:
    if given in list(ColumnType):
        return ColumnType(str(given))
    hint = nearest(str(given), [known.value for known in ColumnType])
    faults.append(Fault(pointer, "unknown-type", f"{given!r} is no column type: {hint}"))
    return ColumnType.STRING


def _key(given: object, names: list[str], faults: list[Fault]) -> tuple[int, ...]:
    if not isinstance(given, list):
        faults.append(Fault("/key", "type-error", 'key is a list of column names like ["sku"]'))
        return ()
    unknown = [name for name in given if name not in names]
    faults += [
        Fault("/key", "unknown-column", f"the key's column {name!r} is not there: {nearest(str(name), names)}")
        for name in unknown
    ]
    return tuple(dict.fromkeys(names.index(name) for name in given if name in names))
