"""What imports of new and existing datasets share: arguments, dependencies, counts, the event and the result."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from psycopg import Cursor

from application.commands.handler import CommandHandler
from application.imports.bulk_writer import ImportChunks
from application.imports.file_format import FileOptions, Reject, Table
from application.imports.source_files import Blobs
from application.imports.source_lines import LineRuns
from application.jobs.job import AccessOfJob, Connect, Job
from application.ports import Loader, ReadModels, RowMerger
from domain.dataset.events import RecordsImported, SourceFile
from domain.errors import Fault, Invalid, suggest_nearest
from domain.schema import Definition


class RecordTableBuilder(Protocol):
    """The record table of a dataset that does not exist yet."""

    def prepare(self, cursor: "Cursor[Any]", dataset_id: UUID) -> None:
        """Create it, empty; replaces what a failed attempt left."""

    def load(self, cursor: "Cursor[Any]", dataset_id: UUID) -> Loader:
        """A bulk copy into it."""

    def finish(self, cursor: "Cursor[Any]", dataset_id: UUID, definition: Definition) -> None:
        """Build its indexes and statistics."""

    def discard(self, cursor: "Cursor[Any]", dataset_id: UUID) -> None:
        """Remove it."""


@dataclass(frozen=True, slots=True)
class ImportTools:
    """What an import needs to run; `max_rejects`: the most rows that can be rejected."""

    connect: Connect
    handler: CommandHandler
    models: ReadModels
    tables: RecordTableBuilder
    merging: RowMerger
    blobs: Blobs
    access_of_job: AccessOfJob
    max_columns: int
    max_rejects: int


@dataclass(frozen=True, slots=True)
class ImportArguments:
    """An import job's arguments."""

    import_id: UUID
    mode: str
    dry_run: bool
    path: Path
    source: SourceFile
    key: Sequence[str]
    options: FileOptions


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """The number of rows in the file, and what happened to them."""

    read: int
    accepted: int
    rejected: int
    added: int
    changed: int = 0
    removed: int = 0
    unchanged: int = 0


def find_key_positions(key: Sequence[str], names: Sequence[str]) -> tuple[int, ...]:
    """The positions of the key columns in `names`. Raises Invalid, which names a missing column."""
    for name in key:
        if name not in names:
            detail = f"the key's column {name!r} is not in the file: {suggest_nearest(name, names)}"
            raise Invalid("unknown-column", detail, (Fault("key", "unknown-column", detail),))
    return tuple(dict.fromkeys(names.index(name) for name in key))


def store_lines(import_chunks: ImportChunks, lines: LineRuns) -> None:
    import_chunks.store_texts("lines", (f"[{row},{line}]" for row, line in lines.runs()))


def build_import_event(
    arguments: ImportArguments,
    job: Job,
    table: Table,
    counts: ImportCounts,
    import_chunks: ImportChunks,
    first_id: int,
    notes: Sequence[str] = (),
) -> RecordsImported:
    """The event of an import. `notes` are those beside the table's own."""
    return RecordsImported(
        import_id=arguments.import_id,
        job_id=job.id,
        mode=arguments.mode,
        source=arguments.source,
        rows_read=counts.read,
        first_id=first_id,
        accepted=counts.accepted,
        rejected=counts.rejected,
        chunks=import_chunks.list_refs("rows"),
        reject_chunks=import_chunks.list_refs("rejects"),
        found=table.found,
        notes=(*table.notes, *notes),
        changed=counts.changed,
        removed=counts.removed,
        unchanged=counts.unchanged,
        change_chunks=import_chunks.list_refs("changes"),
        line_chunks=import_chunks.list_refs("lines"),
        columns=tuple(column.name for column in table.columns),
        options=job.arguments["options"],
    )


def build_import_result(
    job: Job,
    arguments: ImportArguments,
    table: Table,
    counts: ImportCounts,
    version: int,
    rejects: Sequence[Reject],
    *,
    new: bool,
    notes: Sequence[str] = (),
) -> Mapping[str, object]:
    """The result of the job. `notes` are those beside the table's own.

    `import` is null if nothing changed or in a dry run; then the result includes the first rejects, which are
    stored nowhere else.
    """
    found = (
        {}
        if new
        else {"found": dict(table.found), "columns": describe_columns(table), "rejects": describe_rejects(rejects)}
    )
    return {
        "dataset": str(job.dataset_id),
        "version": version,
        "import": str(arguments.import_id) if new else None,
        "mode": arguments.mode,
        "dry_run": arguments.dry_run,
        "rows": {"read": counts.read, "accepted": counts.accepted, "rejected": counts.rejected},
        "summary": {
            "added": counts.added,
            "changed": counts.changed,
            "removed": counts.removed,
            "unchanged": counts.unchanged,
        },
        "notes": [*table.notes, *notes],
        **found,
    }


def describe_columns(table: Table) -> list[dict[str, object]]:
    return [{"name": one.name, "type": one.type.value, "format": one.format} for one in table.columns]


def describe_rejects(rejects: Sequence[Reject]) -> list[dict[str, object]]:
    return [
        {"line": one.line, "column": one.column, "code": one.code, "detail": one.detail, "raw": one.raw}
        for one in rejects
    ]
