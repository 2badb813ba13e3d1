"""Join two datasets, each as of a version. Rows are ordered by the left record's id, then by the right one's.

A page is read in steps. Each step takes a batch of left records, starting where the previous page ended, and finds
their partners. Batches grow until the page is full. If an index of the right dataset serves the join columns,
partners are looked up record by record, and the lookup stops at the last one on the page. Otherwise the right dataset
is read once per batch: the number of partners of each key tells which left records the page needs, so that a record
with very many partners does not load those of all others. Neither way joins records beyond the page.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection
from psycopg.sql import SQL, Composable, Identifier

from domain.columns import Column
from domain.query.filter.tree import Builtin
from domain.query.join_keys import JoinPair
from projections.query.compiled import CompiledQuery
from projections.query.snapshots import Snapshot
from projections.sql.fragments import SqlFragment, fill_template
from projections.sql.row_json import record_json
from projections.sql.value_sql import value_sql

NO_MORE_PARTNERS = 2**63 - 1
"""The right id of a position after which the left record has no more partners."""

BATCH_GROWTH = 8
"""The factor by which each batch of left records is larger than the one before."""

_BATCH = SQL("""
WITH batch AS MATERIALIZED (
    SELECT id, version, {keys} FROM {left}
    WHERE version <= %s AND until > %s AND id >= %s AND {where} AND {joinable} ORDER BY id LIMIT %s)
""")
"""The next batch of left records that match the query and have join values."""

_PAIRS_BY_INDEX = SQL("""
, pairs AS (
    SELECT batch.id AS left_id, batch.version AS left_version, found.id AS right_id, found.version AS right_version
    FROM batch {join} JOIN LATERAL (
        SELECT id, version FROM {right}
        WHERE {same} AND version <= %s AND until > %s AND id > CASE WHEN batch.id = %s THEN %s ELSE 0 END
        ORDER BY id LIMIT %s) AS found ON true
    WHERE batch.id > %s OR found.id > %s
    ORDER BY batch.id, found.id LIMIT %s)
""")
"""Looks up the partners of each left record in an index of the right dataset."""

# No plan delivers rows in the order of `id + 0`, so PostgreSQL never chooses a plan that starts fast and ends slowly.
_PAIRS_BY_SCAN = SQL("""
, found AS MATERIALIZED (
    SELECT * FROM (SELECT id, version, {right_keys} FROM {right} WHERE version <= %s AND until > %s) AS every
    WHERE ({names}) IN (SELECT {names} FROM batch)),
counts AS MATERIALIZED (SELECT {names}, count(*) AS partners FROM found GROUP BY {names}),
counted AS (
    SELECT batch.*, CASE WHEN batch.id = %s THEN 0 ELSE coalesce(partners, 1) END AS pairs
    FROM batch {join} JOIN counts USING ({names})),
needed AS MATERIALIZED (
    SELECT * FROM (SELECT *, sum(pairs) OVER (ORDER BY id) - pairs AS before FROM counted) AS summed
    WHERE before < %s),
pairs AS (
    SELECT needed.id AS left_id, needed.version AS left_version, found.id AS right_id, found.version AS right_version
    FROM needed {join} JOIN found USING ({names})
    WHERE needed.id > %s OR found.id > %s
    ORDER BY needed.id + 0, found.id LIMIT %s)
""")

_ROWS = SQL("""
SELECT concat('{{"left":', (SELECT {left_json} FROM {left} WHERE id = left_id AND version = left_version),
              ',"right":', coalesce((SELECT {right_json} FROM {right}
                                     WHERE id = right_id AND version = right_version), 'null'), '}}'),
       left_id, right_id
