"""Merge the rows of a file into a record table. Only new, changed and removed records are written.

The rows are loaded into a temporary table `incoming (row, values)` with the file's columns. They are arranged into
the dataset's columns and matched with the current records by key or, without a key, by their whole content. The
differences are written as rows of the next version, in the caller's transaction. They are invisible until that
version is published.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from psycopg import Copy, Cursor
from psycopg.sql import SQL, Composed, Identifier, Literal

from domain.columns import ColumnType
from domain.file_merge import MergeCounts, MergeLayout
from domain.schema import Definition
from projections.changes.merged_values import (
    comparable_values_sql,
    differs_sql,
    find_spelled_columns,
    merged_values_sql,
    planned_values_sql,
    value_at_sql,
)
from projections.changes.planned_changes import WORK_MEM
from projections.indexes import write_guard
from projections.sql.padding import NULL_CELL, array_sql, padded_values_sql
from projections.sql.record_tables import OPEN, RecordTable, cell_sql

_COPY_INCOMING = SQL("COPY incoming (values) FROM STDIN (FORMAT csv, QUOTE e'\\x01', DELIMITER e'\\x02')")

_CREATE_INCOMING = """
CREATE TEMPORARY TABLE incoming (row bigint NOT NULL DEFAULT nextval('incoming_rows'), values jsonb NOT NULL)
ON COMMIT DROP
"""

_DELETE_REJECTED = SQL("""
WITH refused AS (
    DELETE FROM incoming AS new WHERE {condition} RETURNING row, values::text AS values)
SELECT row, values FROM refused ORDER BY row LIMIT {limit}
""")
"""Deletes the rows that match the condition and returns the first of them."""

_PLAN_BY_KEY = SQL("""
CREATE TEMPORARY TABLE plan ON COMMIT DROP AS
SELECT new.row, old.id, {values} AS values
FROM incoming AS new {join} JOIN (SELECT id, values FROM {table} WHERE until = {open}) AS old ON {same_key}
WHERE old.id IS NULL OR new.row IS NULL OR {differs}
""")
"""Joins the rows with the current records by key and keeps the pairs that differ."""

_PLAN_BY_CONTENT = SQL("""
CREATE TEMPORARY TABLE plan ON COMMIT DROP AS
SELECT new.row, old.id, new.values
FROM (SELECT row, values, md5(values::text) AS digest,
             row_number() OVER (PARTITION BY md5(values::text) ORDER BY row) AS copy FROM incoming) AS new
FULL JOIN (SELECT id, md5({padded}::text) AS digest,
                  row_number() OVER (PARTITION BY md5({padded}::text) ORDER BY id) AS copy
           FROM {table} AS old WHERE until = {open}) AS old
USING (digest, copy)
WHERE old.id IS NULL OR new.row IS NULL
""")
"""Pairs rows and records that are written alike, by a digest, and keeps those without a partner."""

_DELETE_EQUAL_PAIRS = SQL("""
WITH new AS MATERIALIZED (
    SELECT row, values, jsonb_hash_extended({rest}, 0) AS digest FROM plan WHERE id IS NULL),
old AS MATERIALIZED (
    SELECT id, values, jsonb_hash_extended({rest}, 0) AS digest
    FROM (SELECT old.id, {padded} AS values FROM plan JOIN {table} AS old USING (id)
          WHERE plan.row IS NULL AND old.until = {open}) AS removed),
new_contents AS (
    SELECT row, digest, content, row_number() OVER (PARTITION BY digest, content ORDER BY row) AS copy
    FROM (SELECT row, digest, {content} AS content FROM new WHERE digest IN (SELECT digest FROM old)) AS found),
old_contents AS (
    SELECT id, digest, content, row_number() OVER (PARTITION BY digest, content ORDER BY id) AS copy
    FROM (SELECT id, digest, {content} AS content FROM old WHERE digest IN (SELECT digest FROM new)) AS found),
pairs AS MATERIALIZED (
    SELECT row, id FROM new_contents JOIN old_contents USING (digest, copy, content))
DELETE FROM plan WHERE row IN (SELECT row FROM pairs) OR id IN (SELECT id FROM pairs)
""")
"""Pairs the planned rows and removed records that are equal but written differently, and drops them from the plan.

