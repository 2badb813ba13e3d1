"""Drop indexes that would make a write fail because a value is too long for them.

A B-tree accepts keys of up to 2,704 bytes and rejects longer ones. So every write of rows calls this module first.
Dropping an index waits for readers of the dataset. This is rare: it takes a long text in a column that is used in
filters or sorts.
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
from projections.indexes.index_specs import MAX_ORDER_COLUMNS, IndexKind
from projections.sql.record_tables import RecordTable

MAX_TEXT_BYTES = 2_000
"""The most bytes of text in an index row. The rest of the 2,704 bytes is for numbers and times."""

MAX_RULED_BYTES = 400
"""The most bytes of a text in the form in which a sort rule compares it."""

MAX_CHARACTER_BYTES = 4
"""The most bytes of a character in UTF-8."""

RETRY_SECONDS = 86_400


def drop_blocking_indexes(cursor: "Cursor[Any]", table: RecordTable, rows: Sequence[str | None]) -> None:
    """Drop the indexes for which one of these rows (values as JSON) is too long, before the rows are written."""
    least = MAX_TEXT_BYTES - MAX_ORDER_COLUMNS * MAX_RULED_BYTES
    long = [row for row in rows if row is not None and len(row) * MAX_CHARACTER_BYTES > least]
    if not long or not (text_indexes := _text_indexes(cursor, table)):
        return
    lengths = [[_text_length(value) for value in exact_json.loads(row)] for row in long]
    for entry in text_indexes:
        positions, limit = _text_positions(entry), _text_bytes_left(entry)
        if any(sum(row[at] for at in positions if at < len(row)) > limit for row in lengths):
            _drop_index(cursor, table, entry)


def drop_indexes_blocking_table(cursor: "Cursor[Any]", table: RecordTable, rows: Identifier) -> None:
    """The same as `drop_blocking_indexes` for all rows of a table with a column `values`."""
    if not (text_indexes := _text_indexes(cursor, table)):
        return
    sizes = [
        SQL("coalesce(bool_or({} > {}), false)").format(_text_bytes_sql(entry), Literal(_text_bytes_left(entry)))
        for entry in text_indexes
    ]
    found = cursor.execute(SQL("SELECT {} FROM {}").format(SQL(", ").join(sizes), rows)).fetchone()
    for entry in compress(text_indexes, found or ()):
        _drop_index(cursor, table, entry)


def _text_indexes(cursor: "Cursor[Any]", table: RecordTable) -> list[IndexEntry]:
    """The indexes on the table, valid or being built, that contain text."""
    entries = catalog.read_indexes(cursor.connection, UUID(table.name[:36]))
    if not any(_text_positions(entry) for entry in entries):
        return []
    existing = catalog.read_index_names(cursor, table)
    return [
        entry for entry in entries if _text_positions(entry) and index_specs.index_name(table, entry.spec) in existing
    ]


def _text_positions(entry: IndexEntry) -> list[int]:
    if entry.spec.kind is not IndexKind.ORDER:
        return []
    parts = (*entry.spec.equal, *entry.spec.order)
    return [part.position for part in parts if part.form is ColumnType.STRING and not part.rule]


def _text_bytes_left(entry: IndexEntry) -> int:
    """The bytes for text that is kept as it is, whose length is not limited."""
    return MAX_TEXT_BYTES - MAX_RULED_BYTES * sum(bool(part.rule) for part in entry.spec.order)


def _text_length(value: Value) -> int:
    return len(value.encode()) if isinstance(value, str) else 0


def _text_bytes_sql(entry: IndexEntry) -> Composed:
    lengths = [SQL("coalesce(octet_length(values->>{}), 0)").format(Literal(at)) for at in _text_positions(entry)]
    return SQL("({})").format(SQL(" + ").join(lengths))


def _drop_index(cursor: "Cursor[Any]", table: RecordTable, entry: IndexEntry) -> None:
    name = Identifier("records", index_specs.index_name(table, entry.spec))
    cursor.execute(SQL("DROP INDEX IF EXISTS {}").format(name))
    catalog.postpone(cursor, entry, RETRY_SECONDS, VALUE_TOO_LONG)
