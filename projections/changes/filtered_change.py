"""Apply one change to every record that matches a filter: plan the new values, check them, then write them.

The plan (see `planned_changes`) contains only records that would change. Values are compared as written, so 1.10
and 1.1 differ.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.sql import SQL, Composed, Literal

from domain import exact_json
from domain.columns import Value
from domain.schema import Definition
from projections.changes import planned_changes
from projections.changes.planned_changes import WORK_MEM
from projections.query.compiled import QueryLimits, QuerySpec, compile_query
from projections.sql.fragments import SqlFragment, bind_value, fill_template, join_fragments
from projections.sql.padding import padded_values_sql
from projections.sql.record_tables import OPEN, cell_sql, table_of

_CREATE_PLAN = """
CREATE TEMPORARY TABLE plan ON COMMIT DROP AS
SELECT id, {0} AS values FROM {1} AS old WHERE until = {2} AND {3} AND {4}
"""
"""Finds the current records that match the filter and would change, with their new values."""


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
        old = padded_values_sql(definition)
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

    find_duplicate = staticmethod(planned_changes.find_duplicate)
    read_rows = staticmethod(planned_changes.read_rows)
    read_blocks = staticmethod(planned_changes.read_blocks)
    apply = staticmethod(planned_changes.apply)


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
