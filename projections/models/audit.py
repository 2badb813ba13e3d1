"""The audit read model: one row per event of a workspace.

Fed by every event, by a follower of the log; read by `/v1/audit`. It says who did what and when; the values are in
the versions of the dataset.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, Cursor
from psycopg.rows import dict_row

from domain.access.access import Access
from domain.dataset.aggregate import DATASET
from domain.dataset.events import RecordedDatasetEvent, summarize
from projections.models.datasets import dataset_reads
from projections.models.read_model import FollowsLog, ProjectionContext, ReadModel, Scope
from projections.models.versions import describe_event
from projections.sql.visible_datasets import visibility_parameters

NAME = "audit"

_WAIT_FOR_PURGE = "LOCK TABLE audit IN ROW EXCLUSIVE MODE"
"""A purge locks the table. Without waiting for it, rows of a dataset could be written after its purge."""

_INSERT = """
INSERT INTO audit (workspace, position, stream_id, dataset_id, version, type, actor, at, added, changed, removed,
                   comment, correlation_id)
SELECT * FROM unnest(%s::text[], %s::bigint[], %s::uuid[], %s::uuid[], %s::bigint[], %s::text[], %s::text[],
                     %s::timestamptz[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::text[])
"""

_PAGE = """
SELECT position, dataset_id, version, type, actor, at, added, changed, removed, comment, correlation_id FROM audit
WHERE workspace = %(workspace)s AND position < %(before)s
  AND (%(actor)s::text IS NULL OR actor = %(actor)s)
  AND (%(type)s::text IS NULL OR type = %(type)s)
  AND (%(dataset)s::uuid IS NULL OR dataset_id = %(dataset)s)
  AND (%(visible)s::uuid[] IS NULL OR dataset_id = ANY(%(visible)s))
  AND (%(since)s::timestamptz IS NULL OR at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR at < %(until)s)
ORDER BY position DESC LIMIT %(limit)s
"""

NEWEST = 2**63 - 1
"""A position above all others, at which the first page begins."""


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Conditions on the rows of a page: `since` is inclusive, `until` exclusive; None means no condition."""

    actor: str | None = None
    type: str | None = None
    dataset: UUID | None = None
    since: datetime.datetime | None = None
    until: datetime.datetime | None = None


def project(cursor: "Cursor[Any]", recorded: Sequence[RecordedDatasetEvent], context: ProjectionContext) -> None:
    """Add the events, without those of datasets that were purged after the events were read."""
    cursor.execute(_WAIT_FOR_PURGE)
    workspaces = dataset_reads.find_workspaces(cursor, list({one.stream_id for one in recorded}))
    rows = [
        _audit_row(one, workspace) for one in recorded if (workspace := workspaces.get(one.stream_id)) is not None
    ]
    if rows:
        cursor.execute(_INSERT, [list(column) for column in zip(*rows, strict=True)])


READ_MODEL = ReadModel(
    name=NAME,
    tables=("audit",),
    aggregates=(DATASET,),
    ignores=(),
    project=project,
    runs=FollowsLog(),
    scope=Scope.WORKSPACE,
    stream_column="stream_id",
)


async def read_page(
    connection: "AsyncConnection[Any]",
    access: Access,
    filter: AuditFilter,
    before: int,
    limit: int,
) -> list[dict[str, Any]]:
    """The newest rows below the position `before`, of the datasets that may be read."""
    conditions = {
        **visibility_parameters(access),
        "actor": filter.actor,
        "type": filter.type,
        "dataset": filter.dataset,
        "since": filter.since,
        "until": filter.until,
        "before": before,
        "limit": limit,
    }
    cursor = connection.cursor(row_factory=dict_row)
    return await (await cursor.execute(_PAGE, conditions)).fetchall()


def _audit_row(one: RecordedDatasetEvent, workspace: str) -> tuple[object, ...]:
    counts = summarize(one.event)
    return (
        workspace,
        one.position,
        one.stream_id,
        one.stream_id,
        one.version,
        type(one.event).__name__,
        one.metadata.actor,
        one.metadata.at,
        counts.added,
        counts.changed,
        counts.removed,
        describe_event(one.event),
        one.metadata.correlation_id,
    )