FROM pairs
UNION ALL (SELECT NULL, max(id), count(*) FROM batch)
ORDER BY left_id, right_id
""")
"""Builds the JSON of the pairs, and adds a last row with the end and the size of the batch."""


@dataclass(frozen=True, slots=True)
class JoinSide:
    """One of the two datasets and the columns to show from it."""

    snapshot: Snapshot
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class JoinPosition:
    """The position after a pair of records; `right` is `NO_MORE_PARTNERS` if the left record has no more partners."""

    left: int = 0
    right: int = NO_MORE_PARTNERS


@dataclass(frozen=True, slots=True)
class JoinPage:
    """Pairs as JSON texts, and the position of the last one if more pairs follow."""

    rows: list[str]
    next: JoinPosition | None


@dataclass(frozen=True, slots=True)
class Join:
    """The left records that match the query, joined with right records by `pairs` of columns.

    With `outer`, left records without a partner are included.
    """

    left: JoinSide
    right: JoinSide
    pairs: tuple[JoinPair, ...]
    outer: bool
    query: CompiledQuery


async def read(connection: "AsyncConnection[Any]", join: Join, limit: int, after: JoinPosition) -> JoinPage:
    """The page of at most `limit` pairs after the position `after`."""
    by_index = await _is_indexed(connection, join, after)
    pairs: list[tuple[str, JoinPosition]] = []
    position, size = after, limit + 2
    while True:
        rows = await _fetch_rows(connection, _step_sql(join, position, size, limit + 1 - len(pairs), by_index))
        pairs += [
            (text, JoinPosition(left, NO_MORE_PARTNERS if right is None else right))
            for text, left, right in rows
            if text
        ]
        if len(pairs) > limit:
            return JoinPage([text for text, _ in pairs[:limit]], pairs[limit - 1][1])
        end, batch_size = next((left, right) for text, left, right in rows if text is None)
        if batch_size < size:
            return JoinPage([text for text, _ in pairs], None)
        position, size = JoinPosition(end), size * BATCH_GROWTH


async def _is_indexed(connection: "AsyncConnection[Any]", join: Join, position: JoinPosition) -> bool:
    """Whether PostgreSQL would look up partners in an index instead of reading the whole right dataset."""
    key = SQL("{} = (SELECT {} FROM batch LIMIT 1)")
    same = [key.format(right, name) for name, _, right in _key_columns(join)]
    probe = fill_template(
        "EXPLAIN (FORMAT JSON) {0} SELECT FROM {1} AS probed WHERE {2}",
        _batch_sql(join, position, 1),
        SqlFragment(join.right.snapshot.table.identifier),
        SqlFragment(SQL(" AND ").join(same)),
    )
    plan = (await _fetch_rows(connection, probe))[0][0][0]["Plan"]
    scan = next(node for node in _plan_nodes(plan) if node.get("Alias") == "probed")
    return str(scan["Node Type"]) != "Seq Scan"


async def _fetch_rows(connection: "AsyncConnection[Any]", statement: SqlFragment) -> list[Any]:
    return await (await connection.execute(SQL("{}").format(statement.text), statement.params)).fetchall()


def _plan_nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _plan_nodes(child)


def _step_sql(join: Join, position: JoinPosition, size: int, count: int, by_index: bool) -> SqlFragment:
    """The statement for `count` pairs after `position` among the next `size` left records."""
    version = join.right.snapshot.version
    inside = (position.left, position.right, count) if by_index else (position.left, count)
    keys = _key_columns(join)
    pairs = (_PAIRS_BY_INDEX if by_index else _PAIRS_BY_SCAN).format(
        join=SQL("LEFT" if join.outer else "INNER"),
        right=join.right.snapshot.table.identifier,
        same=SQL(" AND ").join([SQL("{} = batch.{}").format(right, name) for name, _, right in keys]),
        right_keys=SQL(", ").join([SQL("{} AS {}").format(right, name) for name, _, right in keys]),
        names=SQL(", ").join([name for name, _, _ in keys]),
    )
    rows = _ROWS.format(
        left=join.left.snapshot.table.identifier,
        right=join.right.snapshot.table.identifier,
        left_json=record_json(join.left.columns),
        right_json=record_json(join.right.columns),
    )
    params = (version, version, *inside, position.left, position.right, count)
    return fill_template("{0}{1}{2}", _batch_sql(join, position, size), SqlFragment(pairs, params), SqlFragment(rows))


def _batch_sql(join: Join, position: JoinPosition, size: int) -> SqlFragment:
    keys = _key_columns(join)
    joinable = [SQL("true")] if join.outer else [SQL("{} IS NOT NULL").format(left) for _, left, _ in keys]
    text = _BATCH.format(
        keys=SQL(", ").join([SQL("{} AS {}").format(left, name) for name, left, _ in keys]),
        left=join.left.snapshot.table.identifier,
        where=join.query.where.text,
        joinable=SQL(" AND ").join(joinable),
    )
    version = join.left.snapshot.version
    return SqlFragment(text, (version, version, position.left, *join.query.where.params, size))


def _key_columns(join: Join) -> list[tuple[Identifier, Composable, Composable]]:
    """For each pair of columns: a name, the left value, and the right value in the form that indexes use."""
    return [
        (Identifier(f"key {number}"), _left_value_sql(pair), value_sql(pair.right))
        for number, pair in enumerate(join.pairs)
    ]


def _left_value_sql(pair: JoinPair) -> Composable:
    """The left value in the type of the right one. A number that cannot be an id is null and never joins."""
    value = value_sql(pair.left)
    if isinstance(pair.left, Builtin) and isinstance(pair.right, Column):
        return SQL("{}::numeric").format(value)
    if isinstance(pair.left, Column) and isinstance(pair.right, Builtin):
        return SQL(
            "CASE WHEN {0} = trunc({0}) AND {0} BETWEEN 0 AND 9223372036854775807 THEN {0}::bigint END"
        ).format(value)
    return value
