"""Verify: rebuild next to the live read models and compare, without changing anything.

The live tables are compared as of the version that the rebuild has reached, so writers can continue.
"""

import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Connection, errors
from psycopg.sql import SQL, Composed, Identifier, Literal

from projections.shadow_models import RebuildSource, ReportProgress, ShadowModels, open_shadow_models
from projections.sql.record_tables import OPEN, RecordTable, table_of

_ROWS = SQL("""
SELECT id, version, CASE WHEN until > {version} THEN {open} ELSE until END AS until, values::text AS values
FROM {table} WHERE version <= {version}
""")

_DIGEST = SQL("""
SELECT count(*), coalesce(sum(hashtextextended(concat_ws(' ', id, version, until, values), 0)::numeric), 0)
FROM ({rows}) AS rows
""")

_FIRST_DIFFERENCE = SQL("""
SELECT id, version, live.until, live.values, rebuilt.until, rebuilt.values
FROM ({live}) AS live FULL JOIN ({rebuilt}) AS rebuilt USING (id, version)
WHERE (live.until, live.values) IS DISTINCT FROM (rebuilt.until, rebuilt.values)
ORDER BY id, version LIMIT 1
""")

_FIXED_DIFFERENCE = SQL("""
SELECT (SELECT to_jsonb(one) FROM (SELECT * FROM public.{table} WHERE {stream} = {id}
                                   EXCEPT SELECT * FROM pg_temp.{table}) AS one LIMIT 1),
       (SELECT to_jsonb(one) FROM (SELECT * FROM pg_temp.{table}
                                   EXCEPT SELECT * FROM public.{table} WHERE {stream} = {id}) AS one LIMIT 1)
""")


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """Whether the live read models equal the rebuilt ones; `difference` describes the first difference."""

    stream_id: UUID
    version: int
    rows: int
    digest: str
    seconds: float
    difference: str | None


def verify(source: RebuildSource, stream_id: UUID, watch: ReportProgress = lambda changes: None) -> VerifyReport:
    """Raises NotFound for a stream without events, and the error of the first event that cannot be applied."""
    begun = time.monotonic()
    with open_shadow_models(source, stream_id, watch) as shadow:
        shadow.follow()
        rows, digest, difference = 0, 0, None
        if shadow.has_record_table:
            rows, digest = _compute_digest(shadow.connection, shadow.table, shadow.version)
            difference = _compare_records(shadow, (rows, digest))
        difference = difference or _compare_fixed_tables(shadow)
        seconds = time.monotonic() - begun
        return VerifyReport(stream_id, shadow.version, rows, f"{int(digest) % 2**64:016x}", seconds, difference)


def _compute_digest(connection: "Connection[Any]", table: RecordTable, version: int) -> tuple[int, Any]:
    row = connection.execute(_DIGEST.format(rows=_rows_sql(table, version))).fetchone()
    assert row is not None
    return row[0], row[1]


def _compare_records(shadow: ShadowModels, rebuilt: tuple[int, Any]) -> str | None:
    live = table_of(shadow.stream_id)
    try:
        if _compute_digest(shadow.connection, live, shadow.version) == rebuilt:
            return None
    except errors.UndefinedTable:
        return "the record table is missing"
    query = _FIRST_DIFFERENCE.format(
        live=_rows_sql(live, shadow.version), rebuilt=_rows_sql(shadow.table, shadow.version)
    )
    row = shadow.connection.execute(query).fetchone()
    if row is None:
        return "the record table contains a row twice"
    id, version, live_until, live_values, until, values = row
    return (
        f"record {id}, written by version {version}: live {_describe_row(live_values, live_until)},"
        f" rebuilt {_describe_row(values, until)}"
    )


def _compare_fixed_tables(shadow: ShadowModels) -> str | None:
    """Compare the fixed tables at one moment, while the stream's writers wait, because they are small."""
    with shadow.connection.transaction(), shadow.connection.cursor() as cursor:
        shadow.catch_up(cursor)
        for table, stream_column in shadow.fixed_tables:
            query = _FIXED_DIFFERENCE.format(
                table=Identifier(table), stream=Identifier(stream_column), id=Literal(shadow.stream_id)
            )
            row = cursor.execute(query).fetchone()
            if row is not None and row != (None, None):
                return f"table {table}: live {row[0]}, rebuilt {row[1]}"
    return None


def _rows_sql(table: RecordTable, version: int) -> Composed:
    return _ROWS.format(table=table.identifier, version=Literal(version), open=Literal(OPEN))


def _describe_row(values: str | None, until: int | None) -> str:
    if values is None:
        return "nothing"
    return values if until == OPEN else f"{values} until version {until}"
