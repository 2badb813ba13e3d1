"""Find where a record came from: the import that last wrote it.

The line of the file is in the import's chunks, which the caller reads.
"""

from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row
from psycopg.sql import SQL, Literal

from domain.errors import NotFound
from projections.models import imports, versions
from projections.query.snapshots import Snapshot

_WRITTEN_BY = SQL("SELECT version FROM {table} WHERE id = %(id)s AND version <= %(version)s AND until > %(version)s")
"""The version that wrote the record's current row."""

_IS_EDITED = SQL("""
SELECT EXISTS (SELECT FROM {table} AS written JOIN ({types}) AS types USING (version)
               WHERE written.id = %(id)s AND written.version > %(since)s AND written.version <= %(version)s
                 AND types.type <> 'ColumnsChanged') AS edited
""")
"""Whether a row of the record was written since a version, changes of columns aside."""

_IMPORT = SQL("""
SELECT imported.* FROM {table} AS written
JOIN ({imports}) AS imported ON imported.version = written.version
WHERE written.id = %(id)s AND written.version <= %(version)s
ORDER BY written.version DESC LIMIT 1
""")
"""The last import that wrote a row of the record."""


@dataclass(frozen=True, slots=True)
class RecordOrigin:
    """The version that wrote the record, the import that last wrote it (None: no import did), and whether the record
    was edited since."""

    version: int
    imported: dict[str, Any] | None
    edited: bool


async def read_origin(connection: "AsyncConnection[Any]", snapshot: Snapshot, id: int) -> RecordOrigin:
    """The record's origin. Raises NotFound if the record does not exist at the snapshot's version."""
    parameters = {"id": id, "version": snapshot.version, "dataset": snapshot.id}
    cursor = connection.cursor(row_factory=dict_row)
    rows = await (await cursor.execute(_WRITTEN_BY.format(table=snapshot.table.identifier), parameters)).fetchall()
    if not rows:
        raise NotFound("record-not-found", f"There is no record {id} at version {snapshot.version}")
    version = rows[0]["version"]
    statement = _IMPORT.format(table=snapshot.table.identifier, imports=imports.OF_DATASET)
    imported = await (await cursor.execute(statement, parameters)).fetchone()
    if imported is None or imported["version"] == version:
        return RecordOrigin(version, imported, imported is None)
    is_edited = _IS_EDITED.format(
        table=snapshot.table.identifier, types=versions.TYPES.format(dataset=Literal(snapshot.id))
    )
    row = await (await cursor.execute(is_edited, {**parameters, "since": imported["version"]})).fetchone()
    return RecordOrigin(version, imported, row is not None and row["edited"])
