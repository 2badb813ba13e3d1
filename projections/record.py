"""One record: as of a version, and through all its versions."""

from typing import Any

from psycopg import AsyncConnection
from psycopg.sql import SQL

from domain.columns import Column
from domain.errors import NotFound
from projections.lookup import Snapshot
from projections.row_json import record_json

_RECORD = SQL("SELECT {record}, version FROM {table} WHERE id = %s AND version <= %s AND until > %s")


async def read(
    connection: "AsyncConnection[Any]", snapshot: Snapshot, id: int, columns: tuple[Column, ...]
) -> tuple[str, int]:
    """The record as JSON and the version that last wrote it. Raises NotFound."""
    query = _RECORD.format(record=record_json(columns), table=snapshot.table.identifier)
    row = await (await connection.execute(query, [id, snapshot.version, snapshot.version])).fetchone()
    if row is None:
        raise NotFound("record-not-found", f"There is no record {id} at version {snapshot.version}")
    return row[0], row[1]
