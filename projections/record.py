"""One record as of a version."""

from collections.abc import Sequence
from typing import Any

from psycopg import AsyncConnection

from domain.errors import NotFound
from projections.lookup import Snapshot


async def read(
    connection: "AsyncConnection[Any]",
    statement: bytes,
    newest: Sequence[object],
    version: int,
    id: int,
) -> tuple[int | None, str | None, int]:
    """What a `record_statement` finds as of `version`: the dataset's newest version (`newest` are the parameters of
    `NEWEST`), the record (None: it is not there), and the version that last wrote it."""
    row = await (await connection.execute(statement, [*newest, id, version, version])).fetchone()
    assert row is not None
    return row[0], row[1], row[2] or 0


def missing(snapshot: Snapshot, id: int) -> NotFound:
    return NotFound("record-not-found", f"There is no record {id} at version {snapshot.version}")
