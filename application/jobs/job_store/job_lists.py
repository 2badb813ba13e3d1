"""Reads jobs for people: lists, watched jobs, numbers, and what is known of a dataset by its jobs alone."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import dict_row

from domain.access.access import Access

JobRow = dict[str, Any]
"""A row of the table, by column name."""

JobPosition = tuple[datetime.datetime, UUID]
"""When a job was created, and its id."""

_LIST = """
SELECT * FROM jobs
WHERE workspace = %(workspace)s AND (%(state)s::text IS NULL OR state = %(state)s)
  AND (%(dataset)s::uuid IS NULL OR dataset_id = %(dataset)s)
  AND (%(visible)s::uuid[] IS NULL OR dataset_id = ANY(%(visible)s))
  AND (%(created_at)s::timestamptz IS NULL OR (created_at, job_id) < (%(created_at)s, %(after)s::uuid))
ORDER BY created_at DESC, job_id DESC LIMIT %(limit)s
"""
"""A page of jobs, newest first."""

_SELECT = "SELECT * FROM jobs WHERE job_id = ANY(%s)"
"""Several jobs by their ids."""

_COUNT_BY_STATE = """
SELECT state, count(*) FROM jobs
WHERE workspace = %(workspace)s AND (%(visible)s::uuid[] IS NULL OR dataset_id = ANY(%(visible)s))
GROUP BY state
"""
"""The number of jobs in each state."""

_FIND_UNFINISHED = """
SELECT job_id FROM jobs WHERE workspace = %s AND dataset_id = %s AND state IN ('queued', 'running')
"""
"""A job of a dataset that has not ended."""

_HAS_ANY = "SELECT EXISTS (SELECT FROM jobs WHERE workspace = %s AND dataset_id = %s)"
"""Whether a dataset has jobs: it may be one that an import is about to create, or has failed to."""


async def list_jobs(
    connection: "AsyncConnection[Any]",
    access: Access,
    dataset_id: UUID | None,
    state: str | None,
    after: JobPosition | None,
    limit: int,
) -> list[JobRow]:
    """The jobs created before `after`, of one dataset or all, newest first."""
    created_at, job_id = after or (None, None)
    parameters = {
        **_visibility(access),
        "dataset": dataset_id,
        "state": state,
        "created_at": created_at,
        "after": job_id,
        "limit": limit,
    }
    cursor = connection.cursor(row_factory=dict_row)
    return await (await cursor.execute(_LIST, parameters)).fetchall()


async def read_jobs(connection: "AsyncConnection[Any]", ids: Sequence[UUID]) -> list[JobRow]:
    """The jobs among `ids` that exist."""
    cursor = connection.cursor(row_factory=dict_row)
    return await (await cursor.execute(_SELECT, [list(ids)])).fetchall()


async def count_by_state(connection: "AsyncConnection[Any]", access: Access) -> Mapping[str, int]:
    """The number of jobs in each state that has any."""
    return dict(await (await connection.execute(_COUNT_BY_STATE, _visibility(access))).fetchall())


async def find_unfinished(connection: "AsyncConnection[Any]", workspace: str, dataset_id: UUID) -> UUID | None:
    """A job of the dataset that has not ended; None if there is none."""
    row = await (await connection.execute(_FIND_UNFINISHED, [workspace, dataset_id])).fetchone()
    return None if row is None else row[0]


async def has_jobs(connection: "AsyncConnection[Any]", workspace: str, dataset_id: UUID) -> bool:
    """Whether there is any job of the dataset, ended or not."""
    row = await (await connection.execute(_HAS_ANY, [workspace, dataset_id])).fetchone()
    return row is not None and bool(row[0])


def _visibility(access: Access) -> dict[str, object]:
    """`visible` is null where every dataset of the workspace may be read."""
    visible = access.visible_datasets()
    return {"workspace": access.workspace, "visible": None if visible is None else list(visible)}
