"""Import: a file becomes the records of a new dataset, all of them or none.

Nothing of it can be seen until one small transaction appends the event and makes the head. An import that is
killed leaves chunks and a table that nobody names; its next attempt begins with removing them.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from psycopg import Connection, Cursor, Error

from application import jobs, lease, slugs, uploads
from application.bulk_writer import BulkWriter, Loader, Written
from application.file_format import FileFormat, Misfit, Table
from application.handle import Context, Handler, Wish
from application.jobs import Job
from domain.columns import Column
from domain.dataset.commands import ImportRecords
from domain.dataset.events import DatasetCreated, RecordsImported, SourceFile
from domain.errors import Busy, Fault, Invalid, Refusal, nearest
from domain.schema import Definition

PROGRESS_SECONDS = 0.2

LEASE_PATIENCE = 60.0
"""Seconds that a new attempt waits for the database to notice that the one before has died."""

Connect = Callable[[], "AbstractContextManager[Connection[Any]]"]
Watch = Callable[[int, int], None]
"""Told how many rows and bytes have been read."""

_log = logging.getLogger(__name__)


class RecordTables(Protocol):
    """The record table of a dataset that does not exist yet."""

    def prepare(self, cursor: "Cursor[Any]", dataset_id: UUID) -> None:
        """Make it, empty, in place of what a dead attempt left."""

    def load(self, cursor: "Cursor[Any]", dataset_id: UUID) -> Loader:
        """A copy into it."""

    def finish(self, cursor: "Cursor[Any]", dataset_id: UUID, definition: Definition) -> None:
        """Build its indexes and statistics."""

    def discard(self, cursor: "Cursor[Any]", dataset_id: UUID) -> None:
        """Remove it."""


@dataclass(frozen=True, slots=True)
class Importer:
    """Runs import jobs. `scratch` is a folder for what does not fit into memory."""

    connect: Connect
    handler: Handler
    tables: RecordTables
    format: FileFormat
    scratch: Path
    most_columns: int

    def run(self, job_id: UUID, watch: Watch | None = None) -> None:
        """Do the job, or end it as failed. An unexpected error is raised, so that the queue tries again."""
        with self.connect() as connection, connection.cursor() as cursor:
            job = jobs.begin(cursor, job_id)
        if job is None:
            return
        try:
            if job.attempt > jobs.ATTEMPTS:
                raise _given_up(job)
            with self.connect() as holder, lease.held(holder, job.dataset_id, LEASE_PATIENCE):
                self._import(job, watch)
        except jobs.Superseded as error:
            _log.warning("%s", error)
            return
        except Busy:
            raise
        except Refusal as refusal:
            self._fail(job, refusal)
        except Exception as error:
            if job.attempt < jobs.ATTEMPTS:
                raise
            _log.exception("job %s failed for good", job.id)
            self._fail(job, _broken(job, error))
        Path(job.arguments["path"]).unlink(missing_ok=True)

    def _import(self, job: Job, watch: Watch | None) -> None:
        path, key = Path(job.arguments["path"]), list(job.arguments["key"])
        table = self.format.describe(path)
        if len(table.columns) > self.most_columns:
            detail = f"The file has {len(table.columns)} columns; at most {self.most_columns} are allowed"
            raise Invalid("too-many-columns", f"{detail} (setting ROWLEDGER_LIMIT_COLUMNS)")
        definition = _definition(job.arguments, table, key)
        progress = _Progress(self.connect, job, watch)
        try:
            written = self._write(job, path, table, definition, key, progress)
        except Misfit:
            table = self.format.describe(path, exhaustive=True)
            definition = _definition(job.arguments, table, key)
            written = self._write(job, path, table, definition, key, progress)
        with self.connect() as connection, connection.cursor() as cursor:
            self.tables.finish(cursor, job.dataset_id, definition)
        self._publish(job, table, definition, written)

    def _write(
        self, job: Job, path: Path, table: Table, definition: Definition, key: Sequence[str], progress: "_Progress"
    ) -> Written:
        excluded = self.format.key_faults(path, table, key, scratch=self.scratch) if key else {}
        with self.connect() as copying, copying.cursor() as cursor, self.connect() as keeping:
            self._clear(keeping, job.dataset_id)
            with copying.transaction():
                self.tables.prepare(cursor, job.dataset_id)
            with (
                copying.transaction(),
                BulkWriter(self.tables.load(cursor, job.dataset_id), keeping, job.dataset_id) as writer,
            ):
                for block in self.format.rows(path, table, excluded=excluded):
                    writer.write(block)
                    progress.tell(writer.rows, block.read)
            return writer.written()

    def _clear(self, connection: "Connection[Any]", dataset_id: UUID) -> None:
        """Remove the chunks of an attempt that died; the dataset does not exist yet, so nobody names them."""
        connection.execute("DELETE FROM chunks WHERE dataset_id = %s", [dataset_id])

    def _publish(self, job: Job, table: Table, definition: Definition, written: Written) -> None:
        arguments = job.arguments
        created = DatasetCreated(job.workspace, arguments["slug"], job.actor, definition)
        event = RecordsImported(
            import_id=UUID(arguments["import_id"]),
            job_id=job.id,
            mode="create",
            source=SourceFile(arguments["filename"], arguments["size"], arguments["sha256"]),
            rows_read=written.rows + written.rejected,
            first_id=1,
            accepted=written.rows,
            rejected=written.rejected,
            chunks=written.chunks,
            reject_chunks=written.reject_chunks,
            found=table.found,
            notes=tuple(table.notes),
            dataset=created,
        )
        context = Context(job.workspace, job.actor, job.correlation_id)
        with self.connect() as connection, connection.transaction(), connection.cursor() as cursor:
            wish = Wish(job.dataset_id, ImportRecords(event), context)
            outcome = self.handler.carry_out_one(cursor, wish)
            jobs.succeed(cursor, job, written.rows, _result(job, outcome.state.version, written))

    def _fail(self, job: Job, refusal: Refusal) -> None:
        """End the job and leave nothing behind of it but its error."""
        faults = [{"pointer": f.pointer, "code": f.code, "detail": f.detail} for f in refusal.faults]
        error = {"type": f"/problems/{refusal.code}", "title": refusal.code, "detail": refusal.detail}
        with self.connect() as connection, connection.transaction(), connection.cursor() as cursor:
            jobs.fail(cursor, job.id, error | ({"errors": faults} if faults else {}))
            self._clear(connection, job.dataset_id)
            self.tables.discard(cursor, job.dataset_id)
            slugs.release(cursor, job.dataset_id)
            uploads.give_up(cursor, job.dataset_id)


class _Progress:
    """Writes the job's progress, a few times a second at most."""

    def __init__(self, connect: Connect, job: Job, watch: Watch | None) -> None:
        self._connect = connect
        self._job = job
        self._watch = watch
        self._next = 0.0

    def tell(self, rows: int, read: int) -> None:
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + PROGRESS_SECONDS
        with self._connect() as connection, connection.cursor() as cursor:
            jobs.progress(cursor, self._job, rows, read)
        if self._watch is not None:
            self._watch(rows, read)


