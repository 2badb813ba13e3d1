"""Finds the dataset and version of a read. Every read begins here.

A reader first finds a committed version and then reads rows as of it, so it never sees a change in progress.
"""

import datetime
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from domain import exact_json
from domain.access.access import Access
from domain.access.grants import Action
from domain.errors import Gone, NotFound
from domain.schema import Definition
from projections.models import versions
from projections.models.datasets import dataset_reads
from projections.models.definition_json import definition_from_json
from projections.query.moments import parse_moment
from projections.sql.record_tables import RecordTable, table_of

FindUnfinishedJob = Callable[["AsyncConnection[Any]", str, UUID], Awaitable[UUID | None]]
"""Finds a job of a workspace's dataset that has not ended."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A dataset at one version: everything that a read needs before it reads rows.

    `view` identifies what the reader may see of the dataset. Readers with equal views share caches.
    """

    id: UUID
    slug: str
    owner: str
    version: int
    newest: int
    definition_version: int
    definition: Definition
    records: int
    created_at: datetime.datetime
    updated_at: datetime.datetime
    view: str

    @property
    def table(self) -> RecordTable:
        return table_of(self.id)


async def find(
    connection: "AsyncConnection[Any]",
    access: Access,
    dataset: str,
    as_of: str | None = None,
    *,
    find_job: FindUnfinishedJob,
) -> Snapshot:
    """The dataset called `dataset` (id or slug) as of a version number, a time or a date; None: the newest.

    Raises NotFound (no such dataset or version, or one that may not be read), Gone (deleted) or BadRequest (`as_of`
    is none of these, or has not come yet).
    """
    newest = await _find_newest(connection, access, dataset, find_job)
    if as_of is None:
        return newest
    version = await _resolve_version(connection, newest, as_of)
    return newest if version == newest.version else await _find_past(connection, newest, version)


async def _find_newest(
    connection: "AsyncConnection[Any]", access: Access, dataset: str, find_job: FindUnfinishedJob
) -> Snapshot:
    dataset_id = parse_dataset_id(dataset)
    row = await dataset_reads.find_head(connection, access.workspace, dataset_id or dataset)
    if row is None or not access.may(Action.READ, row[0]):
        raise await _missing_error(connection, access, dataset, find_job)
    id, slug, owner, version, definition_version, definition, records, created_at, updated_at, deleted = row
    parsed = _parse_definition(id, definition_version, definition)
    if deleted:
        raise Gone("dataset-deleted", f"The dataset {parsed.name!r} was deleted")
    details = (definition_version, parsed, records, created_at, updated_at)
    return Snapshot(id, slug, owner, version, version, *details, access.view(id))


async def _missing_error(
    connection: "AsyncConnection[Any]", access: Access, dataset: str, find_job: FindUnfinishedJob
) -> NotFound:
    dataset_id = parse_dataset_id(dataset)
    if dataset_id is not None and access.may(Action.READ, dataset_id):
        job_id = await find_job(connection, access.workspace, dataset_id)
        if job_id is not None:
            detail = f"The dataset {dataset} is still being imported by job {job_id}"
            return NotFound("dataset-not-ready", detail, extra={"job": str(job_id)})
    return NotFound("dataset-not-found", f"There is no dataset {dataset!r}")


async def _resolve_version(connection: "AsyncConnection[Any]", newest: Snapshot, as_of: str) -> int:
    if as_of.isascii() and as_of.isdigit():
        version = int(as_of) if len(as_of) < 19 else newest.version + 1
        if not 1 <= version <= newest.version:
            detail = f"There is no version {as_of}: the dataset has versions 1 to {newest.version}"
            raise NotFound("version-not-found", detail)
        return version
    moment = parse_moment(as_of)
    found = await versions.find_version_at(connection, newest.id, moment)
    if found is None:
        raise NotFound("version-not-found", f"The dataset did not exist yet at {as_of}")
    return found


async def _find_past(connection: "AsyncConnection[Any]", newest: Snapshot, version: int) -> Snapshot:
    at, records = await versions.read_summary(connection, newest.id, version)
    since, definition = await versions.read_definition_text(connection, newest.id, version)
    parsed = _parse_definition(newest.id, since, definition)
    return replace(
        newest, version=version, definition_version=since, definition=parsed, records=records, updated_at=at
    )


@lru_cache(maxsize=512)
def _parse_definition(dataset_id: UUID, version: int, text: str) -> Definition:
    """The definition that a version introduced. It never changes, so it is parsed once."""
    return definition_from_json(exact_json.loads(text))


@lru_cache(maxsize=1024)
def parse_dataset_id(text: str) -> UUID | None:
    """The dataset's id; None if the text is not an id but a slug."""
    try:
        return UUID(text) if len(text) == 36 else None
    except ValueError:
        return None
