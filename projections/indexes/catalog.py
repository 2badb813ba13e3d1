"""The indexes of record tables: which were wished for, how much they are used, which of them stand.

Fed by what is asked (`interfaces/services/index_usage.py`), tended by `keeper.py`, asked by `…/indexes`. Whether an
index is there the catalog of the database says, so that this cannot be wrong about it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, Connection, Cursor
from psycopg.rows import class_row

from projections.indexes import index_specs
from projections.indexes.index_specs import IndexSpec
from projections.sql.record_tables import RecordTable, table_of

VALUE_TOO_LONG = "a value is too long for an index"

IndexUseCounts = Mapping[tuple[UUID, IndexSpec], int]
"""How often each index of a dataset would have served."""

_ADD_USES = """
INSERT INTO record_indexes AS known (dataset_id, spec, name, uses, score, first_used, last_used)
SELECT dataset_id, spec, name, uses, uses, now(), now()
FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::bigint[]) AS new (dataset_id, spec, name, uses)
WHERE EXISTS (SELECT FROM datasets WHERE datasets.dataset_id = new.dataset_id AND deleted_at IS NULL)
ORDER BY dataset_id, spec
ON CONFLICT (dataset_id, spec) DO UPDATE SET
    uses = known.uses + excluded.uses,
    score = known.score * power(0.5, extract(epoch FROM now() - known.last_used) / 259200) + excluded.uses,
    last_used = now()
"""

_SELECT = """
SELECT known.dataset_id, known.spec AS text, known.name, known.uses,
       known.score * power(0.5, extract(epoch FROM now() - known.last_used) / 259200) AS score,
       known.first_used, known.last_used, known.built_at, known.seconds, known.failure, known.retry_at,
       CASE WHEN there.indisvalid THEN 'ready' WHEN there.indexrelid IS NOT NULL THEN 'building'
            WHEN known.failures > 0 THEN 'failed' ELSE 'wanted' END AS state,
       coalesce(pg_relation_size(there.indexrelid), 0) AS bytes
FROM record_indexes AS known
LEFT JOIN (pg_class AS relation
           JOIN pg_namespace AS space ON space.oid = relation.relnamespace AND space.nspname = 'records'
           JOIN pg_index AS there ON there.indexrelid = relation.oid)
       ON relation.relname = known.name
"""

_READY = """
SELECT known.dataset_id, known.spec
FROM record_indexes AS known
JOIN pg_class AS relation ON relation.relname = known.name
JOIN pg_namespace AS space ON space.oid = relation.relnamespace AND space.nspname = 'records'
JOIN pg_index AS there ON there.indexrelid = relation.oid AND there.indisvalid
WHERE known.dataset_id = ANY(%s::uuid[])
"""

_OF_DATASET = _SELECT + "WHERE known.dataset_id = %s ORDER BY score DESC, known.spec"

_DUE = (
    _SELECT
    + """
WHERE there.indisvalid IS NOT TRUE AND (known.retry_at IS NULL OR known.retry_at <= now())
ORDER BY score DESC, known.spec LIMIT 1000
"""
)

_INDEX_NAMES = """
SELECT relation.relname FROM pg_index JOIN pg_class AS relation ON relation.oid = indexrelid
WHERE indrelid = to_regclass(%s)
"""

_MARK_BUILT = """
UPDATE record_indexes SET built_at = now(), seconds = %s, failures = 0, failure = NULL, retry_at = NULL
WHERE dataset_id = %s AND spec = %s
"""

_MARK_FAILED = """
UPDATE record_indexes SET
    built_at = NULL, seconds = NULL, failures = failures + 1, failure = %s,
    retry_at = now() + least(interval '5 s' * power(2, least(failures, 10)), interval '1 hour')
WHERE dataset_id = %s AND spec = %s
"""

_POSTPONE = """
UPDATE record_indexes SET
    built_at = NULL, seconds = NULL, failure = %s, retry_at = now() + make_interval(secs => %s)
WHERE dataset_id = %s AND spec = %s
"""


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """An index that was wished for. `score`: its uses, old ones counting less; `bytes` 0: it is not there."""

    dataset_id: UUID
    text: str
    name: str
    uses: int
    score: float
    first_used: datetime
    last_used: datetime
    built_at: datetime | None
    seconds: float | None
    failure: str | None
    retry_at: datetime | None
    state: str
    bytes: int

    @property
    def spec(self) -> IndexSpec:
        return index_specs.parse_spec(self.text)


def add_uses(cursor: "Cursor[Any]", uses: IndexUseCounts) -> None:
    """Count what was asked; datasets that are gone or deleted are passed over."""
    rows = [
        (dataset_id, spec.text, index_specs.index_name(table_of(dataset_id), spec), number)
        for (dataset_id, spec), number in uses.items()
    ]
    if rows:
        cursor.execute(_ADD_USES, [list(column) for column in zip(*rows, strict=True)])


async def list_indexes(connection: "AsyncConnection[Any]", dataset_id: UUID) -> list[IndexEntry]:
    """The dataset's indexes, the most used first."""
    cursor = connection.cursor(row_factory=class_row(IndexEntry))
    return await (await cursor.execute(_OF_DATASET, [dataset_id])).fetchall()


def read_indexes(connection: "Connection[Any]", dataset_id: UUID) -> list[IndexEntry]:
    """The dataset's indexes, the most used first."""
    return connection.cursor(row_factory=class_row(IndexEntry)).execute(_OF_DATASET, [dataset_id]).fetchall()


def find_due(connection: "Connection[Any]") -> list[IndexEntry]:
    """What is wished for, not there and to be built now, the most used first."""
    return connection.cursor(row_factory=class_row(IndexEntry)).execute(_DUE).fetchall()


def read_index_names(cursor: "Cursor[Any]", table: RecordTable) -> set[str]:
    """The names of all indexes on the table, whole or being built."""
    return {name for (name,) in cursor.execute(_INDEX_NAMES, [table.identifier.as_string()]).fetchall()}


def mark_built(connection: "Connection[Any]", one: IndexEntry, seconds: float) -> None:
    connection.execute(_MARK_BUILT, [seconds, one.dataset_id, one.text])


def mark_failed(connection: "Connection[Any]", one: IndexEntry, why: str) -> None:
    """It is tried again, after twice the time with each failure, up to an hour."""
    connection.execute(_MARK_FAILED, [why, one.dataset_id, one.text])


def postpone(
    connection: "Connection[Any] | Cursor[Any]", one: IndexEntry, seconds: int, why: str | None = None
) -> None:
    """Not built before `seconds` have passed."""
    connection.execute(_POSTPONE, [why, seconds, one.dataset_id, one.text])


def read_ready_specs(cursor: "Cursor[Any]", dataset_ids: Sequence[UUID]) -> dict[UUID, set[str]]:
    """The texts of the specs whose indexes serve, by dataset."""
    found: dict[UUID, set[str]] = {}
    for dataset_id, spec in cursor.execute(_READY, [list(dataset_ids)]).fetchall():
        found.setdefault(dataset_id, set()).add(spec)
    return found


def only_ready(known: Sequence[IndexEntry]) -> list[IndexEntry]:
    return [one for one in known if one.state == "ready"]
