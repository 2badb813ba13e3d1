"""Rebuild a stream's read models: build them next to the live ones, then swap.

The registry says which read models a stream has. Readers and writers continue until the swap, a short transaction for
which the stream's writers wait. Read models that follow the log are rebuilt by `follower_rebuild.py`.
"""

import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Cursor, errors
from psycopg.sql import SQL, Composed, Identifier

from projections.indexes import rebuilt_copies
from projections.shadow_models import RebuildSource, ReportProgress, ShadowModels, open_shadow_models
from projections.sql import record_tables
from projections.sql.record_tables import table_of

MAX_EVENTS_AT_SWAP = 100
"""Maximum number of events left for the swap, because writers of the stream wait for them."""

MAX_SWAP_ATTEMPTS = 30

_COLUMNS = """
SELECT attname, attnum = ANY(coalesce(indkey::int2[], '{}'))
FROM pg_attribute
LEFT JOIN pg_index ON indrelid = attrelid AND indisprimary
WHERE attrelid = to_regclass('public.' || quote_ident(%s)) AND attnum > 0 AND NOT attisdropped
ORDER BY attnum
"""
"""A table's columns, and whether each belongs to the primary key."""

_DELETE_GONE = SQL("""
DELETE FROM public.{table} AS live
WHERE {stream} = %s AND NOT EXISTS (SELECT FROM pg_temp.{table} AS rebuilt WHERE ({rebuilt}) = ({live}))
""")

_REPLACE = SQL("""
INSERT INTO public.{table} ({columns}) SELECT {columns} FROM pg_temp.{table}
ON CONFLICT ({key}) DO UPDATE SET {changes}
""")
"""Rows that remain are updated, not deleted, because a writer may be waiting for the lock of one."""


@dataclass(frozen=True, slots=True)
class RebuildReport:
    """A rebuilt stream: the version reached, the record changes applied and the seconds it took."""

    stream_id: UUID
    version: int
    changes: int
    seconds: float


def rebuild(source: RebuildSource, stream_id: UUID, watch: ReportProgress = lambda changes: None) -> RebuildReport:
    """Rebuild the stream's read models and replace the live ones with them.

    Raises NotFound for a stream without events, and the error of the first event that cannot be applied.
    """
    begun = time.monotonic()
    with open_shadow_models(source, stream_id, watch) as shadow:
        while shadow.follow() > MAX_EVENTS_AT_SWAP:
            pass
        if shadow.has_record_table:
            rebuilt_copies.build_indexes(shadow.connection, stream_id, shadow.table)
        for number in range(MAX_SWAP_ATTEMPTS):
            try:
                _swap(shadow)
                break
            except errors.LockNotAvailable:
                if number == MAX_SWAP_ATTEMPTS - 1:
                    raise
                shadow.follow()
        return RebuildReport(stream_id, shadow.version, shadow.changes, time.monotonic() - begun)


def _swap(shadow: ShadowModels) -> None:
    """Apply the last events and replace the live tables, while the stream's writers wait."""
    with shadow.connection.transaction(), shadow.connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '2s'")
        shadow.catch_up(cursor)
        if shadow.has_record_table:
            live = table_of(shadow.stream_id)
            record_tables.drop(cursor, live)
            record_tables.rename(cursor, shadow.table, live)
            rebuilt_copies.rename_indexes(cursor, shadow.stream_id, shadow.table, live)
        for table, stream_column in shadow.fixed_tables:
            _replace_rows(cursor, table, stream_column, shadow.stream_id)


def _replace_rows(cursor: "Cursor[Any]", table: str, stream_column: str, stream_id: UUID) -> None:
    """Replace the stream's rows of a fixed table with those of its shadow."""
    columns = cursor.execute(_COLUMNS, [table]).fetchall()
    key = [name for name, is_key in columns if is_key]
    names = {
        "table": Identifier(table),
        "stream": Identifier(stream_column),
        "rebuilt": _list_columns(key, "rebuilt"),
        "live": _list_columns(key, "live"),
    }
    cursor.execute(_DELETE_GONE.format(**names), [stream_id])
    changes = [SQL("{0} = excluded.{0}").format(Identifier(name)) for name, _ in columns]
    cursor.execute(
        _REPLACE.format(
            table=Identifier(table),
            columns=_list_columns([name for name, _ in columns]),
            key=_list_columns(key),
            changes=SQL(", ").join(changes),
        )
    )


def _list_columns(names: list[str], *qualifier: str) -> Composed:
    return SQL(", ").join([Identifier(*qualifier, name) for name in names])
