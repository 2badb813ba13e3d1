"""Create and load record tables. Each dataset has one, `records."<dataset id>"`, with every version of every record.

A row is valid from `version`, which wrote it, until `until`, which superseded it (`OPEN` while the row is current).
So the records as of version v are those with `version <= v AND until > v`. `values` is a JSONB array in column order.
This module creates and drops the tables, not the migrations. A rebuild changes their structure.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Copy, Cursor
from psycopg.sql import SQL, Composed, Identifier, Literal

from domain.schema import Definition

OPEN = 2**63 - 1
"""The `until` of a current row."""

_CREATE = SQL("""
CREATE TABLE {table} (
    id bigint NOT NULL,
    version bigint NOT NULL,
    until bigint NOT NULL DEFAULT {open},
    values jsonb NOT NULL)
""")


_INDEX_METHODS = """
SELECT split_part(pg_get_indexdef(indexrelid), ' USING ', 2) FROM pg_index WHERE indrelid = %s::regclass
"""


@dataclass(frozen=True, slots=True)
class RecordTable:
    """The name of a record table in the schema `records`."""

    name: str

    @property
    def identifier(self) -> Identifier:
        return Identifier("records", self.name)


def table_of(dataset_id: UUID) -> RecordTable:
    return RecordTable(str(dataset_id))


def fill_table(query: SQL, table: RecordTable) -> Composed:
    """A query with `{table}` and `{open}` filled in."""
    return query.format(table=table.identifier, open=Literal(OPEN))


def cell_sql(position: int) -> Composed:
    """A column's value as JSONB."""
    return SQL("(values -> {})").format(Literal(position))


def create(cursor: "Cursor[Any]", table: RecordTable) -> None:
    """Create an empty table without indexes. They are built after the first load."""
    drop(cursor, table)
    cursor.execute(fill_table(_CREATE, table))


def drop(cursor: "Cursor[Any]", table: RecordTable) -> None:
    cursor.execute(SQL("DROP TABLE IF EXISTS {}").format(table.identifier))
    cursor.execute(SQL("DROP SEQUENCE IF EXISTS {}").format(_id_sequence(table)))


def finish(cursor: "Cursor[Any]", table: RecordTable, definition: Definition) -> None:
    """Build what queries on a loaded table need: the primary key, indexes of unique columns, and statistics."""
    cursor.execute(
        SQL("ALTER TABLE {} ADD CONSTRAINT {} PRIMARY KEY (id, version)").format(table.identifier, _key_name(table))
    )
    index_unique_sets(cursor, table, definition)
    cursor.execute(SQL("ANALYZE {}").format(table.identifier))


def index_unique_sets(cursor: "Cursor[Any]", table: RecordTable, definition: Definition) -> None:
    """Build the indexes in which unique values are looked up, unless they exist."""
    existing = {method for (method,) in cursor.execute(_INDEX_METHODS, [table.identifier.as_string()]).fetchall()}
    for positions in definition.unique_sets():
        if _unique_method(positions) not in existing:
            columns = SQL(", ").join([cell_sql(position) for position in positions])
            cursor.execute(SQL("CREATE INDEX ON {} ({})").format(table.identifier, columns))


def _unique_method(positions: Sequence[int]) -> str:
    """The end of the definition of an index of unique values, as PostgreSQL writes it."""
    cells = ", ".join(f'(("values" -> {position}))' for position in positions)
    return f"btree ({cells})"


def rename(cursor: "Cursor[Any]", table: RecordTable, to: RecordTable) -> None:
    constraint = SQL("ALTER TABLE {} RENAME CONSTRAINT {} TO {}")
    cursor.execute(constraint.format(table.identifier, _key_name(table), _key_name(to)))
    cursor.execute(SQL("ALTER TABLE {} RENAME TO {}").format(table.identifier, Identifier(to.name)))


@contextmanager
def load_rows(cursor: "Cursor[Any]", table: RecordTable, version: int, first_id: int) -> Iterator[Copy]:
    """A COPY of new records into the table. Write rows as JSON arrays, one per line.

    A sequence numbers the records from `first_id` in the order of the lines, so that the lines of a chunk can be
    copied unchanged. JSON contains no raw control characters, so nothing is ever escaped.
    """
    numbers = _id_sequence(table)
    cursor.execute(SQL("CREATE SEQUENCE {} START {} CACHE 10000").format(numbers, Literal(first_id)))
    next_id = SQL("nextval({}::regclass)").format(Literal(numbers.as_string()))
    defaults = SQL("ALTER TABLE {} ALTER COLUMN id SET DEFAULT {}, ALTER COLUMN version SET DEFAULT {}")
    cursor.execute(defaults.format(table.identifier, next_id, Literal(version)))
    copy = SQL("COPY {} (values) FROM STDIN (FORMAT csv, QUOTE e'\\x01', DELIMITER e'\\x02')")
    with cursor.copy(copy.format(table.identifier)) as stream:
        yield stream
    no_defaults = SQL("ALTER TABLE {} ALTER COLUMN id DROP DEFAULT, ALTER COLUMN version DROP DEFAULT")
    cursor.execute(no_defaults.format(table.identifier))
    cursor.execute(SQL("DROP SEQUENCE {}").format(numbers))


def _id_sequence(table: RecordTable) -> Identifier:
    return Identifier("records", f"{table.name} ids")


def _key_name(table: RecordTable) -> Identifier:
    return Identifier(f"{table.name} key")
