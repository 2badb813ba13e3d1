"""Plan the values of all records after a change of columns, and check them against the rules of the columns.

Converted values are received in a temporary table `converted (id, position, value)`, which contains only those that
differ. The plan (see `planned_changes`) contains the records with such a value or with the default of a new column.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.sql import SQL, Composable, Composed, Literal

from domain import exact_json
from domain.columns import Value
from domain.dataset.columns.column_plan import ColumnPlan
from domain.schema import Definition
from projections.changes import planned_changes, source_texts
from projections.changes.planned_changes import WORK_MEM
from projections.sql import record_tables
from projections.sql.padding import NULL_CELL, array_sql, old_cell_sql
from projections.sql.record_tables import OPEN, table_of

BLOCK_CELLS = 10_000

_CELLS = SQL("""
SELECT records.id, coalesce(values -> {position}, 'null')::text, found.text #>> '{{}}' FROM {table} AS records
LEFT JOIN (SELECT id, text FROM source_texts WHERE position = {position}) AS found ON found.id = records.id
WHERE until = {open} ORDER BY records.id
""")
"""The current values in one column, with their texts in source files."""

_CREATE_CONVERTED = """
CREATE TEMPORARY TABLE converted (id bigint NOT NULL, position integer NOT NULL, value jsonb NOT NULL) ON COMMIT DROP
"""

_COPY_CONVERTED = "COPY converted (id, position, value) FROM STDIN"

_CREATE_PLAN = SQL("""
CREATE TEMPORARY TABLE plan ON COMMIT DROP AS
SELECT old.id, {values} AS values FROM {table} AS old
LEFT JOIN (SELECT id, jsonb_object_agg(position, value) AS cells FROM converted GROUP BY id) AS new USING (id)
WHERE old.until = {open} AND {differs}
""")

_NEW_RECORDS = SQL("""
SELECT old.id, coalesce(plan.values, old.values) AS values
FROM {table} AS old LEFT JOIN plan ON plan.id = old.id WHERE old.until = {open}
""")
"""The current records with their planned values."""

_MISSING = SQL("""
SELECT id, count(*) OVER () FROM ({records}) AS records
WHERE coalesce(values -> {position}, 'null') = 'null' ORDER BY id LIMIT {limit}
""")

_DUPLICATES = SQL("""
SELECT id, jsonb_build_array({cells})::text, first, count(*) OVER ()
FROM (SELECT id, values, min(id) OVER (PARTITION BY {cells}) AS first FROM ({records}) AS records
      WHERE {given}) AS grouped
WHERE id <> first ORDER BY id LIMIT {limit}
""")
"""The records with the same values as an earlier one. Numbers are compared by value."""

_TOO_LONG = SQL("""
SELECT id, count(*) OVER () FROM ({records}) AS records WHERE {bytes} > {most} ORDER BY id LIMIT {limit}
""")


class SqlColumnRewrite:
    """Implements the port of the write side for changes of columns."""

    read_rows = staticmethod(planned_changes.read_rows)
    read_blocks = staticmethod(planned_changes.read_blocks)
    apply = staticmethod(planned_changes.apply)

    def read_cells(
        self, cursor: "Cursor[Any]", dataset_id: UUID, position: int
    ) -> Iterator[Sequence[tuple[int, str, str | None]]]:
        query = _CELLS.format(table=table_of(dataset_id).identifier, position=Literal(position), open=Literal(OPEN))
        cursor.execute("ANALYZE source_texts")
        with cursor.connection.cursor(name="cells") as cells:
            cells.execute(query)
            while block := cells.fetchmany(BLOCK_CELLS):
                yield block

    def prepare(self, cursor: "Cursor[Any]") -> None:
        cursor.execute(SQL("SET LOCAL work_mem = {}").format(Literal(WORK_MEM)))
        cursor.execute(_CREATE_CONVERTED)
        source_texts.prepare(cursor)

    def store_converted(self, cursor: "Cursor[Any]", position: int, cells: Sequence[tuple[int, str]]) -> None:
        if cells:
            with cursor.copy(_COPY_CONVERTED) as copy:
                for id, value in cells:
                    copy.write_row((id, position, value))

    def plan(self, cursor: "Cursor[Any]", dataset_id: UUID, definition: Definition, plan: ColumnPlan) -> int:
        cursor.execute("ANALYZE converted")
        query = _CREATE_PLAN.format(
            values=array_sql(_new_cells(definition, plan)),
            table=table_of(dataset_id).identifier,
            open=Literal(OPEN),
            differs=SQL("true") if plan.defaults else SQL("new.id IS NOT NULL"),
        )
        number: int = cursor.execute(query).rowcount
        cursor.execute("ANALYZE plan")
        return number

    def find_missing(
        self, cursor: "Cursor[Any]", dataset_id: UUID, position: int, limit: int
    ) -> tuple[list[int], int]:
        return _count_ids(
            cursor,
            _MISSING.format(records=_records_sql(dataset_id), position=Literal(position), limit=Literal(limit)),
        )

    def find_duplicates(
        self, cursor: "Cursor[Any]", dataset_id: UUID, positions: Sequence[int], limit: int
    ) -> tuple[list[tuple[int, str, int]], int]:
        cells = [SQL("values -> {}").format(Literal(position)) for position in positions]
        query = _DUPLICATES.format(
            records=_records_sql(dataset_id),
            cells=SQL(", ").join(cells),
            given=SQL(" AND ").join([SQL("coalesce({}, 'null') <> 'null'").format(cell) for cell in cells]),
            limit=Literal(limit),
        )
        rows = cursor.execute(query).fetchall()
        return [(id, values, first) for id, values, first, _ in rows], rows[0][3] if rows else 0

    def find_too_long(
        self, cursor: "Cursor[Any]", dataset_id: UUID, positions: Sequence[int], most_bytes: int, limit: int
    ) -> tuple[list[int], int]:
        lengths = [SQL("octet_length(coalesce(values ->> {}, ''))").format(Literal(at)) for at in positions]
        query = _TOO_LONG.format(
            records=_records_sql(dataset_id),
            bytes=SQL(" + ").join(lengths),
            most=Literal(most_bytes),
            limit=Literal(limit),
        )
        return _count_ids(cursor, query)

    def index_unique_sets(self, cursor: "Cursor[Any]", dataset_id: UUID, definition: Definition) -> None:
        record_tables.index_unique_sets(cursor, table_of(dataset_id), definition)


def _new_cells(definition: Definition, plan: ColumnPlan) -> list[Composable]:
    """The cells of a record after the change, null in place of dropped columns. `definition` is that before it."""
    retyped = frozenset(one.after.position for one in plan.retyped)
    dropped = frozenset(plan.definition.dropped)
    return [
        NULL_CELL if at in dropped else _new_cell(at, at in retyped, definition.width, plan.defaults)
        for at in range(plan.definition.width)
    ]


def _new_cell(position: int, is_retyped: bool, width: int, defaults: Mapping[int, Value]) -> Composable:
    if position >= width:
        return SQL("{}::jsonb").format(Literal(exact_json.dumps(defaults.get(position))))
    if is_retyped:
        return SQL("coalesce(new.cells -> {}, {})").format(Literal(str(position)), old_cell_sql(position))
    return old_cell_sql(position)


def _records_sql(dataset_id: UUID) -> Composed:
    return _NEW_RECORDS.format(table=table_of(dataset_id).identifier, open=Literal(OPEN))


def _count_ids(cursor: "Cursor[Any]", query: Composed) -> tuple[list[int], int]:
    rows = cursor.execute(query).fetchall()
    return [id for id, _ in rows], rows[0][1] if rows else 0