def _definition(arguments: Mapping[str, Any], table: Table, key: Sequence[str]) -> Definition:
    columns = tuple(
        Column(found.name, found.type, position, format=found.format) for position, found in enumerate(table.columns)
    )
    names = [column.name for column in columns]
    for name in key:
        if name not in names:
            detail = f"the key's column {name!r} is not in the file: {nearest(name, names)}"
            raise Invalid("unknown-column", detail, (Fault("key", "unknown-column", detail),))
    positions = tuple(dict.fromkeys(names.index(name) for name in key))
    return Definition(arguments["name"], arguments["description"], columns, positions)


def _result(job: Job, version: int, written: Written) -> dict[str, object]:
    return {
        "dataset": str(job.dataset_id),
        "version": version,
        "import": job.arguments["import_id"],
        "rows": {"read": written.rows + written.rejected, "accepted": written.rows, "rejected": written.rejected},
    }


def _given_up(job: Job) -> Refusal:
    detail = f"The import was begun {jobs.ATTEMPTS} times and its worker died each time"
    return Invalid("import-failed", detail)


def _broken(job: Job, error: Exception) -> Refusal:
    what = "the database" if isinstance(error, Error) else "the service"
    return Invalid("import-failed", f"The import failed in {what} {job.attempt} times; the service's log says why")
