"""Find the records that differ between two versions of a dataset."""

from collections.abc import Iterator
from typing import Any

from psycopg import Cursor
from psycopg.sql import SQL

from projections.sql.record_tables import RecordTable

_BETWEEN = SQL("""
SELECT id, past.values::text, now.id IS NOT NULL
FROM (SELECT id, values FROM {table}
      WHERE version <= %(to)s AND until > %(to)s AND until <= %(head)s) AS past
FULL JOIN (SELECT id, values FROM {table}
           WHERE version <= %(head)s AND until > %(head)s AND version > %(to)s) AS now USING (id)
WHERE past.values::text IS DISTINCT FROM now.values::text
ORDER BY id
""")
"""Rows of the older version that were superseded since, joined with the current rows written since."""


def between(cursor: "Cursor[Any]", table: RecordTable, head: int, to: int) -> Iterator[tuple[int, str | None, bool]]:
    """The changes that make version `head` equal to the older version `to`, by id.

    Yields the record's id, its values at `to` as JSON text (None: it did not exist), and whether it exists at `head`.
    Values are compared as written, so 1.10 and 1.1 differ.
    """
    query = _BETWEEN.format(table=table.identifier)
    yield from cursor.stream(query, {"to": to, "head": head}, size=1000)
