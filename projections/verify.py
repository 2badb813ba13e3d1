"""Verify: rebuild beside, compare with what is live, change nothing.

The live tables are compared as of the version the rebuild reached, so writers may go on meanwhile.
"""

import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Connection, errors
from psycopg.sql import SQL, Composed, Identifier, Literal

from domain.errors import NotFound
from projections.rebuild import (
    FIXED_TABLES,
    RebuildSource,
    ReportProgress,
    ShadowModels,
    open_shadow_models,
)
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
SELECT (SELECT to_jsonb(one) FROM (SELECT * FROM public.{table} WHERE dataset_id = {dataset}
                                   EXCEPT SELECT * FROM pg_temp.{table}) AS one LIMIT 1),
       (SELECT to_jsonb(one) FROM (SELECT * FROM pg_temp.{table}
                                   EXCEPT SELECT * FROM public.{table} WHERE dataset_id = {dataset}) AS one LIMIT 1)
""")


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """Whether the live read models equal the rebuilt ones; `difference` names the first place they do not."""

    dataset_id: UUID
    version: int
    rows: int
    digest: str
    seconds: float
    difference: str | None


def verify(source: RebuildSource, dataset_id: UUID, watch: ReportProgress = lambda changes: None) -> VerifyReport:
    """Raises NotFound for a dataset without events, and whatever names the first event that cannot be applied."""
    begun = time.monotonic()
    with open_shadow_models(source, dataset_id, watch) as beside:
        beside.follow()
        if beside.version == 0:
            raise NotFound("dataset-not-found", f"There is no dataset {dataset_id} in the log")
        rows, digest = _compute_digest(beside.connection, beside.table, beside.version)
        difference = _compare_records(beside, (rows, digest)) or _compare_fixed_tables(beside)
        seconds = time.monotonic() - begun
        return VerifyReport(dataset_id, beside.version, rows, f"{int(digest) % 2**64:016x}", seconds, difference)


def _compute_digest(connection: "Connection[Any]", table: RecordTable, version: int) -> tuple[int, Any]:
    row = connection.execute(_DIGEST.format(rows=_rows_sql(table, version))).fetchone()
    assert row is not None
    return row[0], row[1]


def _compare_records(beside: ShadowModels, rebuilt: tuple[int, Any]) -> str | None:
    live = table_of(beside.dataset_id)
    try:
        if _compute_digest(beside.connection, live, beside.version) == rebuilt:
            return None
    except errors.UndefinedTable:
        return "the record table is missing"
    query = _FIRST_DIFFERENCE.format(
        live=_rows_sql(live, beside.version), rebuilt=_rows_sql(beside.table, beside.version)
    )
    row = beside.connection.execute(query).fetchone()
    if row is None:
        return "the record table holds a row twice"
    id, version, live_until, live_values, until, values = row
    return (
        f"record {id}, written by version {version}: live {_describe_row(live_values, live_until)},"
        f" rebuilt {_describe_row(values, until)}"
    )


def _compare_fixed_tables(beside: ShadowModels) -> str | None:
    """The fixed tables are small: they are compared at one moment, the dataset's writers waiting."""
    with beside.connection.transaction(), beside.connection.cursor() as cursor:
        cursor.execute("SELECT FROM public.datasets WHERE dataset_id = %s FOR UPDATE", [beside.dataset_id])
        beside.apply(cursor, beside.waiting())
        for table in FIXED_TABLES:
            query = _FIXED_DIFFERENCE.format(table=Identifier(table), dataset=Literal(beside.dataset_id))
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
