"""Export as a job: a file is written in the background and kept for a while, to be fetched as often as wanted.

What leaves is pinned when the job is accepted: the version, the columns, the query.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID, uuid4

from psycopg import Connection

from application.commands import idempotency_keys
from application.commands.envelope import CommandContext
from application.commands.idempotency_claims import ClaimEffect
from application.exports import export_options
from application.exports.export_options import ExportOptions
from application.jobs.job import Job, Queue
from application.jobs.job_store import job_writes
from application.jobs.kinds import JobKindName
from domain.access.access import Access
from domain.errors import Invalid


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
    """Hears how far an export is."""

    def expect(self, rows: int) -> None:
        """So many records will be written."""

    def report(self, rows: int, done_bytes: int) -> None:
        """So many records and bytes have been written."""


WriteExport = Callable[[Access, ExportRequest, Path, ExportProgress], ExportedFile]
"""Writes what the access may see of it."""


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
    job = Job(uuid4(), *asked, wish.dataset_id, JobKindName.EXPORT, arguments, 0)
    with connection.transaction(), connection.cursor() as cursor:
        idempotency_keys.require_claim(cursor, context.claim)
        job_writes.add(cursor, job, 0)
        queue.enqueue(connection, job.id)
        if context.claim is not None:
            idempotency_keys.complete_claims(cursor, [(context.claim, ClaimEffect(wish.dataset_id, job_id=job.id))])
    return job.id


def parse_export_request(job: Job) -> ExportRequest:
    """The request that the job was made from."""
    given = job.arguments
    options = export_options.parse_export_options(given["options"], Invalid)
    return ExportRequest(
        job.dataset_id, given["version"], given["fields"], given["question"], options, given["filename"]
    )
