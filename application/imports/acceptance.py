"""Accepts an uploaded file: reserves what must be unique and enqueues an import job, in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from psycopg import Connection, Cursor

from application.authorization import require_may_change, require_may_create
from application.commands import slugs
from application.commands.envelope import CommandContext
from application.commands.idempotency import idempotency_keys
from application.commands.idempotency.idempotency_claims import ClaimEffect
from application.imports import import_options
from application.jobs.job import Job, Queue
from application.jobs.job_store import job_reads, job_writes
from application.jobs.kinds import JobKindName
from application.ports import ReadModels
from application.stale_files import remove_stale_files
from domain.errors import Conflict

_CLAIM = """
INSERT INTO file_claims (workspace, target, sha256, dataset_id, import_id, filename)
VALUES (%(workspace)s, %(target)s, %(sha256)s, %(dataset)s, %(import)s, %(filename)s)
ON CONFLICT (workspace, target, sha256) DO UPDATE SET
    dataset_id = excluded.dataset_id, import_id = excluded.import_id, filename = excluded.filename, claimed_at = now()
WHERE file_claims.dataset_id = %(former)s
RETURNING import_id
"""
"""Claims a content that is free or claimed by the dataset `former`. It locks the row in any case."""

_SELECT_CLAIM = """
SELECT import_id, dataset_id, filename, claimed_at FROM file_claims
WHERE workspace = %(workspace)s AND target = %(target)s AND sha256 = %(sha256)s
"""

_RELEASE_CLAIM = "DELETE FROM file_claims WHERE import_id = %s"

_RELEASE_CLAIMS_OF_DATASET = "DELETE FROM file_claims WHERE dataset_id = %s"

NEW_DATASET = "new"
MODES = ("append", "upsert", "replace")


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A complete file on disk: its path, original name, size in bytes and SHA-256 (hex)."""

    path: Path
    filename: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """An import into a new dataset with a name, a description and key columns, or with `into` into an existing
    dataset in one of MODES. A `dry_run` only reports."""

    name: str
    description: str = ""
    key: Sequence[str] = ()
    duplicates_allowed: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    mode: str = "create"
    into: UUID | None = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class AcceptedImport:
    dataset_id: UUID
    slug: str
    job_id: UUID


def accept_import(
    connection: "Connection[Any]",
    models: ReadModels,
    queue: Queue,
    context: CommandContext,
    upload: UploadedFile,
    request: ImportRequest,
) -> AcceptedImport:
    """Enqueue the import of the file.

    Raises NotFound, Forbidden, Invalid, or Conflict `duplicate-file` naming the first import.

    Of concurrent imports of the same content, a unique constraint lets only one succeed.
    """
    if request.into is None:
        require_may_create(context.access)
    else:
        require_may_change(context.access, request.into)
    import_options.parse_import_options(request.options)
    dataset_id, import_id, job_id = request.into or uuid4(), uuid4(), uuid4()
    with connection.transaction(), connection.cursor() as cursor:
        idempotency_keys.require_claim(cursor, context.claim)
        if not request.duplicates_allowed and not request.dry_run:
            _claim_content(cursor, models, context, upload, request, dataset_id, import_id)
        slug = ""
        if request.into is None and not request.dry_run:
            slug = slugs.reserve(cursor, models, context.workspace, request.name, dataset_id)
        arguments = {
            "import_id": str(import_id),
            "path": str(upload.path),
            "filename": upload.filename,
            "size": upload.size,
            "sha256": upload.sha256,
            "name": request.name,
            "slug": slug,
            "description": request.description,
            "key": list(request.key),
            "mode": request.mode,
            "options": dict(request.options),
            "dry_run": request.dry_run,
        }
        kind = JobKindName.IMPORT
        job = Job(job_id, context.workspace, context.actor, context.correlation_id, dataset_id, kind, arguments, 0)
        job_writes.add(cursor, job, upload.size, in_order=True)
        queue.enqueue(connection, job_id, in_order_of=dataset_id)
        if context.claim is not None:
            idempotency_keys.complete_claims(cursor, [(context.claim, ClaimEffect(dataset_id, job_id=job_id))])
    return AcceptedImport(dataset_id, slug, job_id)


def release_reservations(cursor: "Cursor[Any]", job: Job) -> None:
    """Release what accepting the file reserved: the claim of its content, and the slug of a new dataset."""
    release_file_claim(cursor, UUID(job.arguments["import_id"]))
    if job.arguments["mode"] == "create":
        slugs.release(cursor, job.dataset_id)


def sweep_uploads(cursor: "Cursor[Any]", folder: Path, older_than: float = 3600) -> int:
    """Remove files in `folder` that no job needs and that have not changed for `older_than` seconds.

    They belong to failed imports, or to a service that died while it received them. Returns their number.
    """
    needed = {Path(path) for path in job_reads.find_pending_paths(cursor)}
    return remove_stale_files(folder, needed, older_than)


def release_file_claim(cursor: "Cursor[Any]", import_id: UUID) -> None:
    """Release the content that an unsuccessful import claimed, so that the file can be imported again."""
    cursor.execute(_RELEASE_CLAIM, [import_id])


def release_file_claims(cursor: "Cursor[Any]", dataset_id: UUID) -> None:
    """Release the contents that the imports of a purged dataset claimed."""
    cursor.execute(_RELEASE_CLAIMS_OF_DATASET, [dataset_id])


def _claim_content(
    cursor: "Cursor[Any]",
    models: ReadModels,
    context: CommandContext,
    upload: UploadedFile,
    request: ImportRequest,
    dataset_id: UUID,
    import_id: UUID,
) -> None:
    claim = {
        "workspace": context.workspace,
        "target": _name_target(request),
        "sha256": upload.sha256,
        "dataset": dataset_id,
        "import": import_id,
        "filename": upload.filename,
        "former": None,
    }
    if cursor.execute(_CLAIM, claim).fetchone() is not None:
        return
    row = cursor.execute(_SELECT_CLAIM, claim).fetchone()
    if row is None:
        raise Conflict("duplicate-file", "Another import of the same file has just ended without success; try again")
    first, first_dataset, filename, at = row
    if models.is_deleted(cursor, first_dataset):
        cursor.execute(_CLAIM, claim | {"former": first_dataset})
        return
    with_options = " with the same options" if request.options else ""
    detail = (
        f"The same content was imported before{with_options}, as {filename!r} on {at:%Y-%m-%d %H:%M} UTC"
        f" (import {first} of dataset {first_dataset}); add ?duplicates=allow to import it again"
    )
    extra = {"import": str(first), "dataset": str(first_dataset)}
    raise Conflict("duplicate-file", detail, extra=extra)


def _name_target(request: ImportRequest) -> str:
    """What the content is claimed for: where it goes, and what is read from it. Another sheet of a workbook, or the
    same file with corrected columns, is another import."""
    target = NEW_DATASET if request.into is None else f"{request.into} {request.mode}"
    digest = import_options.digest_reading_options(import_options.parse_import_options(request.options))
    return f"{target} {digest}" if digest else target
