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
from projections.indexes.catalog import TOO_LONG, Known
from projections.indexes.index_specs import Kind
from projections.sql.record_tables import Table

MOST_BYTES = 2_000
"""Of the texts that an index holds of one row; the rest is room for numbers and times."""

WIDEST = 4
"""Bytes that a character takes at most."""

PUT_OFF_SECONDS = 86_400


def make_room(cursor: "Cursor[Any]", table: Table, rows: Sequence[str | None]) -> None:
    """Drop the indexes that cannot hold one of these rows (values as JSON) about to be written."""
    long = [row for row in rows if row is not None and len(row) * WIDEST > MOST_BYTES]
    if not long or not (standing := _with_text(cursor, table)):
        return
    lengths = [
        [len(value.encode()) if isinstance(value, str) else 0 for value in exact_json.loads(row)] for row in long
    ]
    for one in standing:
        if any(sum(row[at] for at in _texts(one) if at < len(row)) > MOST_BYTES for row in lengths):
            _give_way(cursor, table, one)


def make_room_for_all(cursor: "Cursor[Any]", table: Table, rows: Identifier) -> None:
    """The same for all rows of a table that has their `values`."""
    if not (standing := _with_text(cursor, table)):
        return
    sizes = [SQL("coalesce(bool_or({} > {}), false)").format(_bytes(one), Literal(MOST_BYTES)) for one in standing]
    found = cursor.execute(SQL("SELECT {} FROM {}").format(SQL(", ").join(sizes), rows)).fetchone()
    for one in compress(standing, found or ()):
        _give_way(cursor, table, one)


def _with_text(cursor: "Cursor[Any]", table: Table) -> list[Known]:
    """The indexes on the table, whole or being built, that hold a text."""
    known = catalog.of_dataset(cursor.connection, UUID(table.name[:36]))
    if not any(_texts(one) for one in known):
        return []
    there = catalog.standing(cursor, table)
    return [one for one in known if _texts(one) and index_specs.name(table, one.spec) in there]


def _texts(one: Known) -> list[int]:
    if one.spec.kind is not Kind.ORDER:
        return []
    return [part.position for part in (*one.spec.equal, *one.spec.order) if part.form is ColumnType.STRING]


def _length(value: Value) -> int:
    return len(value.encode()) if isinstance(value, str) else 0


def _bytes(one: Known) -> Composed:
    lengths = [SQL("coalesce(octet_length(values->>{}), 0)").format(Literal(at)) for at in _texts(one)]
    return SQL("({})").format(SQL(" + ").join(lengths))


def _give_way(cursor: "Cursor[Any]", table: Table, one: Known) -> None:
    name = Identifier("records", index_specs.name(table, one.spec))
    cursor.execute(SQL("DROP INDEX IF EXISTS {}").format(name))
    catalog.put_off(cursor, one, PUT_OFF_SECONDS, TOO_LONG)
