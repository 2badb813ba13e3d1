"""Removes a deleted dataset permanently: its events, chunks, rows and files."""

from typing import Any
from uuid import UUID

from psycopg import Cursor

from application.commands import slugs
from application.imports import acceptance
from application.ports import ReadModels
from domain.errors import Conflict, NotFound

_SELECT_DELETED = "SELECT deleted_at IS NOT NULL FROM datasets WHERE dataset_id = %s FOR UPDATE"

_SELECT_FILES = "SELECT sha256 FROM imports WHERE dataset_id = %s"

_DELETE_STATEMENTS = (
    "DELETE FROM events WHERE originator_id = %s",
    "DELETE FROM chunk_references WHERE dataset_id = %s",
    "DELETE FROM chunks WHERE dataset_id = %s",
    "DELETE FROM jobs WHERE dataset_id = %s",
    "DELETE FROM idempotency WHERE dataset_id = %s",
)


def purge_dataset(cursor: "Cursor[Any]", models: ReadModels, dataset_id: UUID) -> list[str]:
    """Remove a deleted dataset's events, chunks and rows. This cannot be undone.

    Returns the SHA-256 of the files that were imported; call `remove_unreferenced` with them after the commit.
    Raises NotFound, or Conflict if the dataset was not deleted before.
    """
    row = cursor.execute(_SELECT_DELETED, [dataset_id]).fetchone()
    if row is None:
        raise NotFound("dataset-not-found", f"There is no dataset {dataset_id}")
    if not row[0]:
        raise Conflict("dataset-not-deleted", "The dataset has not been deleted; only a deleted one can be purged")
    hashes = [sha256 for (sha256,) in cursor.execute(_SELECT_FILES, [dataset_id]).fetchall()]
    for statement in _DELETE_STATEMENTS:
        cursor.execute(statement.encode(), [dataset_id])
    models.purge(cursor, dataset_id)
    slugs.release(cursor, dataset_id)
    acceptance.release_file_claims(cursor, dataset_id)
    return hashes
