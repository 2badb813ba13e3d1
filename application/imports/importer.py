"""Runs the import jobs that `acceptance.accept_import` has enqueued.

All rows are imported or none. An import that is killed leaves orphaned chunks and, for a new dataset, an unused
table; its next attempt removes them first.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, assert_never
from uuid import UUID

from psycopg import Cursor

from application.commands import writer_lease
from application.imports import acceptance, import_as_new, import_into_existing, import_options
from application.imports.file_format import (
    FileOpener,
    FileOptions,
    KnownColumn,
    RequestedType,
    Table,
    TypeGuessFailed,
)
from application.imports.import_context import ImportArguments, ImportTools
from application.jobs.job import Job
from application.jobs.kinds import JobPart
from application.jobs.progress import JobProgress
from application.log import chunks
from domain.dataset.events import SourceFile
from domain.dataset.state import DatasetState
from domain.errors import Fault, Invalid, suggest_nearest
from domain.schema import Definition

LEASE_TIMEOUT = 60.0
"""Seconds that an import waits for another bulk change of the dataset, or until the database notices that its own
previous attempt is dead; then the queue retries it."""


@dataclass(frozen=True, slots=True)
class Importer:
    """The job kind `import`."""

    tools: ImportTools
    files: FileOpener

    def do(self, job: Job, progress: JobProgress) -> None:
        """Import the file under the dataset's writer lease. Raises Busy if another bulk change holds it too long."""
        with (
            self.tools.connect() as holder,
            writer_lease.hold_lease(holder, job.dataset_id, LEASE_TIMEOUT, progress.check_current),
        ):
            self._import(job, progress)

    def clear(self, cursor: "Cursor[Any]", job: Job, part: JobPart) -> None:
        match part:
            case JobPart.RESERVATION:
                acceptance.release_reservations(cursor, job)
            case JobPart.INPUT:
                Path(job.arguments["path"]).unlink(missing_ok=True)
            case JobPart.OUTPUT:
                self._remove_written(cursor, job)
            case _:
                assert_never(part)

    def describe(self, job: Job) -> str:
        filename, mode = job.arguments["filename"], job.arguments["mode"]
        prefix = "dry run of the " if job.arguments["dry_run"] else ""
        target = f"as the new dataset {job.arguments['name']!r}" if mode == "create" else f"into a dataset ({mode})"
        return f"{prefix}import of {filename!r} {target}"

    def _import(self, job: Job, progress: JobProgress) -> None:
        arguments = _parse_arguments(job.arguments)
        state = None
        if arguments.mode != "create":
            state = import_into_existing.load_state(self.tools, job)
            arguments = replace(arguments, options=_apply_dataset_types(arguments.options, state.definition))
        if job.attempt > 1:
            with self.tools.connect() as connection:
                chunks.delete_orphaned(connection, job.dataset_id)
        with self.files.open(arguments.path, arguments.source.filename, arguments.options) as file:
            try:
                self._import_file(arguments, state, file, file.describe(), progress)
            except TypeGuessFailed:
                self._import_file(arguments, state, file, file.describe(exhaustive=True), progress)

    def _import_file(
        self,
        arguments: ImportArguments,
        state: DatasetState | None,
        file: Any,
        table: Table,
        progress: JobProgress,
    ) -> None:
        if state is None:
            _require_columns(arguments.options, table)
            import_as_new.create_from_file(self.tools, arguments, file, table, progress)
        else:
            import_into_existing.merge_file(self.tools, arguments, state, file, table, progress)

    def _remove_written(self, cursor: "Cursor[Any]", job: Job) -> None:
        """Remove the chunks and the table of a dataset that is not created; an existing one has none of them."""
        if job.arguments["mode"] == "create":
            chunks.delete_orphaned(cursor.connection, job.dataset_id)
            self.tools.tables.discard(cursor, job.dataset_id)


def _parse_arguments(given: Mapping[str, Any]) -> ImportArguments:
    return ImportArguments(
        import_id=UUID(given["import_id"]),
        mode=given["mode"],
        dry_run=given["dry_run"],
        path=Path(given["path"]),
        source=SourceFile(given["filename"], given["size"], given["sha256"]),
        key=list(given["key"]),
        options=import_options.parse_import_options(given["options"]),
    )


def _apply_dataset_types(options: FileOptions, definition: Definition) -> FileOptions:
    """The options with the dataset's columns: names, types, formats. Raises Invalid if they request another type."""
    columns = dict(options.columns)
    for column in definition.columns:
        requested = columns.setdefault(column.name, RequestedType(column.type))
        if requested.type != column.type:
            types = f"{requested.type.value} for {column.name!r}, whose type is {column.type.value}"
            detail = f"options.columns requests {types}"
            raise Invalid("invalid-options", detail, (Fault("options/columns", "invalid-options", detail),))
    return replace(
        options,
        columns=columns,
        known_names=tuple(column.name for column in definition.columns),
        known_formats={
            column.name: KnownColumn(column.type, column.format, column.null_text) for column in definition.columns
        },
    )


def _require_columns(options: FileOptions, table: Table) -> None:
    """Raises Invalid if a type is given for a column that the file of a new dataset does not have."""
    names = [column.name for column in table.columns]
    for name in options.columns:
        if name not in names:
            detail = f"options.columns names {name!r}, which the file does not have: {suggest_nearest(name, names)}"
            raise Invalid("unknown-column", detail, (Fault("options/columns", "unknown-column", detail),))
