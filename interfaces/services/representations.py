"""The JSON representations of datasets, versions, imports and jobs."""

from collections.abc import Mapping
from typing import Any, assert_never

from application.columns.conversion import ColumnConversion
from application.jobs.job import JobState
from domain.columns import Column
from domain.dataset.state import DatasetState
from domain.schema import Definition
from interfaces.services.json_types import (
    ColumnConversionJson,
    ColumnJson,
    DatasetJson,
    DefinitionJson,
    HistoryEntryJson,
    ImportJson,
    JobJson,
    PlannedDatasetJson,
    ProgressJson,
    RejectJson,
    VersionJson,
)
from projections.models.definition_json import definition_from_json
from projections.query.records.record_history import HistoryEntry
from projections.query.snapshots import Snapshot


def dataset_json(snapshot: Snapshot) -> DatasetJson:
    return {
        "id": str(snapshot.id),
        "slug": snapshot.slug,
        "owner": snapshot.owner,
        "version": snapshot.version,
        "records": snapshot.records,
        **definition_json(snapshot.definition),
        "created_at": snapshot.created_at.isoformat(),
        "updated_at": snapshot.updated_at.isoformat(),
    }


def planned_dataset_json(state: DatasetState) -> PlannedDatasetJson:
    """The empty dataset that a dry run would create."""
    return {
        "id": None,
        "slug": state.slug,
        "owner": state.owner,
        "version": 0,
        "records": 0,
        **definition_json(state.definition),
    }


def listed_dataset_json(row: Mapping[str, Any]) -> DatasetJson:
    return {
        "id": str(row["dataset_id"]),
        "slug": row["slug"],
        "owner": row["owner"],
        "version": row["version"],
        "records": row["records"],
        **definition_json(definition_from_json(row["definition"])),
        "created_at": row["created_at"].isoformat(),
        "updated_at": row["updated_at"].isoformat(),
    }


def history_entry_json(entry: HistoryEntry) -> HistoryEntryJson:
    return {
        "version": entry.version,
        "type": entry.type,
        "at": entry.at.isoformat(),
        "actor": entry.actor,
        "removed": entry.removed,
        "changed": list(entry.changed),
        "values": entry.values,
    }


def definition_json(given: Definition) -> DefinitionJson:
    columns = {column.position: column.name for column in given.columns}
    return {
        "name": given.name,
        "description": given.description,
        "columns": [_column_json(column) for column in given.columns],
        "key": [columns[position] for position in given.key],
    }


def conversion_json(done: ColumnConversion) -> ColumnConversionJson:
    """What became of a column whose type changed."""
    return {
        "column": done.column.name,
        "type": done.column.type,
        "format": done.column.format,
        "converted": done.counts.converted,
        "nulled": done.counts.nulled,
        "from_source": done.counts.from_source,
        "from_format": done.counts.from_format,
    }


def version_json(row: Mapping[str, Any]) -> VersionJson:
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


def import_json(row: Mapping[str, Any]) -> ImportJson:
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
        "summary": {
            "added": row["added"],
            "changed": row["changed"],
            "removed": row["removed"],
            "unchanged": row["unchanged"],
        },
        "at": row["at"].isoformat(),
        "actor": row["actor"],
    }


def reject_json(row: Mapping[str, Any]) -> RejectJson:
    return {
        "line": row["line"],
        "column": row["column"],
        "code": row["code"],
        "detail": row["detail"],
        "raw": row["raw"],
    }


def job_json(row: Mapping[str, Any], description: str) -> JobJson:
    total, done = row["total_bytes"], row["bytes"]
    total_rows = row["total_rows"]
    part, whole = (done, total) if total_rows is None else (row["rows"], total_rows)
    percent = _percent_done(JobState(row["state"]), part, whole)
    progress: ProgressJson = {"rows": row["rows"], "bytes": done, "total_bytes": total, "percent": percent}
    if total_rows is not None:
        progress["total_rows"] = total_rows
    return {
        "id": str(row["job_id"]),
        "kind": row["kind"],
        "description": description,
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


def _percent_done(state: JobState, part: int, whole: int) -> int:
    """100 only for success."""
    match state:
        case JobState.SUCCEEDED:
            return 100
        case JobState.QUEUED | JobState.RUNNING | JobState.FAILED | JobState.CANCELLED:
            return min(99, 100 * part // whole) if whole else 0
        case _:
            assert_never(state)


def _column_json(column: Column) -> ColumnJson:
    return {
        "name": column.name,
        "type": column.type,
        "required": column.required,
        "unique": column.unique,
        "format": column.format,
    }