Times are converted, which is slow, only where all other values have a partner."""

_PLAN_ALL_NEW = SQL("""
CREATE TEMPORARY TABLE plan ON COMMIT DROP AS SELECT row, NULL::bigint AS id, values FROM incoming
""")
"""Plans every row as a new record."""

_CLOSE_OLD_ROWS = SQL("""
UPDATE {table} AS old SET until = {version} FROM plan WHERE old.id = plan.id AND old.until = {open}
""")
"""Ends the validity of the rows that the plan changes or removes."""

_INSERT_ROWS = SQL("""
INSERT INTO {table} (id, version, until, values)
SELECT coalesce(id, {first} - 1 + row_number() OVER (PARTITION BY id IS NULL ORDER BY row)), {version}, {open}, values
FROM plan WHERE row IS NOT NULL
ORDER BY 1
""")
"""Inserts the planned rows; new records get the next ids in the order of the file."""

_COUNT_PLAN = """
SELECT count(*) FILTER (WHERE id IS NULL), count(*) FILTER (WHERE id IS NOT NULL AND row IS NOT NULL),
       count(*) FILTER (WHERE row IS NULL)
FROM plan
"""
"""Counts the new, changed and removed records of the plan."""

_SELECT_NEW = "SELECT row, values::text FROM plan WHERE id IS NULL ORDER BY row"

_SELECT_CHANGED = "SELECT id, values::text, row FROM plan WHERE id IS NOT NULL ORDER BY id"


@contextmanager
def receive_rows(cursor: "Cursor[Any]") -> Iterator[Copy]:
    """A COPY into `incoming`. Write JSON arrays with the file's columns, one per line."""
    cursor.execute(SQL("SET LOCAL work_mem = {}").format(Literal(WORK_MEM)))
    cursor.execute("CREATE TEMPORARY SEQUENCE incoming_rows MINVALUE 0 START 0 CACHE 10000")
    cursor.execute(_CREATE_INCOMING)
    with cursor.copy(_COPY_INCOMING) as copy:
        yield copy
    cursor.execute("ALTER TABLE incoming ALTER COLUMN row DROP DEFAULT")
    cursor.execute("DROP SEQUENCE incoming_rows")


def arrange_columns(cursor: "Cursor[Any]", layout: MergeLayout) -> None:
    """Move the values of the rows to the dataset's positions."""
    if not layout.is_plain:
        values = [
            NULL_CELL if source is None else SQL("coalesce({}, {})").format(cell_sql(source), NULL_CELL)
            for source in layout.sources
        ]
        cursor.execute("ALTER TABLE incoming RENAME TO unarranged")
        arrange = SQL("CREATE TEMPORARY TABLE incoming ON COMMIT DROP AS SELECT row, {} AS values FROM unarranged")
        cursor.execute(arrange.format(array_sql(values)))
        cursor.execute("DROP TABLE unarranged")
    cursor.execute("ANALYZE incoming")


def reject_rows_without_value(cursor: "Cursor[Any]", position: int, limit: int) -> list[tuple[int, str]]:
    """Remove the rows that have null at `position` and return up to `limit` + 1 of them: (row, values as JSON)."""
    return _delete_rows(cursor, SQL("{} = 'null'").format(cell_sql(position)), limit)


def reject_repeated_rows(cursor: "Cursor[Any]", positions: Sequence[int], limit: int) -> list[tuple[int, str]]:
    """Remove the rows whose values at `positions` also occur in an earlier row of the file. Nulls never match."""
    cells = SQL(", ").join([cell_sql(position) for position in positions])
    not_null = SQL(" AND ").join([SQL("{} <> 'null'").format(cell_sql(position)) for position in positions])
    is_repeat = SQL(
        "row IN (SELECT row FROM (SELECT row, row_number() OVER (PARTITION BY {} ORDER BY row) AS number"
        " FROM incoming WHERE {}) AS numbered WHERE number > 1)"
    )
    return _delete_rows(cursor, is_repeat.format(cells, not_null), limit)


