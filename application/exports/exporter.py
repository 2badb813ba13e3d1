"""Runs export jobs: writes the file and stores its download URL in the job's result."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, assert_never

from psycopg import Cursor

from application.exports.export_files import get_export_path, remove_exports
from application.exports.export_job import WriteExport, parse_export_request
from application.jobs.job import AccessOfJob, Connect, Job
from application.jobs.kinds import JobPart
from application.jobs.progress import JobProgress


@dataclass(frozen=True, slots=True)
class Exporter:
    """The job kind `export`: `write` writes the file, into `folder`."""

    connect: Connect
    write: WriteExport
    access_of_job: AccessOfJob
    folder: Path

    def do(self, job: Job, progress: JobProgress) -> None:
        export = parse_export_request(job)
        path = get_export_path(self.folder, job.id, job.attempt)
        with _remove_file_on_error(path):
            access = self.access_of_job(job.workspace, job.actor)
            written = self.write(access, export, path, progress)
            result = {
                "url": f"/v1/jobs/{job.id}/download",
                "filename": export.filename,
                "format": export.options.format.value,
                "version": export.version,
                "rows": written.rows,
                "bytes": written.bytes,
                "sha256": written.sha256,
            }
            with self.connect() as connection, connection.transaction(), connection.cursor() as cursor:
                progress.succeed(cursor, written.rows, result, written.bytes)

    def clear(self, cursor: "Cursor[Any]", job: Job, part: JobPart) -> None:
        match part:
            case JobPart.RESERVATION | JobPart.INPUT:
                pass
            case JobPart.OUTPUT:
                remove_exports(self.folder, job)
            case _:
                assert_never(part)

    def describe(self, job: Job) -> str:
        return f"export of version {job.arguments['version']} as {job.arguments['filename']!r}"


@contextmanager
def _remove_file_on_error(path: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise
