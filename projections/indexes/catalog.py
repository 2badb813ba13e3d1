"""The catalog of indexes of record tables: which are wanted, how often they are used, and which exist.

Queries add uses (`interfaces/services/index_usage.py`), `keeper.py` builds and drops indexes, and `…/indexes` lists
them. Whether an index exists is read from PostgreSQL's own catalog, so this information is always correct.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from psycopg import AsyncConnection, Connection, Cursor
from psycopg.rows import class_row
from psycopg.sql import SQL, Composable, Identifier

from projections.indexes import index_specs
from projections.indexes.index_specs import IndexSpec
from projections.sql.record_tables import RecordTable, table_of

VALUE_TOO_LONG = "a value is too long for an index"

ExistsSql = Callable[[Composable], Composable]
"""The condition that the dataset with this id exists. The table of datasets belongs to the read models, which are a
layer above; so callers pass the condition in."""

IndexState = Literal["ready", "building", "failed", "wanted"]

IndexUseCounts = Mapping[tuple[UUID, IndexSpec], int]
"""How many queries each index of a dataset would have served."""

_ADD_USES = SQL("""
INSERT INTO record_indexes AS known (dataset_id, spec, name, uses, score, first_used, last_used)
SELECT dataset_id, spec, name, uses, uses, now(), now()
FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::bigint[]) AS new (dataset_id, spec, name, uses)
WHERE {exists}
ORDER BY dataset_id, spec
ON CONFLICT (dataset_id, spec) DO UPDATE SET
    uses = known.uses + excluded.uses,
    score = known.score * power(0.5, extract(epoch FROM now() - known.last_used) / 259200) + excluded.uses,
    last_used = now()
""")
"""Adds uses to the entries of existing datasets; the old score halves every three days."""

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
"""The entries with their current score, and the state and size of their indexes."""

_READY = """
SELECT known.dataset_id, known.spec
FROM record_indexes AS known
JOIN pg_class AS relation ON relation.relname = known.name
JOIN pg_namespace AS space ON space.oid = relation.relnamespace AND space.nspname = 'records'
JOIN pg_index AS there ON there.indexrelid = relation.oid AND there.indisvalid
WHERE known.dataset_id = ANY(%s::uuid[])
"""
"""The specs of the valid indexes of several datasets."""

_OF_DATASET = _SELECT + "WHERE known.dataset_id = %s ORDER BY score DESC, known.spec"

_DUE = (
    _SELECT
    + """
WHERE there.indisvalid IS NOT TRUE AND (known.retry_at IS NULL OR known.retry_at <= now())
ORDER BY score DESC, known.spec LIMIT 1000
"""
)
"""The entries without a valid index whose retry time has passed."""

_DELETE_UNUSED = SQL("""
DELETE FROM record_indexes AS known
WHERE NOT {exists}
   OR last_used < now() - make_interval(days => %s)
""")
"""Deletes the entries of deleted datasets and those that were not used for some days."""

_DELETE_EXCESS_WANTED = """
DELETE FROM record_indexes USING (
    SELECT dataset_id, spec, row_number() OVER (PARTITION BY dataset_id ORDER BY score DESC) AS rank
    FROM record_indexes WHERE built_at IS NULL) AS wanted
WHERE record_indexes.dataset_id = wanted.dataset_id AND record_indexes.spec = wanted.spec AND rank > %s
"""
"""Deletes the least used wanted entries of each dataset beyond a maximum number."""

_ORPHANED_INDEXES = """
SELECT relation.relname
FROM pg_index
JOIN pg_class AS relation ON relation.oid = indexrelid
JOIN pg_namespace AS space ON space.oid = relation.relnamespace AND space.nspname = 'records'
WHERE relation.relname ~ '^[0-9a-f-]{36} [0-9a-f]{16}$'
  AND NOT (indisvalid AND EXISTS (SELECT FROM record_indexes WHERE name = relation.relname))
"""
"""The indexes that are invalid or have no entry in the catalog."""

_FORGET = "DELETE FROM record_indexes WHERE dataset_id = %s"

_INDEX_NAMES = """
SELECT relation.relname FROM pg_index JOIN pg_class AS relation ON relation.oid = indexrelid
WHERE indrelid = to_regclass(%s)
"""
"""The names of the indexes of a table, from PostgreSQL's catalog."""

_MARK_BUILT = """
UPDATE record_indexes SET built_at = now(), seconds = %s, failures = 0, failure = NULL, retry_at = NULL
WHERE dataset_id = %s AND spec = %s
"""
"""Records a successful build."""

