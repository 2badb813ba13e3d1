"""Making an empty dataset, and removing a deleted one for good."""

from typing import Any
from uuid import UUID, uuid4

from psycopg import Cursor

from application import slugs, uploads
from application.handle import Context, Handler, Outcome, Wish
from domain.dataset.commands import CreateDataset
from domain.errors import Conflict, NotFound
from domain.schema import Definition

_DELETED = "SELECT deleted_at IS NOT NULL FROM datasets WHERE dataset_id = %s FOR UPDATE"

_PURGE_IMPORTS = "DELETE FROM imports WHERE dataset_id = %s RETURNING sha256"

_PURGE = (
    "DELETE FROM events WHERE originator_id = %s",
    "DELETE FROM chunks WHERE dataset_id = %s",
    "DELETE FROM versions WHERE dataset_id = %s",
    "DELETE FROM rejects WHERE dataset_id = %s",
    "DELETE FROM record_indexes WHERE dataset_id = %s",
    "DELETE FROM jobs WHERE dataset_id = %s",
    "DELETE FROM idempotency WHERE dataset_id = %s",
    "DELETE FROM datasets WHERE dataset_id = %s",
)


def create(
    cursor: "Cursor[Any]", handler: Handler, context: Context, definition: Definition, *, dry_run: bool = False
) -> tuple[UUID, Outcome]:
    """A new, empty dataset, its slug made from its name. Of a dry run the caller rolls the transaction back."""
    dataset_id = uuid4()
    slug = slugs.reserve(cursor, context.workspace, definition.name, dataset_id)
    command = CreateDataset(context.workspace, slug, context.actor, definition)
    return dataset_id, handler.carry_out_one(cursor, Wish(dataset_id, command, context, dry_run=dry_run))


def purge(cursor: "Cursor[Any]", dataset_id: UUID) -> list[str]:
    """Remove a deleted dataset's events, chunks and rows. This cannot be undone.

    Returns the SHA-256 of the files it was imported from, for `blobs.remove_unnamed` once this has committed.
    Raises NotFound, or Conflict if the dataset has not been deleted first. The caller drops the record table.
    """
    row = cursor.execute(_DELETED, [dataset_id]).fetchone()
    if row is None:
        raise NotFound("dataset-not-found", f"There is no dataset {dataset_id}")
    if not row[0]:
        raise Conflict("dataset-not-deleted", "The dataset has not been deleted; only a deleted one can be purged")
    hashes = [sha256 for (sha256,) in cursor.execute(_PURGE_IMPORTS, [dataset_id]).fetchall()]
    for statement in _PURGE:
        cursor.execute(statement.encode(), [dataset_id])
    slugs.release(cursor, dataset_id)
    uploads.give_up_all(cursor, dataset_id)
    return hashes
