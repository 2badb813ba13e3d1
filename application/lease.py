"""A dataset's writer lease: a bulk change holds it alone, and edits meanwhile are refused as busy.

It is an advisory lock of the holder's session, so it goes when the holder does, however that ends. Edits share
it for the length of their transaction.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from psycopg import Connection

from domain.errors import Busy

_TRY = "SELECT pg_try_advisory_lock(hashtextextended(%s::text, 0))"

_RELEASE = "SELECT pg_advisory_unlock(hashtextextended(%s::text, 0))"

PAUSE = 0.01


@contextmanager
def held(connection: "Connection[Any]", dataset_id: UUID, patience: float = 3) -> Iterator[None]:
    """Hold the lease while the block runs; edits under way get `patience` seconds to end.

    Raises Busy if another bulk change has it.
    """
    give_up = time.monotonic() + patience
    while not _taken(connection, dataset_id):
        if time.monotonic() > give_up:
            raise Busy("dataset-busy", "Another bulk change of this dataset is under way; try again in a moment")
        time.sleep(PAUSE)
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute(_RELEASE, [str(dataset_id)])


def _taken(connection: "Connection[Any]", dataset_id: UUID) -> bool:
    row = connection.execute(_TRY, [str(dataset_id)]).fetchone()
    return row is not None and bool(row[0])
