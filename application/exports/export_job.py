"""Export as a job: a file is written in the background and can be downloaded repeatedly for a limited time.

The version, the columns and the query are fixed when the job is accepted.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID, uuid4

from psycopg import Connection

from application.commands.envelope import CommandContext
from application.commands.idempotency import idempotency_keys
from application.commands.idempotency.idempotency_claims import ClaimEffect
from application.exports import export_options
from application.exports.export_options import ExportOptions
from application.jobs.job import Job, Queue
from application.jobs.job_store import job_writes
from application.jobs.kinds import JobKindName
from domain.access.access import Access
from domain.errors import Invalid


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """An export of a dataset at `version`: the columns in `fields` of the records that match `query` (in the stored
    form of the read side), as a file called `filename`."""

    dataset_id: UUID
    version: int
    fields: Sequence[str]
    query: Mapping[str, Any]
    options: ExportOptions
    filename: str


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A complete file: its number of records, its size in bytes and its SHA-256 (hex)."""

    rows: int
    bytes: int
    sha256: str


class ExportProgress(Protocol):
    """Receives the progress of an export."""

    def expect(self, rows: int) -> None:
        """Set the number of records that will be written."""

    def report(self, rows: int, done_bytes: int) -> None:
        """Set the numbers of records and bytes that have been written."""


WriteExport = Callable[[Access, ExportRequest, Path, ExportProgress], ExportedFile]
"""Writes the file, with only the data that the access may see."""


def accept_export(
    connection: "Connection[Any]", queue: Queue, context: CommandContext, request: ExportRequest
) -> UUID:
    """Enqueue a job that writes the file, and return its id. Raises Busy if the request's claim was taken over."""
    arguments = {
        "version": request.version,
        "fields": list(request.fields),
        "question": dict(request.query),
        "options": dict(request.options.given),
        "filename": request.filename,
    }
    origin = (context.workspace, context.actor, context.correlation_id)
    job = Job(uuid4(), *origin, request.dataset_id, JobKindName.EXPORT, arguments, 0)
    with connection.transaction(), connection.cursor() as cursor:
        idempotency_keys.require_claim(cursor, context.claim)
        job_writes.add(cursor, job, 0)
        queue.enqueue(connection, job.id)
        if context.claim is not None:
            idempotency_keys.complete_claims(
                cursor, [(context.claim, ClaimEffect(request.dataset_id, job_id=job.id))]
            )
    return job.id


def parse_export_request(job: Job) -> ExportRequest:
    """The request for which the job was created."""
    arguments = job.arguments
    options = export_options.parse_export_options(arguments["options"], Invalid)
    return ExportRequest(
        job.dataset_id,
        arguments["version"],
        arguments["fields"],
        arguments["question"],
        options,
        arguments["filename"],
    )
