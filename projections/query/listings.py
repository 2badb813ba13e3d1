"""Lists of a dataset's versions and imports as of a snapshot: newest first, paged by keyset."""

from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from domain.errors import NotFound
from projections.models.imports import ImportRow, list_imports, list_rejects
from projections.models.versions import VersionRow, list_versions
from projections.query.snapshots import Snapshot


async def versions(
    connection: "AsyncConnection[Any]", snapshot: Snapshot, up_to: int, limit: int
) -> list[VersionRow]:
    """The versions from `up_to` downwards."""
    return await list_versions(connection, snapshot.id, min(up_to, snapshot.version), limit)


async def version(connection: "AsyncConnection[Any]", snapshot: Snapshot, number: int) -> VersionRow:
    """The row of a version. Raises NotFound."""
    if not (rows := await list_versions(connection, snapshot.id, snapshot.version, 1, number)):
        detail = f"There is no version {number}: the dataset has versions 1 to {snapshot.version}"
        raise NotFound("version-not-found", detail)
    return rows[0]


async def imports(connection: "AsyncConnection[Any]", snapshot: Snapshot, up_to: int, limit: int) -> list[ImportRow]:
    """The imports with a version from `up_to` downwards."""
    return await list_imports(connection, snapshot.id, min(up_to, snapshot.version), limit)


async def import_by_id(connection: "AsyncConnection[Any]", snapshot: Snapshot, id: UUID) -> ImportRow:
    """The row of an import. Raises NotFound."""
    if not (rows := await list_imports(connection, snapshot.id, snapshot.version, 1, id)):
        raise NotFound("import-not-found", f"There is no import {id} of this dataset")
    return rows[0]


async def rejects(
    connection: "AsyncConnection[Any]", snapshot: Snapshot, id: UUID, after: int, limit: int
) -> list[ImportRow]:
    """The rejected rows of an import in the order of the file, those numbered above `after`."""
    return await list_rejects(connection, snapshot.id, id, after, limit)
