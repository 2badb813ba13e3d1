"""Import: the one use case that spans a file. Runs the jobs that `uploads.accept` has enqueued.

All rows come in or none. An import that is killed leaves chunks, and of a new dataset a table, that nobody names;
its next attempt begins with removing them.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from psycopg import Cursor, Error

from application.commands import writer_lease
from application.imports import acceptance, existing_dataset, import_options, new_dataset
from application.imports.file_format import (
    FileOpener,
    FileOptions,
    RequestedType,
    Table,
    TypeGuessFailed,
)
from application.imports.import_context import (
    ImportArguments,
    ImportProgressWriter,
    ImportTools,
    ProgressCallback,
)
from application.jobs import job_store
from application.jobs.job_store import Job
from application.log import chunks
from domain.dataset.events import SourceFile
from domain.dataset.state import DatasetState
from domain.errors import Busy, Fault, Invalid, Refusal, suggest_nearest
from domain.schema import Definition

LEASE_TIMEOUT = 60.0
"""Seconds that an import waits for another bulk change of the dataset, or for the database to notice that its own
dead attempt is gone; then the queue tries again."""

CLEANUP_TIMEOUT = 1.0
"""Seconds that the remains of a cancelled job wait for the lease, before they wait for the next who comes."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Importer:
    """Runs import jobs."""

    tools: ImportTools
    files: FileOpener

    def run(self, job_id: UUID, watch: ProgressCallback | None = None) -> None:
        """Do the job, or end it as failed. An unexpected error is raised, so that the queue tries again."""
        with self.tools.connect() as connection, connection.cursor() as cursor:
            job = job_store.begin(cursor, job_id)
        if job is None:
            self.clear_cancelled(job_id)
            return
        try:
            if job.attempt > job_store.MAX_ATTEMPTS:
                raise _attempts_exhausted_error()
            with (
                self.tools.connect() as holder,
                writer_lease.hold_lease(holder, job.dataset_id, LEASE_TIMEOUT, partial(self._must_be_ours, job)),
            ):
                self._import(job, watch)
        except job_store.JobSuperseded as error:
            _log.warning("%s", error)
            self.clear_cancelled(job_id)
            return
        except Busy:
            raise
        except Refusal as refusal:
            self._fail(job, refusal)
        except Exception as error:
            if job.attempt < job_store.MAX_ATTEMPTS:
                raise
            _log.exception("job %s failed for good", job.id)
            self._fail(job, _unexpected_error(job, error))
        else:
            Path(job.arguments["path"]).unlink(missing_ok=True)

    def _import(self, job: Job, watch: ProgressCallback | None) -> None:
        asked = _parse_arguments(job.arguments)
        progress = ImportProgressWriter(self.tools.connect, job, watch)
        state = None
        if asked.mode != "create":
            state = existing_dataset.load_state(self.tools, job)
            asked = replace(asked, options=_apply_dataset_types(asked.options, state.definition))
        if job.attempt > 1:
            with self.tools.connect() as connection:
                chunks.delete_orphaned(connection, job.dataset_id)
        with self.files.open(asked.path, asked.source.filename, asked.options) as file:
            try:
                self._bring(job, asked, state, file, file.describe(), progress)
            except TypeGuessFailed:
                self._bring(job, asked, state, file, file.describe(exhaustive=True), progress)

    def _bring(
        self,
        job: Job,
        asked: ImportArguments,
        state: DatasetState | None,
        file: Any,
        table: Table,
        progress: ImportProgressWriter,
    ) -> None:
        if state is None:
            _require_columns(asked.options, table)
            new_dataset.create_from_file(self.tools, job, asked, file, table, progress)
        else:
            existing_dataset.merge_file(self.tools, job, asked, state, file, table, progress)

    def _fail(self, job: Job, refusal: Refusal) -> None:
        """End the job and leave nothing behind of it but its error, and its file for as long as jobs are kept."""
        faults = [{"pointer": f.pointer, "code": f.code, "detail": f.detail} for f in refusal.faults]
        error = {"type": f"/problems/{refusal.code}", "title": refusal.code, "detail": refusal.detail}
        with self.tools.connect() as connection, connection.transaction(), connection.cursor() as cursor:
            job_store.fail(cursor, job.id, error | ({"errors": faults} if faults else {}))
            self._remove_written(cursor, job)
            acceptance.withdraw(cursor, job)

    def clear_cancelled(self, job_id: UUID) -> None:
        """Remove what a job that was cancelled at work has written; whoever comes does it, once.

        Raises Busy while somebody holds the lease: the worker that has the job may not have noticed yet.
        """
        with self.tools.connect() as holder, holder.cursor() as cursor:
            job = job_store.find_uncleared(cursor, job_id)
            if job is None:
                return
            with writer_lease.hold_lease(holder, job.dataset_id, CLEANUP_TIMEOUT):
                Path(job.arguments["path"]).unlink(missing_ok=True)
                with holder.transaction():
                    self._remove_written(cursor, job)
                    job_store.mark_cleared(cursor, job_id)

    def _must_be_ours(self, job: Job) -> None:
        """Raises Superseded once the job was cancelled."""
        with self.tools.connect() as connection, connection.cursor() as cursor:
            job_store.record_progress(cursor, job, 0, 0)

    def _remove_written(self, cursor: "Cursor[Any]", job: Job) -> None:
        """Remove the chunks and the table of a dataset that does not come to be; one that stands has none of it."""
        if job.arguments["mode"] == "create":
            chunks.delete_orphaned(cursor.connection, job.dataset_id)
            self.tools.tables.discard(cursor, job.dataset_id)


def _parse_arguments(arguments: Mapping[str, Any]) -> ImportArguments:
    return ImportArguments(
        import_id=UUID(arguments["import_id"]),
        mode=arguments["mode"],
        dry_run=arguments["dry_run"],
        path=Path(arguments["path"]),
        source=SourceFile(arguments["filename"], arguments["size"], arguments["sha256"]),
        key=list(arguments["key"]),
        options=import_options.parse_import_options(arguments["options"]),
    )


def _apply_dataset_types(options: FileOptions, definition: Definition) -> FileOptions:
    """The options with the dataset's types: in its columns nothing else may come in. Raises Invalid."""
    columns = dict(options.columns)
    for column in definition.columns:
        given = columns.setdefault(column.name, RequestedType(column.type))
        if given.type != column.type:
            detail = f"options.columns says {given.type.value} of {column.name!r}, which is {column.type.value}"
            raise Invalid("invalid-options", detail, (Fault("options/columns", "invalid-options", detail),))
    return replace(options, columns=columns)


def _require_columns(options: FileOptions, table: Table) -> None:
    """Refuse a type given for a column that the file of a new dataset does not have."""
    names = [column.name for column in table.columns]
    for name in options.columns:
        if name not in names:
            detail = f"options.columns names {name!r}, which the file does not have: {suggest_nearest(name, names)}"
            raise Invalid("unknown-column", detail, (Fault("options/columns", "unknown-column", detail),))


def _attempts_exhausted_error() -> Refusal:
    detail = f"The import was begun {job_store.MAX_ATTEMPTS} times and its worker died each time"
    return Invalid("import-failed", detail)


def _unexpected_error(job: Job, error: Exception) -> Refusal:
    what = "the database" if isinstance(error, Error) else "the service"
    return Invalid("import-failed", f"The import failed in {what} {job.attempt} times; the service's log says why")
