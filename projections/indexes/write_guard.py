"""No write fails because of an index: one that cannot hold a value to come gives way to it.

A B-tree holds keys of up to 2,704 bytes and refuses the row otherwise. So whoever writes rows asks here first.
Dropping an index waits for those who read the dataset, which is rare enough: one long text in a column that was
filtered or sorted by.
"""

from collections.abc import Sequence
from itertools import compress
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.sql import SQL, Composed, Identifier, Literal

from domain import exact_json
from domain.columns import ColumnType, Value
from projections.indexes import catalog, index_specs
from projections.indexes.catalog import VALUE_TOO_LONG, IndexEntry
from projections.indexes.index_specs import IndexKind
from projections.sql.record_tables import RecordTable

MAX_TEXT_BYTES = 2_000
"""Of the texts that an index holds of one row; the rest is room for numbers and times."""

MAX_CHARACTER_BYTES = 4
"""Bytes that a character takes at most."""

RETRY_SECONDS = 86_400


def drop_blocking_indexes(cursor: "Cursor[Any]", table: RecordTable, rows: Sequence[str | None]) -> None:
    """Drop the indexes that cannot hold one of these rows (values as JSON) about to be written."""
    long = [row for row in rows if row is not None and len(row) * MAX_CHARACTER_BYTES > MAX_TEXT_BYTES]
    if not long or not (standing := _text_indexes(cursor, table)):
        return
    lengths = [
        [len(value.encode()) if isinstance(value, str) else 0 for value in exact_json.loads(row)] for row in long
    ]
    for one in standing:
        if any(sum(row[at] for at in _text_positions(one) if at < len(row)) > MAX_TEXT_BYTES for row in lengths):
            _drop_index(cursor, table, one)


def drop_indexes_blocking_table(cursor: "Cursor[Any]", table: RecordTable, rows: Identifier) -> None:
    """The same for all rows of a table that has their `values`."""
    if not (standing := _text_indexes(cursor, table)):
        return
    sizes = [
        SQL("coalesce(bool_or({} > {}), false)").format(_text_bytes_sql(one), Literal(MAX_TEXT_BYTES))
        for one in standing
    ]
    found = cursor.execute(SQL("SELECT {} FROM {}").format(SQL(", ").join(sizes), rows)).fetchone()
    for one in compress(standing, found or ()):
        _drop_index(cursor, table, one)


def _text_indexes(cursor: "Cursor[Any]", table: RecordTable) -> list[IndexEntry]:
    """The indexes on the table, whole or being built, that hold a text."""
    known = catalog.read_indexes(cursor.connection, UUID(table.name[:36]))
    if not any(_text_positions(one) for one in known):
        return []
    there = catalog.read_index_names(cursor, table)
    return [one for one in known if _text_positions(one) and index_specs.index_name(table, one.spec) in there]


def _text_positions(one: IndexEntry) -> list[int]:
    if one.spec.kind is not IndexKind.ORDER:
        return []
    return [part.position for part in (*one.spec.equal, *one.spec.order) if part.form is ColumnType.STRING]


def _text_length(value: Value) -> int:
    return len(value.encode()) if isinstance(value, str) else 0


def _text_bytes_sql(one: IndexEntry) -> Composed:
    lengths = [SQL("coalesce(octet_length(values->>{}), 0)").format(Literal(at)) for at in _text_positions(one)]
    return SQL("({})").format(SQL(" + ").join(lengths))


def _drop_index(cursor: "Cursor[Any]", table: RecordTable, one: IndexEntry) -> None:
    name = Identifier("records", index_specs.index_name(table, one.spec))
    cursor.execute(SQL("DROP INDEX IF EXISTS {}").format(name))
    catalog.postpone(cursor, one, RETRY_SECONDS, VALUE_TOO_LONG)
