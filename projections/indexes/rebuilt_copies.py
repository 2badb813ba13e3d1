"""Build the live table's indexes on a rebuilt table before the swap, so that no query slows down after it."""

import logging
from typing import Any
from uuid import UUID

from psycopg import Connection, Cursor, errors
from psycopg.sql import SQL, Identifier

from projections.indexes import catalog, index_specs
from projections.sql.record_tables import RecordTable

_log = logging.getLogger(__name__)


def build_indexes(connection: "Connection[Any]", dataset_id: UUID, table: RecordTable) -> None:
    """Build the indexes of the dataset's live table on `table`, which is not in use yet, and analyze it."""
    for entry in catalog.only_ready(catalog.read_indexes(connection, dataset_id)):
        try:
            connection.execute(index_specs.create_index_sql(table, entry.spec, concurrently=False))
        except errors.ProgramLimitExceeded as error:
            _log.warning("the rebuilt table does not get the index %s: %s", entry.name, error)
    connection.execute(SQL("ANALYZE {}").format(table.identifier))


def rename_indexes(cursor: "Cursor[Any]", dataset_id: UUID, table: RecordTable, to: RecordTable) -> None:
    """Rename the indexes of a table that was renamed from `table` to `to`."""
    existing = catalog.read_index_names(cursor, to)
    for entry in catalog.read_indexes(cursor.connection, dataset_id):
        old_name = index_specs.index_name(table, entry.spec)
        if old_name in existing:
            rename = SQL("ALTER INDEX {} RENAME TO {}")
            cursor.execute(
                rename.format(Identifier("records", old_name), Identifier(index_specs.index_name(to, entry.spec)))
            )