_MARK_FAILED = """
UPDATE record_indexes SET
    built_at = NULL, seconds = NULL, failures = failures + 1, failure = %s,
    retry_at = now() + least(interval '5 s' * power(2, least(failures, 10)), interval '1 hour')
WHERE dataset_id = %s AND spec = %s
"""
"""Records a failed build and doubles the time until the next attempt, up to an hour."""

_POSTPONE = """
UPDATE record_indexes SET
    built_at = NULL, seconds = NULL, failure = %s, retry_at = now() + make_interval(secs => %s)
WHERE dataset_id = %s AND spec = %s
"""
"""Records why an index is not built, and when to try again."""


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """A wanted or existing index. `score` counts its uses, old ones less; `bytes` is 0 if the index does not
    exist."""

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
    state: IndexState
    bytes: int

    @property
    def spec(self) -> IndexSpec:
        return index_specs.parse_spec(self.text)


def add_uses(cursor: "Cursor[Any]", uses: IndexUseCounts, exists: ExistsSql) -> None:
    """Add to the use counts. Datasets that are deleted or do not exist are ignored."""
    rows = [
        (dataset_id, spec.text, index_specs.index_name(table_of(dataset_id), spec), number)
        for (dataset_id, spec), number in uses.items()
    ]
    if rows:
        statement = _ADD_USES.format(exists=exists(Identifier("new", "dataset_id")))
        cursor.execute(statement, [list(column) for column in zip(*rows, strict=True)])


def forget(cursor: "Cursor[Any]", dataset_id: UUID) -> None:
    """Remove the dataset's indexes from the catalog."""
    cursor.execute(_FORGET, [dataset_id])


async def list_indexes(connection: "AsyncConnection[Any]", dataset_id: UUID) -> list[IndexEntry]:
    """The dataset's indexes, the most used first."""
    cursor = connection.cursor(row_factory=class_row(IndexEntry))
    return await (await cursor.execute(_OF_DATASET, [dataset_id])).fetchall()


def read_indexes(connection: "Connection[Any]", dataset_id: UUID) -> list[IndexEntry]:
    """The dataset's indexes, the most used first."""
    return connection.cursor(row_factory=class_row(IndexEntry)).execute(_OF_DATASET, [dataset_id]).fetchall()


def find_due(connection: "Connection[Any]") -> list[IndexEntry]:
    """The wanted indexes that do not exist and may be built now, the most used first."""
    return connection.cursor(row_factory=class_row(IndexEntry)).execute(_DUE).fetchall()


def read_index_names(cursor: "Cursor[Any]", table: RecordTable) -> set[str]:
    """The names of all indexes on the table, valid or being built."""
    return {name for (name,) in cursor.execute(_INDEX_NAMES, [table.identifier.as_string()]).fetchall()}


def mark_built(connection: "Connection[Any]", entry: IndexEntry, seconds: float) -> None:
    connection.execute(_MARK_BUILT, [seconds, entry.dataset_id, entry.text])


def mark_failed(connection: "Connection[Any]", entry: IndexEntry, reason: str) -> None:
    """Record a failed build. The time before the next attempt doubles with each failure, up to an hour."""
    connection.execute(_MARK_FAILED, [reason, entry.dataset_id, entry.text])


def postpone(
    connection: "Connection[Any] | Cursor[Any]", entry: IndexEntry, seconds: int, reason: str | None = None
) -> None:
    """Do not build the index before `seconds` have passed."""
    connection.execute(_POSTPONE, [reason, seconds, entry.dataset_id, entry.text])


def read_ready_specs(cursor: "Cursor[Any]", dataset_ids: Sequence[UUID]) -> dict[UUID, set[str]]:
    """The texts of the specs whose indexes are ready, by dataset."""
    found: dict[UUID, set[str]] = {}
    for dataset_id, spec in cursor.execute(_READY, [list(dataset_ids)]).fetchall():
        found.setdefault(dataset_id, set()).add(spec)
    return found


def delete_unused(connection: "Connection[Any]", days: int, exists: ExistsSql) -> None:
    """Delete the entries of deleted datasets, and those that were not used for so many days."""
    connection.execute(_DELETE_UNUSED.format(exists=exists(Identifier("known", "dataset_id"))), [days])


def delete_excess_wanted(connection: "Connection[Any]", most: int) -> None:
    """Delete the least used wanted entries of each dataset that has more than `most` of them."""
    connection.execute(_DELETE_EXCESS_WANTED, [most])


def find_orphaned_indexes(connection: "Connection[Any]") -> list[str]:
    """The names of indexes that are invalid or have no entry."""
    return [name for (name,) in connection.execute(_ORPHANED_INDEXES).fetchall()]


def only_ready(known: Sequence[IndexEntry]) -> list[IndexEntry]:
    return [entry for entry in known if entry.state == "ready"]
