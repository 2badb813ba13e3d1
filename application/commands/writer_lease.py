"""A dataset's writer lease: one bulk change holds it exclusively, and edits are refused as busy meanwhile.

It is an advisory lock of the holder's session, so it is released when the session ends for any reason. Edits hold it
shared until their transaction ends.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from psycopg import Connection

from domain.errors import Busy

_TRY = "SELECT pg_try_advisory_lock(writer_lease_key(%s))"

_RELEASE = "SELECT pg_advisory_unlock(writer_lease_key(%s))"

_IS_FREE = "SELECT pg_try_advisory_xact_lock_shared(writer_lease_key(%s))"

RETRY_SECONDS = 0.01
CALLBACK_SECONDS = 0.5


@contextmanager
def hold_lease(
    connection: "Connection[Any]",
    dataset_id: UUID,
    patience: float = 3,
    while_waiting: Callable[[], None] = lambda: None,
) -> Iterator[None]:
    """Hold the lease while the block runs; running edits get `patience` seconds to end.

    `while_waiting` is called regularly while waiting; an error that it raises ends the waiting. Raises Busy if
    another bulk change holds the lease.
    """
    begun = called = time.monotonic()
    while not _try_lock(connection, dataset_id):
        now = time.monotonic()
        if now > begun + patience:
            raise Busy("dataset-busy", "Another bulk change of this dataset is under way; try again in a moment")
        if now > called + CALLBACK_SECONDS:
            called = now
            while_waiting()
        time.sleep(RETRY_SECONDS)
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute(_RELEASE, [dataset_id])


def is_free(connection: "Connection[Any]", dataset_id: UUID) -> bool:
    """Whether no bulk change holds the lease. Call it in autocommit mode, because it takes the lease shared."""
    row = connection.execute(_IS_FREE, [dataset_id]).fetchone()
    return row is not None and bool(row[0])


def _try_lock(connection: "Connection[Any]", dataset_id: UUID) -> bool:
    row = connection.execute(_TRY, [dataset_id]).fetchone()
    return row is not None and bool(row[0])
