"""Apply one change to every record that matches a filter: plan the new values, check them, then write them.

The plan is a temporary table `plan (id, values)`. Null values mean that the record is to be removed. The plan
contains only records that would change. Values are compared as written, so 1.10 and 1.1 differ.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.sql import SQL, Composed, Literal

from domain import exact_json
from domain.columns import Value
from domain.schema import Definition
from projections.changes.file_merge import WORK_MEM
from projections.query.compiled import QueryLimits, QuerySpec, compile_query
from projections.sql.fragments import SqlFragment, bind_value, fill_template, join_fragments
from projections.sql.padding import padded_values_sql
from projections.sql.record_tables import OPEN, cell_sql, table_of

BLOCK_LINES = 10_000

_CREATE_PLAN = """
CREATE TEMPORARY TABLE plan ON COMMIT DROP AS
SELECT id, {0} AS values FROM {1} AS old WHERE until = {2} AND {3} AND {4}
"""
"""Finds the current records that match the filter and would change, with their new values."""

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


@dataclass(frozen=True, slots=True)
class SqlFilteredChange:
    """Implements the port of the write side for changes by filter. Finding the records takes at most
    `max_seconds`."""

    spec: QuerySpec
    limits: QueryLimits
    max_seconds: int

    def plan(
        self, cursor: "Cursor[Any]", dataset_id: UUID, definition: Definition, patch: Mapping[int, Value] | None
    ) -> int:
        where = compile_query(definition, self.spec, self.limits).where
        old = padded_values_sql(definition.width)
        values, differs = SqlFragment(SQL("NULL::jsonb")), SqlFragment(SQL("true"))
        if patch is not None:
            values, differs = _patched_values_sql(old, patch), _differs_sql(patch)
        table, is_open = SqlFragment(table_of(dataset_id).identifier), SqlFragment(Literal(OPEN))
        query = fill_template(_CREATE_PLAN, values, table, is_open, where, differs)
        cursor.execute(SQL("SET LOCAL work_mem = {}").format(Literal(WORK_MEM)))
        cursor.execute(SQL("SET LOCAL statement_timeout = {}").format(Literal(f"{self.max_seconds}s")))
        found: int = cursor.execute(SQL("{}").format(query.text), query.params).rowcount
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("ANALYZE plan")
        return found

    def find_duplicate(
        self, cursor: "Cursor[Any]", dataset_id: UUID, positions: Sequence[int]
    ) -> tuple[int, int] | None:
        cells = [cell_sql(position) for position in positions]
        not_null = SQL(" AND ").join([SQL("new.values -> {} <> 'null'").format(Literal(at)) for at in positions])
        same = [SQL("(new.values -> {0}) = (old.values -> {0})").format(Literal(at)) for at in positions]
        duplicate = _FIND_DUPLICATE.format(given=not_null, cells=SQL(", ").join(cells))
        conflict = _FIND_CONFLICT.format(
            table=table_of(dataset_id).identifier, same=SQL(" AND ").join(same), given=not_null, open=Literal(OPEN)
        )
        return cursor.execute(duplicate).fetchone() or cursor.execute(conflict).fetchone()

    def read_rows(self, cursor: "Cursor[Any]") -> list[tuple[int, str | None]]:
        return cursor.execute("SELECT id, values::text FROM plan ORDER BY id").fetchall()

    def read_blocks(self, cursor: "Cursor[Any]") -> Iterator[tuple[bytes, int]]:
        for text, number in cursor.stream(_READ_BLOCKS, [BLOCK_LINES]):
            yield text.encode(), number

    def apply(self, cursor: "Cursor[Any]", dataset_id: UUID, version: int) -> None:
        parts = {
            "table": table_of(dataset_id).identifier,
            "version": Literal(version),
            "open": Literal(OPEN),
        }
        cursor.execute(_CLOSE_OLD_ROWS.format(**parts))
        cursor.execute(_INSERT_ROWS.format(**parts))


def _patched_values_sql(old: Composed, patch: Mapping[int, Value]) -> SqlFragment:
    values = SqlFragment(old)
    for position, value in patch.items():
        path = SqlFragment(Literal([str(position)]))
        values = fill_template(
            "jsonb_set({0}, {1}, {2})", values, path, bind_value("{}::jsonb", exact_json.dumps(value))
        )
    return values


def _differs_sql(patch: Mapping[int, Value]) -> SqlFragment:
    """The condition for records that the patch changes. An empty patch changes none."""
    null = "coalesce({0}, 'null'::jsonb)"
    parts = [
        fill_template(
            "record_image_ne(ROW({0}), ROW({1}))",
            fill_template(null, SqlFragment(cell_sql(position))),
            bind_value("{}::jsonb", exact_json.dumps(value)),
        )
        for position, value in patch.items()
    ]
    return fill_template("({0})", join_fragments(" OR ", parts)) if parts else SqlFragment(SQL("false"))
