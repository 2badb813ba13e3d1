"""A rebuilt table gets the indexes that the live one has, before it takes its place: no question slows down."""

import logging
from typing import Any
from uuid import UUID

from psycopg import Connection, Cursor, errors
from psycopg.sql import SQL, Identifier

from projections.indexes import catalog, index_specs
from projections.sql.record_tables import Table

_log = logging.getLogger(__name__)


def build(connection: "Connection[Any]", dataset_id: UUID, table: Table) -> None:
    """Build on `table`, which nobody else sees yet, what stands on the dataset's live table, and analyze it."""
    for one in catalog.ready(catalog.of_dataset(connection, dataset_id)):
        try:
            connection.execute(index_specs.create_sql(table, one.spec, concurrently=False))
        except errors.ProgramLimitExceeded as error:
            _log.warning("the rebuilt table goes without the index %s: %s", one.name, error)
    connection.execute(SQL("ANALYZE {}").format(table.identifier))


def rename(cursor: "Cursor[Any]", dataset_id: UUID, table: Table, to: Table) -> None:
    """Name the indexes of what was `table` and is now called `to` after their table."""
    there = catalog.standing(cursor, to)
    for one in catalog.of_dataset(cursor.connection, dataset_id):
        beside = index_specs.name(table, one.spec)
        if beside in there:
            rename = SQL("ALTER INDEX {} RENAME TO {}")
            cursor.execute(rename.format(Identifier("records", beside), Identifier(index_specs.name(to, one.spec))))
