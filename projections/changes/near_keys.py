"""Find new records of a merge whose key is that of a current record but for leading zeros.

Spreadsheet programs drop leading zeros: then 00123 becomes the new record 123, instead of a change. Only the first
new records are examined, by looking up the keys that they may have meant.
"""

from typing import Any

from psycopg import Cursor
from psycopg.sql import SQL, Literal

from domain.columns import ColumnType
from domain.schema import Definition
from projections.changes.merged_values import value_at_sql
from projections.sql.record_tables import OPEN, RecordTable

_MAX_EXAMINED = 1_000
_MAX_ZEROS = 12

_SELECT_NEAR_KEYS = SQL("""
WITH new AS MATERIALIZED (
    SELECT row, values, {cell} #>> '{{}}' AS key FROM plan
    WHERE id IS NULL AND {cell} #>> '{{}}' ~ '^[0-9].{{0,39}}$' ORDER BY row LIMIT {examined}),
meant AS MATERIALIZED (
    SELECT row, key, values, to_jsonb(repeat('0', zeros) || ltrim(key, '0')) AS near
    FROM new, generate_series(0, {zeros}) AS zeros)
SELECT new.row, new.key, old.{cell} #>> '{{}}'
FROM meant AS new JOIN {table} AS old ON old.{cell} = new.near AND {same_rest}
WHERE old.until = {open} AND new.near NOT IN (to_jsonb(new.key), '""')
ORDER BY new.row, 3 LIMIT {limit}
""")
"""Joins the first new records with those whose key has another number of zeros before the same text."""


def find_near_keys(
    cursor: "Cursor[Any]", table: RecordTable, definition: Definition, limit: int
) -> tuple[str, list[tuple[int, str, str]]]:
    """The name of the key column, and for each new record found its row, its key and the similar one.

    Only the first column of text of the key is examined; the others must be equal.
    """
    texts = {column.position: column.name for column in definition.columns if column.type is ColumnType.STRING}
    position = next((at for at in definition.key if at in texts), None)
    if position is None:
        return "", []
    same = [SQL("old.{0} = new.{0}").format(value_at_sql(at)) for at in definition.key if at != position]
    query = _SELECT_NEAR_KEYS.format(
        cell=value_at_sql(position),
        examined=Literal(_MAX_EXAMINED),
        zeros=Literal(_MAX_ZEROS),
        table=table.identifier,
        open=Literal(OPEN),
        limit=Literal(limit),
        same_rest=SQL(" AND ").join([SQL("true"), *same]),
    )
    return texts[position], cursor.execute(query).fetchall()