def reject_taken_rows(
    cursor: "Cursor[Any]", table: RecordTable, positions: Sequence[int], key: Sequence[int], limit: int
) -> list[tuple[int, str]]:
    """Remove the rows whose values at `positions` belong to a current record with another key."""
    same = _same_values_sql(positions)
    other = SQL("NOT ({})").format(_same_values_sql(key)) if key else SQL("true")
    found = SQL("EXISTS (SELECT FROM {} AS old WHERE until = {} AND {} AND {})")
    not_null = SQL(" AND ").join([SQL("new.{} <> 'null'").format(value_at_sql(position)) for position in positions])
    condition = SQL("{} AND {}").format(not_null, found.format(table.identifier, Literal(OPEN), same, other))
    return _delete_rows(cursor, condition, limit)


def plan(
    cursor: "Cursor[Any]", table: RecordTable, definition: Definition, layout: MergeLayout, mode: str
) -> MergeCounts:
    """Write the differences to the temporary table `plan (row, id, values)` and count them.

    A null id is a new record, a null row is a record to remove. `mode` is append, upsert or replace.
    """
    padded = padded_values_sql(definition)
    if mode == "append":
        cursor.execute(_PLAN_ALL_NEW)
    elif definition.key:
        merged = merged_values_sql(layout, padded)
        query = _PLAN_BY_KEY.format(
            values=planned_values_sql(definition, layout, merged),
            join=SQL("FULL" if mode == "replace" else "LEFT"),
            table=table.identifier,
            open=Literal(OPEN),
            same_key=_same_values_sql(definition.key),
            differs=differs_sql(definition, layout, merged, padded),
        )
        cursor.execute(query)
    else:
        return _plan_by_content(cursor, table, definition, padded)
    return _count_plan(cursor)


def apply(cursor: "Cursor[Any]", table: RecordTable, version: int, first_id: int) -> None:
    """Write the plan as rows of `version`. New records get ids from `first_id` on, in the order of the file."""
    parts: Mapping[str, Any] = {
        "table": table.identifier,
        "version": Literal(version),
        "open": Literal(OPEN),
        "first": Literal(first_id),
    }
    cursor.execute("ANALYZE plan")
    write_guard.drop_indexes_blocking_table(cursor, table, Identifier("plan"))
    cursor.execute(_CLOSE_OLD_ROWS.format(**parts))
    cursor.execute(_INSERT_ROWS.format(**parts))


def read_new_rows(cursor: "Cursor[Any]") -> Iterator[tuple[int, str]]:
    """The new records by id: their row in the file and their values as JSON."""
    yield from cursor.stream(_SELECT_NEW, size=1000)


def read_changed_rows(cursor: "Cursor[Any]") -> Iterator[tuple[int, str | None, int | None]]:
    """The changed and removed records by id: the id, the values as JSON (None: removed), and the row in the file."""
    yield from cursor.stream(_SELECT_CHANGED, size=1000)


def _delete_rows(cursor: "Cursor[Any]", condition: Composed, limit: int) -> list[tuple[int, str]]:
    return cursor.execute(_DELETE_REJECTED.format(condition=condition, limit=Literal(limit + 1))).fetchall()


def _same_values_sql(positions: Sequence[int]) -> Composed:
    pairs = [SQL("new.{0} = old.{0}").format(value_at_sql(position)) for position in positions]
    return SQL("({})").format(SQL(" AND ").join(pairs))


def _plan_by_content(
    cursor: "Cursor[Any]", table: RecordTable, definition: Definition, padded: Composed
) -> MergeCounts:
    cursor.execute(_PLAN_BY_CONTENT.format(table=table.identifier, open=Literal(OPEN), padded=padded))
    counts = _count_plan(cursor)
    if not (counts.added and counts.removed and find_spelled_columns(definition)):
        return counts
    cursor.execute("ANALYZE plan")
    times = [column.position for column in definition.columns if column.type is ColumnType.DATETIME]
    query = _DELETE_EQUAL_PAIRS.format(
        table=table.identifier,
        open=Literal(OPEN),
        padded=padded,
        rest=SQL("values") + SQL("").join([SQL(" - {}").format(Literal(at)) for at in sorted(times, reverse=True)]),
        content=comparable_values_sql(definition.width, times),
    )
    cursor.execute(query)
    return _count_plan(cursor)


def _count_plan(cursor: "Cursor[Any]") -> MergeCounts:
    row = cursor.execute(_COUNT_PLAN).fetchone()
    assert row is not None
    return MergeCounts(*row)
