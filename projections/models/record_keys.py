"""Looks up current records by the values of their key or of a unique column, many at a time."""

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import Cursor
from psycopg.sql import SQL, Composed, Identifier, Literal

from domain import exact_json
from domain.dataset.state import Record
from domain.schema import Values
from projections.models.records import decode_values
from projections.sql.record_tables import OPEN, RecordTable, cell_sql

_FIND = SQL("""
SELECT wanted.number, found.id{more}
FROM unnest({arrays}) WITH ORDINALITY AS wanted ({names}, number)
CROSS JOIN LATERAL (
    SELECT id, version, values FROM {table} WHERE until = {open} AND {same} LIMIT 1) AS found
""")


def find_holders(
    cursor: "Cursor[Any]", table: RecordTable, positions: Sequence[int], wanted: Sequence[Values]
) -> Mapping[int, int]:
    """The `wanted` values that records have: index in the list → id of the record."""
    rows = cursor.execute(_lookup_sql(table, positions, SQL("")), _key_arrays(wanted)).fetchall()
    return {number - 1: id for number, id in rows}


def read_by_keys(
    cursor: "Cursor[Any]", table: RecordTable, positions: Sequence[int], keys: Sequence[Values]
) -> Mapping[int, Record]:
    """The records that have one of the `keys` at `positions`, by id. Numbers are compared by value."""
    more = SQL(", found.version, found.values::text")
    rows = cursor.execute(_lookup_sql(table, positions, more), _key_arrays(keys)).fetchall()
    return {id: Record(version, decode_values(text)) for _, id, version, text in rows}


def _lookup_sql(table: RecordTable, positions: Sequence[int], more: SQL) -> Composed:
    """One index look-up per key, because a join might read the whole table for a few keys."""
    names = [Identifier(f"key {number}") for number in range(len(positions))]
    pairs = zip(positions, names, strict=True)
    return _FIND.format(
        more=more,
        arrays=SQL(", ").join([SQL("%b::text[]")] * len(positions)),
        names=SQL(", ").join(names),
        table=table.identifier,
        open=Literal(OPEN),
        same=SQL(" AND ").join([SQL("{} = wanted.{}::jsonb").format(cell_sql(at), name) for at, name in pairs]),
    )


def _key_arrays(wanted: Sequence[Values]) -> list[list[str]]:
    return [[exact_json.dumps(value) for value in column] for column in zip(*wanted, strict=True)]
