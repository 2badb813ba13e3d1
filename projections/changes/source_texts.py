"""Match the texts of source files with current values, in temporary tables.

`origins (id, position, version)` has the import that a current value comes from, `file_rows (row, texts)` the rows of
one file, and `source_texts (id, position, text)` the result.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from psycopg import Copy, Cursor
from psycopg.sql import SQL, Literal

from projections.models import versions
from projections.sql.record_tables import OPEN, table_of

_CREATE = (
    "CREATE TEMPORARY TABLE origins (id bigint, position integer, version bigint) ON COMMIT DROP",
    "CREATE TEMPORARY TABLE file_rows (row bigint, texts jsonb) ON COMMIT DROP",
    "CREATE TEMPORARY TABLE row_runs (id bigint, row bigint, count bigint) ON COMMIT DROP",
    "CREATE TEMPORARY TABLE source_texts (id bigint, position integer, text jsonb) ON COMMIT DROP",
)

_FIND_ORIGINS = SQL("""
INSERT INTO origins
SELECT id, {position}, origin FROM (
    SELECT id, CASE (array_agg(type ORDER BY version DESC) FILTER (WHERE is_change))[1]
        WHEN 'RecordsImported' THEN max(version) FILTER (WHERE is_change)
        WHEN 'DatasetReverted' THEN max(version) FILTER (
            WHERE type = 'RecordsImported' AND record_image_eq(ROW(cell), ROW(newest))) END AS origin
    FROM (
        SELECT id, until, cell, newest, spans.version, type,
               type <> 'ColumnsChanged' AND (before IS NULL OR record_image_ne(ROW(before), ROW(cell))) AS is_change
        FROM (
            SELECT id, version, until, cell, lag(cell) OVER by_version AS before,
                   last_value(cell) OVER (by_version ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS newest
            FROM (SELECT id, version, until, coalesce(values -> {position}, 'null') AS cell FROM {table}) AS cells
            WINDOW by_version AS (PARTITION BY id ORDER BY version)) AS spans
        JOIN ({types}) AS types ON types.version = spans.version) AS changes
    GROUP BY id HAVING bool_or(until = {open})) AS found
WHERE origin IS NOT NULL
""")
"""The version of the last event that changed a value, changes of columns aside, if it is an import. A value that a
revert brought back comes from the import that last wrote the same."""

_MATCH = """
INSERT INTO source_texts
SELECT origins.id, origins.position, file_rows.texts -> wanted.place
FROM (SELECT id + number AS id, row + number AS row FROM row_runs, generate_series(0, count - 1) AS number) AS found
JOIN file_rows USING (row)
JOIN origins ON origins.id = found.id AND origins.version = %s
JOIN unnest(%s::integer[], %s::integer[]) AS wanted (position, place) USING (position)
"""


class SqlSourceTexts:
    """Implements the port of the write side for the texts of source files."""

    def find_origins(self, cursor: "Cursor[Any]", dataset_id: UUID, positions: Sequence[int]) -> Sequence[int]:
        for position in positions:
            query = _FIND_ORIGINS.format(
                position=Literal(position),
                table=table_of(dataset_id).identifier,
                types=versions.TYPES.format(dataset=Literal(dataset_id)),
                open=Literal(OPEN),
            )
            cursor.execute(query)
        cursor.execute("ANALYZE origins")
        return [
            version for (version,) in cursor.execute("SELECT DISTINCT version FROM origins ORDER BY 1").fetchall()
        ]

    @contextmanager
    def receive_rows(self, cursor: "Cursor[Any]") -> Iterator[Copy]:
        cursor.execute("TRUNCATE file_rows, row_runs")
        with cursor.copy("COPY file_rows (row, texts) FROM STDIN") as copy:
            yield copy
        cursor.execute("ANALYZE file_rows")

    def match_rows(
        self, cursor: "Cursor[Any]", version: int, positions: Sequence[int], runs: Iterator[tuple[int, int, int]]
    ) -> None:
        with cursor.copy("COPY row_runs (id, row, count) FROM STDIN") as copy:
            for run in runs:
                copy.write_row(run)
        cursor.execute("ANALYZE row_runs")
        cursor.execute(_MATCH, [version, list(positions), list(range(len(positions)))])


def prepare(cursor: "Cursor[Any]") -> None:
    """Create the tables, empty."""
    for statement in _CREATE:
        cursor.execute(statement)
