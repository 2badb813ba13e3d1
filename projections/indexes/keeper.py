"""Build the indexes that queries want, and drop those that are unused or exceed the budget.

Indexes are built and dropped CONCURRENTLY, on a separate connection, so no request waits for them. A build waits for
older transactions, such as a streamed export, until a timeout; then it is tried again later. A build that was killed
leaves an invalid index, which queries do not use and `remove_unused` drops.
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

from projections.indexes import catalog, index_specs, rebuild_lock
from projections.indexes.catalog import ExistsSql, IndexEntry, only_ready
from projections.sql.record_tables import table_of

SESSION_SETTINGS = {
    "maintenance_work_mem": "256MB",
    "max_parallel_maintenance_workers": "1",
    "lock_timeout": "60s",
    "statement_timeout": "30min",
}
"""A build uses one core and part of another, and its locks time out."""

MAX_WANTED_INDEXES = 100
"""The most wanted indexes stored for a dataset. The least used are removed first."""

NO_ROOM_RETRY_SECONDS = 300
TOO_LARGE_RETRY_SECONDS = 86_400
"""The time before an index is tried again if there was no room for it, or if it was built and was too large."""

NO_ROOM = "no room: the dataset's indexes have reached their limit, and the others are used more"

MIN_SCORE_RATIO = 2.0
"""An index is replaced by a wanted index whose score is at least this many times higher."""

MayBuild = Callable[["Connection[Any]", UUID], bool]
"""Returns whether an index of the dataset may be built now: no bulk change is running."""

_TABLE_BYTES = "SELECT pg_table_size(to_regclass(%s))"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class IndexBudget:
    """The limits of a dataset's indexes: their number, their total size in percent of the table, and the days after
    which an unused index is dropped."""

    max_indexes: int
    max_percent: int
    idle_days: int


def remove_unused(connection: "Connection[Any]", budget: IndexBudget, exists: ExistsSql) -> None:
    """Delete catalog entries that are no longer used, and drop indexes that are invalid or not in the catalog."""
    catalog.delete_unused(connection, min(budget.idle_days, 36_500), exists)
    catalog.delete_excess_wanted(connection, MAX_WANTED_INDEXES)
    for name in catalog.find_orphaned_indexes(connection):
        _log.info("dropping the index %s, which is unused or invalid", name)
        _drop(connection, name)


def build_due(connection: "Connection[Any]", budget: IndexBudget, may_build: MayBuild) -> int:
    """Build the wanted indexes for which there is room, and return how many were built.

    Raises OperationalError if the connection is lost.
    """
    number = 0
    entries = sorted(catalog.find_due(connection), key=lambda entry: entry.dataset_id)
    for dataset_id, of_dataset in groupby(entries, lambda entry: entry.dataset_id):
        with _try_lock_rebuild(connection, dataset_id) as locked:
            if locked and may_build(connection, dataset_id):
                number += _build_all(connection, budget, dataset_id, list(of_dataset))
    return number


def _build_all(
    connection: "Connection[Any]", budget: IndexBudget, dataset_id: UUID, entries: Sequence[IndexEntry]
) -> int:
    """Build the indexes, then analyze the table once: an expression has statistics only if an index contains it."""
    number = sum(_build(connection, budget, entry) for entry in entries)
    if number:
        connection.execute(SQL("ANALYZE {}").format(table_of(dataset_id).identifier))
    return number


def _build(connection: "Connection[Any]", budget: IndexBudget, entry: IndexEntry) -> bool:
    if not _has_room(connection, budget, entry):
        catalog.postpone(connection, entry, NO_ROOM_RETRY_SECONDS, NO_ROOM)
        return False
    began = time.monotonic()
    try:
        _drop(connection, entry.name)
        connection.execute(index_specs.create_index_sql(table_of(entry.dataset_id), entry.spec))
    except psycopg.Error as error:
        if connection.closed:
            raise
        _log.warning("the index %s could not be built: %s", entry.name, error)
        _drop(connection, entry.name)
        catalog.mark_failed(connection, entry, _failure_reason(error))
        return False
    seconds = time.monotonic() - began
    catalog.mark_built(connection, entry, seconds)
    _log.info("built the index %s in %.1f s", entry.name, seconds)
    _enforce_budget(connection, budget, entry.dataset_id)
    return True


def _has_room(connection: "Connection[Any]", budget: IndexBudget, entry: IndexEntry) -> bool:
    """Whether there is room for the index. If necessary, an index that is used much less is dropped."""
    ready = only_ready(catalog.read_indexes(connection, entry.dataset_id))
    if len(ready) < budget.max_indexes and sum(other.bytes for other in ready) < _max_bytes(
        connection, budget, entry.dataset_id
    ):
        return True
    if not ready or ready[-1].score * MIN_SCORE_RATIO > entry.score:
        return False
    _drop_for_room(connection, ready[-1], NO_ROOM_RETRY_SECONDS)
    return True


def _enforce_budget(connection: "Connection[Any]", budget: IndexBudget, dataset_id: UUID) -> None:
    """Drop the least used indexes until the dataset's indexes are within the budget."""
    ready = only_ready(catalog.read_indexes(connection, dataset_id))
    max_bytes = _max_bytes(connection, budget, dataset_id)
    while ready and (len(ready) > budget.max_indexes or sum(entry.bytes for entry in ready) > max_bytes):
        _drop_for_room(connection, ready.pop(), TOO_LARGE_RETRY_SECONDS)


def _max_bytes(connection: "Connection[Any]", budget: IndexBudget, dataset_id: UUID) -> float:
    row = connection.execute(_TABLE_BYTES, [table_of(dataset_id).identifier.as_string()]).fetchone()
    return 0 if row is None or row[0] is None else int(row[0]) * budget.max_percent / 100


def _drop_for_room(connection: "Connection[Any]", entry: IndexEntry, seconds: int) -> None:
    _log.info("dropping the index %s to keep within the dataset's budget for indexes", entry.name)
    _drop(connection, entry.name)
    catalog.postpone(connection, entry, seconds, NO_ROOM)


def _drop(connection: "Connection[Any]", name: str) -> None:
    connection.execute(SQL("DROP INDEX CONCURRENTLY IF EXISTS {}").format(Identifier("records", name)))


def _failure_reason(error: psycopg.Error) -> str:
    match error:
        case errors.ProgramLimitExceeded():
            return catalog.VALUE_TOO_LONG
        case errors.LockNotAvailable() | errors.QueryCanceled() | errors.DeadlockDetected():
            return "other work on the database did not end in time; the build will be tried again"
        case _:
            return "the database could not build it; the build will be tried again"


@contextmanager
def _try_lock_rebuild(connection: "Connection[Any]", dataset_id: UUID) -> Iterator[bool]:
    """Try to lock the dataset against rebuilds while the block runs; yields whether the lock was acquired."""
    locked = rebuild_lock.try_acquire(connection, dataset_id)
    try:
        yield locked
    finally:
        if locked and not connection.closed:
            rebuild_lock.release(connection, dataset_id)
