"""Accepting an uploaded file: reserve what must be unique, then hand the work to a job, in one transaction."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from psycopg import Connection, Cursor

from application.commands import idempotency_claims, slugs
from application.commands.envelope import CommandContext
from application.commands.idempotency_claims import ClaimEffect
from application.imports import import_options
from application.jobs import job_store
from application.jobs.job_store import Job, Queue
from domain.errors import Conflict

_CLAIM = """
INSERT INTO file_claims (workspace, target, sha256, dataset_id, import_id, filename) VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (workspace, target, sha256) DO UPDATE SET
    dataset_id = excluded.dataset_id, import_id = excluded.import_id, filename = excluded.filename, claimed_at = now()
WHERE EXISTS (SELECT FROM datasets WHERE dataset_id = file_claims.dataset_id AND deleted_at IS NOT NULL)
RETURNING import_id
"""
"""Claim a content; that of a deleted dataset is free."""

_SELECT_CLAIM = """
SELECT import_id, dataset_id, filename, claimed_at FROM file_claims
WHERE workspace = %s AND target = %s AND sha256 = %s
"""

KIND = "import"
NEW_DATASET = "new"
MODES = ("append", "upsert", "replace")


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A file that lies complete on disk: its name as given, size in bytes and SHA-256 (hex)."""

    path: Path
    filename: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What is wanted of the file: a new dataset of this name, with a description and the names of its key columns;
    or, where `into` names a dataset that stands, its rows there in a `mode` of MODES. A `dry_run` only reports."""

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
    connection: "Connection[Any]", queue: Queue, context: CommandContext, upload: UploadedFile, wish: ImportRequest
) -> AcceptedImport:
    """Have the file imported. Raises Invalid, or Conflict `duplicate-file` naming the first import.

    Of many that come at once with the same content, a unique constraint lets one through.
    """
    import_options.parse_import_options(wish.options)
    dataset_id, import_id, job_id = wish.into or uuid4(), uuid4(), uuid4()
    with connection.transaction(), connection.cursor() as cursor:
        idempotency_claims.require_claim(cursor, context.claim)
        if not wish.duplicates_allowed and not wish.dry_run:
            _claim_content(cursor, context, upload, wish, dataset_id, import_id)
        slug = ""
        if wish.into is None and not wish.dry_run:
            slug = slugs.reserve(cursor, context.workspace, wish.name, dataset_id)
        arguments = {
            "import_id": str(import_id),
            "path": str(upload.path),
            "filename": upload.filename,
            "size": upload.size,
            "sha256": upload.sha256,
            "name": wish.name,
            "slug": slug,
            "description": wish.description,
            "key": list(wish.key),
            "mode": wish.mode,
            "options": dict(wish.options),
            "dry_run": wish.dry_run,
        }
        job = Job(job_id, context.workspace, context.actor, context.correlation_id, dataset_id, KIND, arguments, 0)
        job_store.add(cursor, job, upload.size)
        queue.enqueue(connection, job_id)
        if context.claim is not None:
            idempotency_claims.complete_claims(cursor, [(context.claim, ClaimEffect(dataset_id, job_id=job_id))])
    return AcceptedImport(dataset_id, slug, job_id)


def withdraw(cursor: "Cursor[Any]", job: Job) -> None:
    """Free what accepting the file had taken: the claim of the content, and a new dataset's slug."""
    release_file_claim(cursor, UUID(job.arguments["import_id"]))
    if job.arguments["mode"] == "create":
        slugs.release(cursor, job.dataset_id)


def remove(job: Job) -> None:
    """Remove the file of an import that was never begun."""
    Path(job.arguments["path"]).unlink(missing_ok=True)


def sweep_uploads(cursor: "Cursor[Any]", folder: Path, older_than: float = 3600) -> int:
    """Remove files in `folder` that no job waits for and that nobody wrote to for `older_than` seconds.

    They are those of failed imports, and what a service left that died while it received them. Returns how many
    there were.
    """
    waiting = cursor.execute("SELECT arguments->>'path' FROM jobs WHERE state IN ('queued', 'running')").fetchall()
    needed = {Path(path) for (path,) in waiting}
    stale = [
        path
        for path in folder.iterdir()
        if path not in needed and path.is_file() and path.stat().st_mtime < time.time() - older_than
    ]
    for path in stale:
        path.unlink(missing_ok=True)
    return len(stale)


def release_file_claim(cursor: "Cursor[Any]", import_id: UUID) -> None:
    """Free the content that an import had claimed: it came to nothing, so the file may come again."""
    cursor.execute("DELETE FROM file_claims WHERE import_id = %s", [import_id])


def release_file_claims(cursor: "Cursor[Any]", dataset_id: UUID) -> None:
    """Free what the imports of a dataset that is gone had claimed."""
    cursor.execute("DELETE FROM file_claims WHERE dataset_id = %s", [dataset_id])


def _claim_content(
    cursor: "Cursor[Any]",
    context: CommandContext,
    upload: UploadedFile,
    wish: ImportRequest,
    dataset_id: UUID,
    import_id: UUID,
) -> None:
    target = NEW_DATASET if wish.into is None else f"{wish.into} {wish.mode}"
    claim = [context.workspace, target, upload.sha256]
    if cursor.execute(_CLAIM, [*claim, dataset_id, import_id, upload.filename]).fetchone() is not None:
        return
    row = cursor.execute(_SELECT_CLAIM, claim).fetchone()
    if row is None:
        raise Conflict("duplicate-file", "The same file is being given up by another import; try again")
    first, first_dataset, filename, at = row
    detail = (
        f"The same content was imported before, as {filename!r} on {at:%Y-%m-%d %H:%M} UTC"
        f" (import {first} of dataset {first_dataset}); add ?duplicates=allow to import it again"
    )
    extra = {"import": str(first), "dataset": str(first_dataset)}
    raise Conflict("duplicate-file", detail, extra=extra)
