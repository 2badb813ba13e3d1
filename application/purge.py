"""Removes a deleted dataset permanently: its events, chunks, rows and files."""

from typing import Any
from uuid import UUID

from psycopg import Cursor

from application.commands import slugs
from application.commands.idempotency import idempotency_keys
from application.imports import acceptance
from application.jobs.job_store import job_writes
from application.log import chunks, event_table
from application.ports import ReadModels
from domain.errors import Conflict, NotFound


def purge_dataset(cursor: "Cursor[Any]", models: ReadModels, dataset_id: UUID) -> list[str]:
    """Remove a deleted dataset's events, chunks and rows. This cannot be undone.

    Returns the SHA-256 of the files that were imported; call `remove_unreferenced` with them after the commit.
    Raises NotFound, or Conflict if the dataset was not deleted before.
    """
    is_deleted = models.lock_deleted(cursor, dataset_id)
    if is_deleted is None:
        raise NotFound("dataset-not-found", f"There is no dataset {dataset_id}")
    if not is_deleted:
        raise Conflict("dataset-not-deleted", "The dataset has not been deleted; only a deleted one can be purged")
    hashes = list(models.find_source_hashes(cursor, dataset_id))
    event_table.delete_stream(cursor, dataset_id)
    chunks.delete_chunks(cursor, dataset_id)
    idempotency_keys.delete_claims_of_dataset(cursor, dataset_id)
    job_writes.delete_jobs_of_dataset(cursor, dataset_id)
    models.purge(cursor, dataset_id)
    slugs.release(cursor, dataset_id)
    acceptance.release_file_claims(cursor, dataset_id)
    return hashes
