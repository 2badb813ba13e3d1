"""Builds the indexes that questions wish for, and drops what is no longer used or has no room.

Nobody waits for it: indexes are built and dropped CONCURRENTLY, on a connection of its own. A build waits for
transactions older than itself, a streamed export for one, but not for ever: it gives up and tries again later.
Whatever a killed build leaves is invalid, serves nobody, and is removed.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

import psycopg
from psycopg import Connection, errors
from psycopg.sql import SQL, Identifier

from projections.indexes import catalog, index_specs
from projections.indexes.catalog import IndexEntry, only_ready
from projections.sql.record_tables import table_of

SESSION_SETTINGS = {
    "maintenance_work_mem": "256MB",
    "max_parallel_maintenance_workers": "1",
    "lock_timeout": "60s",
    "statement_timeout": "30min",
}
"""A build takes one core and a part of another, and holds nothing for long."""

MAX_WANTED_INDEXES = 100
"""Wishes kept of a dataset; those used least go first."""

NO_ROOM_RETRY_SECONDS = 300
TOO_LARGE_RETRY_SECONDS = 86_400
"""A wish for which there was no room is looked at again so much later; one that was built, and was too large."""

NO_ROOM = "the dataset's indexes take all the room they may; those used more stay"

MIN_SCORE_RATIO = 2.0
"""An index gives way to a wish that is used so many times as much."""

MayBuild = Callable[["Connection[Any]", UUID], bool]
"""Whether nothing greater is under way with the dataset."""

_DELETE_UNUSED = """
DELETE FROM record_indexes AS known
WHERE NOT EXISTS (SELECT FROM datasets WHERE datasets.dataset_id = known.dataset_id AND deleted_at IS NULL)
   OR last_used < now() - make_interval(days => %s)
"""

_DELETE_EXCESS_WANTED = """
DELETE FROM record_indexes USING (
    SELECT dataset_id, spec, row_number() OVER (PARTITION BY dataset_id ORDER BY score DESC) AS rank
    FROM record_indexes WHERE built_at IS NULL) AS wishes
WHERE record_indexes.dataset_id = wishes.dataset_id AND record_indexes.spec = wishes.spec AND rank > %s
"""

_ORPHANED_INDEXES = """
SELECT relation.relname
FROM pg_index
JOIN pg_class AS relation ON relation.oid = indexrelid
JOIN pg_namespace AS space ON space.oid = relation.relnamespace AND space.nspname = 'records'
WHERE relation.relname ~ '^[0-9a-f-]{36} [0-9a-f]{16}$'
  AND NOT (indisvalid AND EXISTS (SELECT FROM record_indexes WHERE name = relation.relname))
"""

_TABLE_BYTES = "SELECT pg_table_size(to_regclass(%s))"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class IndexBudget:
    """How many indexes a dataset may have, how large all of them may be in percent of its table, how long unused."""

    most: int
    percent: int
    idle_days: int


def remove_unused(connection: "Connection[Any]", budget: IndexBudget) -> None:
    """Forget what is not used any more, and drop what is not (or not wholly) there by anybody's wish."""
    connection.execute(_DELETE_UNUSED, [min(budget.idle_days, 36_500)])
    connection.execute(_DELETE_EXCESS_WANTED, [MAX_WANTED_INDEXES])
    for (name,) in connection.execute(_ORPHANED_INDEXES).fetchall():
        _log.info("dropping the index %s, which is not used or not whole", name)
        _drop(connection, name)


def build_due(connection: "Connection[Any]", budget: IndexBudget, may_build: MayBuild) -> int:
    """Build what is wished for and missing, as far as there is room; how many were built.

    Raises OperationalError when the connection is lost.
    """
    number = 0
    wishes = sorted(catalog.find_due(connection), key=lambda one: one.dataset_id)
    for dataset_id, of_one in groupby(wishes, lambda one: one.dataset_id):
        with _try_lock_rebuild(connection, dataset_id) as alone:
            if alone and may_build(connection, dataset_id):
                number += _build_all(connection, budget, dataset_id, list(of_one))
    return number


