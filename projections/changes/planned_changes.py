"""The planned changes of a bulk change: checked, read for the event, and written to the record table.

The plan is a temporary table `plan (id, values)`. Null values mean that the record is to be removed.
"""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.sql import SQL, Identifier, Literal

from projections.indexes import write_guard
from projections.sql.record_tables import OPEN, cell_sql, table_of

BLOCK_LINES = 10_000

WORK_MEM = "128MB"
"""The memory that one sort or hash of a bulk change may use. More data is written to disk."""

_FIND_DUPLICATE = SQL("""
SELECT min(id), max(id) FROM plan AS new WHERE {given} GROUP BY {cells} HAVING count(*) > 1 LIMIT 1
""")
"""Finds two planned records with the same values in unique columns."""

_FIND_CONFLICT = SQL("""
SELECT new.id, old.id FROM plan AS new JOIN {table} AS old ON {same}
WHERE {given} AND old.until = {open} AND NOT EXISTS (SELECT FROM plan WHERE plan.id = old.id) LIMIT 1
""")
"""Finds a planned record with the same values in unique columns as a record outside the plan."""

_READ_BLOCKS = """
SELECT string_agg('[' || id || ',' || coalesce(values::text, 'null') || e']\\n', '' ORDER BY id), count(*)
FROM (SELECT id, values, (row_number() OVER (ORDER BY id) - 1) / %s AS block FROM plan) AS numbered
GROUP BY block ORDER BY block
"""
"""Builds the lines of the plan in blocks of a given number of lines."""

_CLOSE_OLD_ROWS = SQL("""
UPDATE {table} AS old SET until = {version} FROM plan WHERE old.id = plan.id AND old.until = {open}
""")
"""Ends the validity of the rows that the plan changes or removes."""

_INSERT_ROWS = SQL("""
INSERT INTO {table} (id, version, until, values)
SELECT id, {version}, {open}, values FROM plan WHERE values IS NOT NULL ORDER BY id
""")
"""Inserts the new rows of the changed records."""


def find_duplicate(cursor: "Cursor[Any]", dataset_id: UUID, positions: Sequence[int]) -> tuple[int, int] | None:
    """Two records that would have the same values at `positions`, none of which is null; None otherwise."""
    cells = [cell_sql(position) for position in positions]
    not_null = SQL(" AND ").join([SQL("new.values -> {} <> 'null'").format(Literal(at)) for at in positions])
    same = [SQL("(new.values -> {0}) = (old.values -> {0})").format(Literal(at)) for at in positions]
    duplicate = _FIND_DUPLICATE.format(given=not_null, cells=SQL(", ").join(cells))
    conflict = _FIND_CONFLICT.format(
        table=table_of(dataset_id).identifier, same=SQL(" AND ").join(same), given=not_null, open=Literal(OPEN)
    )
    return cursor.execute(duplicate).fetchone() or cursor.execute(conflict).fetchone()


def read_rows(cursor: "Cursor[Any]") -> list[tuple[int, str | None]]:
    """The planned records by id: the id and the values as JSON (None: removed)."""
    return cursor.execute("SELECT id, values::text FROM plan ORDER BY id").fetchall()


def read_blocks(cursor: "Cursor[Any]") -> Iterator[tuple[bytes, int]]:
    """The planned records as lines `[id, values or null]`: blocks and their numbers of lines."""
    for text, number in cursor.stream(_READ_BLOCKS, [BLOCK_LINES]):
        yield text.encode(), number


def apply(cursor: "Cursor[Any]", dataset_id: UUID, version: int) -> None:
    """Write the plan as rows of `version`."""
    table = table_of(dataset_id)
    parts = {"table": table.identifier, "version": Literal(version), "open": Literal(OPEN)}
    write_guard.drop_indexes_blocking_table(cursor, table, Identifier("plan"))
    cursor.execute(_CLOSE_OLD_ROWS.format(**parts))
    cursor.execute(_INSERT_ROWS.format(**parts))
