"""Where a record came from: the import that last wrote it, read from its rows' life spans and the imports.

The line of the file stands in the import's chunks, which a caller reads; here are the row and the import.
"""

from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row
from psycopg.sql import SQL

from domain.errors import NotFound
from projections.query.snapshots import Snapshot

_NEWEST = SQL("SELECT version FROM {table} WHERE id = %(id)s AND version <= %(version)s AND until > %(version)s")

_IMPORT = SQL("""
SELECT imports.* FROM {table} AS written
JOIN imports ON imports.dataset_id = %(dataset)s AND imports.version = written.version
WHERE written.id = %(id)s AND written.version <= %(version)s
ORDER BY written.version DESC LIMIT 1
""")


@dataclass(frozen=True, slots=True)
class RecordOrigin:
    """The import that last wrote a record (None: no import did), and whether it was edited since."""

    version: int
    imported: dict[str, Any] | None
    edited: bool


async def read_origin(connection: "AsyncConnection[Any]", snapshot: Snapshot, id: int) -> RecordOrigin:
    """Raises NotFound for a record that is not there at the snapshot's version."""
    asked = {"id": id, "version": snapshot.version, "dataset": snapshot.id}
    cursor = connection.cursor(row_factory=dict_row)
    rows = await (await cursor.execute(_NEWEST.format(table=snapshot.table.identifier), asked)).fetchall()
    if not rows:
        raise NotFound("record-not-found", f"There is no record {id} at version {snapshot.version}")
    current = rows[0]["version"]
    imported = await (await cursor.execute(_IMPORT.format(table=snapshot.table.identifier), asked)).fetchone()
    return RecordOrigin(current, imported, imported is None or imported["version"] != current)
