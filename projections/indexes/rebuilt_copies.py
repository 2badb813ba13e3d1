"""A rebuilt table gets the indexes that the live one has, before it takes its place: no question slows down."""

import logging
from typing import Any
from uuid import UUID

from psycopg import Connection, Cursor, errors
from psycopg.sql import SQL, Identifier

from projections.indexes import catalog, index_specs
from projections.sql.record_tables import RecordTable

_log = logging.getLogger(__name__)


def build_indexes(connection: "Connection[Any]", dataset_id: UUID, table: RecordTable) -> None:
    """Build on `table`, which nobody else sees yet, what stands on the dataset's live table, and analyze it."""
    for one in catalog.only_ready(catalog.read_indexes(connection, dataset_id)):
        try:
            connection.execute(index_specs.create_index_sql(table, one.spec, concurrently=False))
        except errors.ProgramLimitExceeded as error:
            _log.warning("the rebuilt table goes without the index %s: %s", one.name, error)
    connection.execute(SQL("ANALYZE {}").format(table.identifier))


def rename_indexes(cursor: "Cursor[Any]", dataset_id: UUID, table: RecordTable, to: RecordTable) -> None:
    """Name the indexes of what was `table` and is now called `to` after their table."""
    there = catalog.read_index_names(cursor, to)
    for one in catalog.read_indexes(cursor.connection, dataset_id):
        beside = index_specs.index_name(table, one.spec)
        if beside in there:
            rename = SQL("ALTER INDEX {} RENAME TO {}")
            cursor.execute(
                rename.format(Identifier("records", beside), Identifier(index_specs.index_name(to, one.spec)))
            )