def _build_all(
    connection: "Connection[Any]", budget: IndexBudget, dataset_id: UUID, wishes: Sequence[IndexEntry]
) -> int:
    """Build and then analyze once: an expression has statistics only where an index gives them."""
    number = sum(_build(connection, budget, one) for one in wishes)
    if number:
        connection.execute(SQL("ANALYZE {}").format(table_of(dataset_id).identifier))
    return number


def _build(connection: "Connection[Any]", budget: IndexBudget, wish: IndexEntry) -> bool:
    if not _has_room(connection, budget, wish):
        catalog.postpone(connection, wish, NO_ROOM_RETRY_SECONDS, NO_ROOM)
        return False
    began = time.monotonic()
    try:
        _drop(connection, wish.name)
        connection.execute(index_specs.create_index_sql(table_of(wish.dataset_id), wish.spec))
    except psycopg.Error as error:
        if connection.closed:
            raise
        _log.warning("the index %s could not be built: %s", wish.name, error)
        _drop(connection, wish.name)
        catalog.mark_failed(connection, wish, _failure_reason(error))
        return False
    seconds = time.monotonic() - began
    catalog.mark_built(connection, wish, seconds)
    _log.info("built the index %s in %.1f s", wish.name, seconds)
    _enforce_budget(connection, budget, wish.dataset_id)
    return True


def _has_room(connection: "Connection[Any]", budget: IndexBudget, wish: IndexEntry) -> bool:
    """Whether it may be built, if need be in place of one that is used much less."""
    have = only_ready(catalog.read_indexes(connection, wish.dataset_id))
    if len(have) < budget.most and sum(one.bytes for one in have) < _max_bytes(connection, budget, wish.dataset_id):
        return True
    if not have or have[-1].score * MIN_SCORE_RATIO > wish.score:
        return False
    _drop_for_room(connection, have[-1], NO_ROOM_RETRY_SECONDS)
    return True


def _enforce_budget(connection: "Connection[Any]", budget: IndexBudget, dataset_id: UUID) -> None:
    """Drop the least used while all together are too large."""
    have = only_ready(catalog.read_indexes(connection, dataset_id))
    most = _max_bytes(connection, budget, dataset_id)
    while have and (len(have) > budget.most or sum(one.bytes for one in have) > most):
        _drop_for_room(connection, have.pop(), TOO_LARGE_RETRY_SECONDS)


def _max_bytes(connection: "Connection[Any]", budget: IndexBudget, dataset_id: UUID) -> float:
    row = connection.execute(_TABLE_BYTES, [table_of(dataset_id).identifier.as_string()]).fetchone()
    return 0 if row is None or row[0] is None else int(row[0]) * budget.percent / 100


def _drop_for_room(connection: "Connection[Any]", one: IndexEntry, seconds: int) -> None:
    _log.info("dropping the index %s to keep within what a dataset's indexes may take", one.name)
    _drop(connection, one.name)
    catalog.postpone(connection, one, seconds, NO_ROOM)


def _drop(connection: "Connection[Any]", name: str) -> None:
    connection.execute(SQL("DROP INDEX CONCURRENTLY IF EXISTS {}").format(Identifier("records", name)))


def _failure_reason(error: psycopg.Error) -> str:
    match error:
        case errors.ProgramLimitExceeded():
            return catalog.VALUE_TOO_LONG
        case errors.LockNotAvailable() | errors.QueryCanceled() | errors.DeadlockDetected():
            return "other work on the database did not end in time; it is tried again"
        case _:
            return "the database refused to build it; it is tried again"


@contextmanager
def _try_lock_rebuild(connection: "Connection[Any]", dataset_id: UUID) -> Iterator[bool]:
    """Whether nobody rebuilds the dataset's tables, and nobody will while the block runs."""
    lock = "SELECT pg_try_advisory_lock(hashtextextended('rebuild ' || %s, 0))"
    unlock = "SELECT pg_advisory_unlock(hashtextextended('rebuild ' || %s, 0))"
    row = connection.execute(lock, [str(dataset_id)]).fetchone()
    alone = row is not None and bool(row[0])
    try:
        yield alone
    finally:
        if alone and not connection.closed:
            connection.execute(unlock, [str(dataset_id)])
