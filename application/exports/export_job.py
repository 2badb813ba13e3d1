"""Export as a job: a file is written in the background and kept for a while, to be fetched as often as wanted.

What leaves is pinned when the job is asked for: the version, the columns, the question. Each attempt writes a file
of its own, so that one that was thought dead cannot spoil its successor's.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID, uuid4

from psycopg import Connection, Cursor, Error

from application.commands import idempotency_claims
from application.commands.envelope import CommandContext
from application.commands.idempotency_claims import ClaimEffect
from application.exports import export_options
from application.exports.export_options import ExportOptions
from application.jobs import job_store
from application.jobs.job_store import Connect, Job, Queue
from domain.errors import Invalid, Refusal

KIND = "export"

PROGRESS_SECONDS = 0.2

MIN_FILE_AGE_SECONDS = 3_600
"""Seconds that a file is left alone whatever becomes of its job: it may be fetched just now."""

_SELECT_KEPT_FILES = "SELECT job_id, attempt FROM jobs WHERE kind = %s AND state IN ('running', 'succeeded')"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What leaves: of a dataset at `version` the columns in `fields` of the records that `question` keeps (as the
    read side writes questions down), as a file called `filename`."""

    dataset_id: UUID
    version: int
    fields: Sequence[str]
    question: Mapping[str, Any]
    options: ExportOptions
    filename: str


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A file that is whole: its records, its size in bytes and its SHA-256 (hex)."""

    rows: int
    bytes: int
    sha256: str


class ExportProgress(Protocol):
    """Told how an export goes on."""

    def expect(self, rows: int) -> None:
        """So many records will be written."""

    def tell(self, rows: int, written: int) -> None:
        """So many records and bytes have been."""


WriteExport = Callable[[ExportRequest, Path, ExportProgress], ExportedFile]


def accept_export(connection: "Connection[Any]", queue: Queue, context: CommandContext, wish: ExportRequest) -> UUID:
    """Have the file written; the job's id. Raises Busy if the request's claim was taken over."""
    arguments = {
        "version": wish.version,
        "fields": list(wish.fields),
        "question": dict(wish.question),
        "options": dict(wish.options.given),
        "filename": wish.filename,
    }
    asked = (context.workspace, context.actor, context.correlation_id)
    job = Job(uuid4(), *asked, wish.dataset_id, KIND, arguments, 0)
    with connection.transaction(), connection.cursor() as cursor:
        idempotency_claims.require_claim(cursor, context.claim)
        job_store.add(cursor, job, 0)
        queue.enqueue(connection, job.id)
        if context.claim is not None:
            idempotency_claims.complete_claims(cursor, [(context.claim, ClaimEffect(wish.dataset_id, job_id=job.id))])
    return job.id


def get_export_path(folder: Path, job_id: UUID, attempt: int) -> Path:
    """Where an attempt's file lies."""
    return folder / f"{job_id}.{attempt}"


def sweep_exports(cursor: "Cursor[Any]", folder: Path, older_than: float = MIN_FILE_AGE_SECONDS) -> int:
    """Remove the files of jobs that are forgotten, failed or were called off; how many there were."""
    rows = cursor.execute(_SELECT_KEPT_FILES, [KIND]).fetchall()
    known = {get_export_path(folder, job_id, attempt) for job_id, attempt in rows}
    stale = [
        path
        for path in folder.iterdir()
        if path not in known and path.is_file() and path.stat().st_mtime < time.time() - older_than
    ]
    for path in stale:
        path.unlink(missing_ok=True)
    return len(stale)


@dataclass(frozen=True, slots=True)
class Exporter:
    """Runs export jobs: `write` makes the file, `folder` keeps it."""

    connect: Connect
    write: WriteExport
    folder: Path

    def run(self, job_id: UUID) -> None:
        """Do the job, or end it as failed. An unexpected error is raised, so that the queue tries again."""
        with self.connect() as connection, connection.cursor() as cursor:
            job = job_store.begin(cursor, job_id)
        if job is None:
            self._clear_cancelled(job_id)
            return
        try:
            if job.attempt > job_store.MAX_ATTEMPTS:
                raise _export_failed_error(
                    f"The export was begun {job_store.MAX_ATTEMPTS} times and its worker died each time"
                )
            self._export(job)
        except job_store.JobSuperseded as error:
            _log.warning("%s", error)
            self._clear_cancelled(job_id)
        except Refusal as refusal:
            self._fail(job, refusal)
        except Exception as error:
            if job.attempt < job_store.MAX_ATTEMPTS:
                raise
            _log.exception("job %s failed for good", job.id)
            what = "the database" if isinstance(error, Error) else "the service"
            detail = f"The export failed in {what} {job.attempt} times; the service's log says why"
            self._fail(job, _export_failed_error(detail))

    def _export(self, job: Job) -> None:
        wish = _parse_request(job)
        path = get_export_path(self.folder, job.id, job.attempt)
        with _remove_file_on_error(path):
            written = self.write(wish, path, ExportProgressWriter(self.connect, job))
            result = {
                "url": f"/v1/jobs/{job.id}/download",
                "filename": wish.filename,
                "format": wish.options.format.value,
                "version": wish.version,
                "rows": written.rows,
                "bytes": written.bytes,
                "sha256": written.sha256,
            }
            with self.connect() as connection, connection.transaction(), connection.cursor() as cursor:
                job_store.set_expected_totals(cursor, job, written.rows, written.bytes)
                job_store.succeed(cursor, job, written.rows, result)
        with self.connect() as connection, connection.cursor() as cursor:
            job_store.announce(cursor, job.id)

    def _fail(self, job: Job, refusal: Refusal) -> None:
        faults = [{"pointer": f.pointer, "code": f.code, "detail": f.detail} for f in refusal.faults]
        error = {"type": f"/problems/{refusal.code}", "title": refusal.code, "detail": refusal.detail}
        with self.connect() as connection, connection.cursor() as cursor:
            job_store.fail(cursor, job.id, error | ({"errors": faults} if faults else {}))

    def _clear_cancelled(self, job_id: UUID) -> None:
        """Remove what a job that was cancelled at work has written, where its worker died before it could."""
        with self.connect() as connection, connection.transaction(), connection.cursor() as cursor:
            job = job_store.find_uncleared(cursor, job_id)
            if job is not None:
                get_export_path(self.folder, job.id, job.attempt).unlink(missing_ok=True)
                job_store.mark_cleared(cursor, job_id)


class ExportProgressWriter:
    """Writes the job's progress, a few times a second at most. Raises Superseded when the job is another's."""

    def __init__(self, connect: Connect, job: Job) -> None:
        self._connect = connect
        self._job = job
        self._next = 0.0

    def expect(self, rows: int) -> None:
        with self._connect() as connection, connection.cursor() as cursor:
            job_store.set_expected_totals(cursor, self._job, rows)

    def tell(self, rows: int, written: int) -> None:
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + PROGRESS_SECONDS
        with self._connect() as connection, connection.cursor() as cursor:
            job_store.record_progress(cursor, self._job, rows, written)


def withdraw(cursor: "Cursor[Any]", job: Job) -> None:
    """Accepting an export took nothing that would have to be freed."""


def remove(job: Job) -> None:
    """An export that was never begun has no file."""


@contextmanager
def _remove_file_on_error(path: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _parse_request(job: Job) -> ExportRequest:
    given = job.arguments
    options = export_options.parse_export_options(given["options"], Invalid)
    return ExportRequest(
        job.dataset_id, given["version"], given["fields"], given["question"], options, given["filename"]
    )


def _export_failed_error(detail: str) -> Refusal:
    return Invalid("export-failed", detail)
