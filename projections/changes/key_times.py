"""Give the rows of a merge the keys of the records they mean, where only the spelling of a time differs.

Keys are compared as written, and a time can be written in several ways: files of Parquet have no offsets, sheets no
zeros at the end of a fraction. Only rows and records are examined whose key the other side does not have.
"""

from collections.abc import Sequence
from typing import Any

from psycopg import Cursor
from psycopg.sql import SQL, Composed, Literal

from domain.columns import ColumnType
from domain.schema import Definition
from projections.changes.merged_values import fraction_sql, value_at_sql
from projections.sql.record_tables import OPEN, RecordTable, cell_sql

_HAS_SPELLINGS = SQL("""
SELECT count(*) > 1 FROM (
    SELECT {suffix} FROM incoming AS one UNION SELECT {suffix} FROM {table} AS one WHERE until = {open}
    LIMIT 2) AS found
""")
"""Whether times differ in what stands after their seconds; else equal times have equal texts."""

_ALIGN = SQL("""
WITH new AS MATERIALIZED (
    SELECT row, row_number() OVER (PARTITION BY {instants} ORDER BY row) AS copy, values
    FROM incoming AS new
    WHERE NOT EXISTS (SELECT FROM {table} AS old WHERE until = {open} AND {same_key})),
old AS MATERIALIZED (
    SELECT row_number() OVER (PARTITION BY {instants} ORDER BY id) AS copy, values
    FROM {table} AS old
    WHERE until = {open} AND EXISTS (SELECT FROM new)
      AND NOT EXISTS (SELECT FROM incoming AS new WHERE {same_key})),
pairs AS MATERIALIZED (
    SELECT new.row, old.values FROM new JOIN old ON new.copy = old.copy AND {same_instants})
UPDATE incoming AS new SET values = {values} FROM pairs AS old WHERE new.row = old.row
""")
"""Pairs rows with records whose keys have equal values: the first with the first, if several have."""


def align_key_times(cursor: "Cursor[Any]", table: RecordTable, definition: Definition) -> None:
    """Write the times in the keys of `incoming` as the current records with the same key write them."""
    times = [
        column.position
        for column in definition.columns
        if column.type is ColumnType.DATETIME and column.position in definition.key
    ]
    parts = {"table": table.identifier, "open": Literal(OPEN)}
    if not any(_has_spellings(cursor, at, parts) for at in times):
        return
    values: Composed = SQL("{}").format(SQL("new.values"))
    for at in times:
        values = SQL("jsonb_set({}, {}, old.{})").format(values, Literal([str(at)]), value_at_sql(at))
    query = _ALIGN.format(
        **parts,
        instants=SQL(", ").join([_comparable_sql(cell_sql(at), is_time=at in times) for at in definition.key]),
        same_key=_all_equal_sql(definition.key, ()),
        same_instants=_all_equal_sql(definition.key, times),
        values=values,
    )
    cursor.execute(query)


def _has_spellings(cursor: "Cursor[Any]", position: int, parts: dict[str, Any]) -> bool:
    suffix = SQL("substr(one.{} #>> '{{}}', 20)").format(value_at_sql(position))
    found = cursor.execute(_HAS_SPELLINGS.format(**parts, suffix=suffix)).fetchone()
    return bool(found and found[0])


def _all_equal_sql(positions: Sequence[int], times: Sequence[int]) -> Composed:
    """Whether a row and a record have equal values at these positions; `times` are compared as instants."""
    pairs = [
        tuple(
            _comparable_sql(SQL("({}.{})").format(SQL(side), value_at_sql(at)), is_time=at in times)
            for side in ("new", "old")
        )
        for at in positions
    ]
    return SQL("({})").format(SQL(" AND ").join([SQL("({}) = ({})").format(new, old) for new, old in pairs]))


def _comparable_sql(cell: Composed, *, is_time: bool) -> Composed:
    """What is equal for equal values: of a time, its instant and the digits of its fraction."""
    return SQL("rowledger_instant({}), {}").format(cell, fraction_sql(cell)) if is_time else cell
