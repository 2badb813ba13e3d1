"""Read one record as of a version, by its id or its key."""

from collections.abc import Sequence
from typing import Any

from psycopg import AsyncConnection
from psycopg.sql import SQL

from domain import exact_json
from domain.columns import Column
from domain.errors import NotFound
from domain.schema import Values
from projections.query.pages.page_sql import record_statement
from projections.query.snapshots import Snapshot
from projections.sql.raw_statements import fetch_row
from projections.sql.record_tables import cell_sql
from projections.sql.row_json import record_json

RecordRead = tuple[int | None, str | None, int]
"""The dataset's newest version, the record as JSON (None: no such record), and the version that last wrote it."""

_BY_KEY = SQL("SELECT {record}, version FROM {table} WHERE {same} AND version <= %s AND until > %s LIMIT 1")
"""The record with a given key as of a version."""


async def read(
    connection: "AsyncConnection[Any]", snapshot: Snapshot, id: int, columns: tuple[Column, ...]
) -> tuple[str, int]:
    """The record as JSON and the version that last wrote it. Raises NotFound."""
    statement = record_statement(snapshot.table, record_json(columns))
    _, text, written = await execute_record_statement(
        connection, statement, [snapshot.id, "", None], snapshot.version, id
    )
    if text is None:
        raise record_not_found(snapshot, id)
    return text, written


async def execute_record_statement(
    connection: "AsyncConnection[Any]", statement: bytes, newest_parameters: Sequence[object], version: int, id: int
) -> RecordRead:
    """Run a `record_statement` as of `version`. `newest_parameters` are those of `NEWEST_VERSION`."""
    row = await fetch_row(connection, statement, [*newest_parameters, id, version, version])
    assert row is not None
    return row[0], row[1], row[2] or 0


def record_not_found(snapshot: Snapshot, id: int) -> NotFound:
    return NotFound("record-not-found", f"There is no record {id} at version {snapshot.version}")


async def read_by_key(
    connection: "AsyncConnection[Any]", snapshot: Snapshot, key: Values, columns: tuple[Column, ...], detail: str
) -> tuple[str, int]:
    """The record whose key has these values; numbers match by value. Raises NotFound with this `detail`."""
    statement = _BY_KEY.format(
        record=record_json(columns),
        table=snapshot.table.identifier,
        same=SQL(" AND ").join([SQL("{} = %s::jsonb").format(cell_sql(at)) for at in snapshot.definition.key]),
    )
    parameters = [*(exact_json.dumps(value) for value in key), snapshot.version, snapshot.version]
    row = await (await connection.execute(statement, parameters)).fetchone()
    if row is None:
        raise NotFound("record-not-found", detail)
    return row[0], row[1]
