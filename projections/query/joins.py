"""Two datasets joined, each as of a version: rows in the order of the left record's id, then the right one's.

A page is found in steps. Each takes a batch of left records from where the page before ended and looks for their
partners; batches grow until the page is full. Where an index of the right dataset serves the columns asked for,
partners are looked up record by record and the page stops at its last one. Else the right dataset is read once a
batch: how many partners each key has says which left records are needed, so that one with a great many does not
bring those of all others along. Neither joins what lies beyond the page.
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
"""As the right id of a place: nothing of that left record is to come."""

BATCH_GROWTH = 8
"""How much larger each batch of left records is than the one before."""

_BATCH = SQL("""
WITH batch AS MATERIALIZED (
    SELECT id, version, {keys} FROM {left}
    WHERE version <= %s AND until > %s AND id >= %s AND {where} AND {joinable} ORDER BY id LIMIT %s)
""")

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

# The order by `id + 0` is one that no plan has beforehand: a plan that begins fast and ends late is never chosen.
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


@dataclass(frozen=True, slots=True)
class JoinSide:
    """One of the two datasets, and which of its columns to show."""

    snapshot: Snapshot
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class JoinPosition:
    """Behind a pair of records; `right` is `DONE` where the left one has no more partners."""

    left: int = 0
    right: int = NO_MORE_PARTNERS


@dataclass(frozen=True, slots=True)
class JoinPage:
    """Pairs as JSON texts, and the place of the last one if more follow."""

    rows: list[str]
    next: JoinPosition | None


@dataclass(frozen=True, slots=True)
class Join:
    """What is joined with what: the left side's records that the question keeps, by `pairs` of columns.

    `outer`: those without a partner too.
    """

    left: JoinSide
    right: JoinSide
    pairs: tuple[JoinPair, ...]
    outer: bool
    question: CompiledQuery


async def read(connection: "AsyncConnection[Any]", join: Join, limit: int, after: JoinPosition) -> JoinPage:
    """The page of at most `limit` pairs behind `after`."""
    searched = await _is_indexed(connection, join, after)
    found: list[tuple[str, JoinPosition]] = []
    place, size = after, limit + 2
    while True:
        rows = await _fetch_rows(connection, _step_sql(join, place, size, limit + 1 - len(found), searched))
        found += [
            (text, JoinPosition(left, NO_MORE_PARTNERS if right is None else right))
            for text, left, right in rows
            if text
        ]
        if len(found) > limit:
            return JoinPage([text for text, _ in found[:limit]], found[limit - 1][1])
        end, taken = next((left, right) for text, left, right in rows if text is None)
        if taken < size:
            return JoinPage([text for text, _ in found], None)
        place, size = JoinPosition(end), size * BATCH_GROWTH


async def _is_indexed(connection: "AsyncConnection[Any]", join: Join, place: JoinPosition) -> bool:
    """Whether the planner would look partners up in an index rather than read the whole right dataset."""
    key = SQL("{} = (SELECT {} FROM batch LIMIT 1)")
    same = [key.format(right, name) for name, _, right in _key_columns(join)]
    probe = fill_template(
        "EXPLAIN (FORMAT JSON) {0} SELECT FROM {1} AS probed WHERE {2}",
        _batch_sql(join, place, 1),
        SqlFragment(join.right.snapshot.table.identifier),
        SqlFragment(SQL(" AND ").join(same)),
    )
    plan = (await _fetch_rows(connection, probe))[0][0][0]["Plan"]
    scan = next(node for node in _plan_nodes(plan) if node.get("Alias") == "probed")
    return str(scan["Node Type"]) != "Seq Scan"


async def _fetch_rows(connection: "AsyncConnection[Any]", query: SqlFragment) -> list[Any]:
    return await (await connection.execute(SQL("{}").format(query.text), query.params)).fetchall()


def _plan_nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _plan_nodes(below)


def _step_sql(join: Join, place: JoinPosition, size: int, wanted: int, searched: bool) -> SqlFragment:
    """The query for `wanted` pairs behind `place` among the next `size` left records."""
    version = join.right.snapshot.version
    inside = (place.left, place.right, wanted) if searched else (place.left, wanted)
    keys = _key_columns(join)
    pairs = (_PAIRS_BY_INDEX if searched else _PAIRS_BY_SCAN).format(
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
    params = (version, version, *inside, place.left, place.right, wanted)
    return fill_template("{0}{1}{2}", _batch_sql(join, place, size), SqlFragment(pairs, params), SqlFragment(rows))


def _batch_sql(join: Join, place: JoinPosition, size: int) -> SqlFragment:
    keys = _key_columns(join)
    joinable = [SQL("true")] if join.outer else [SQL("{} IS NOT NULL").format(left) for _, left, _ in keys]
    text = _BATCH.format(
        keys=SQL(", ").join([SQL("{} AS {}").format(left, name) for name, left, _ in keys]),
        left=join.left.snapshot.table.identifier,
        where=join.question.where.text,
        joinable=SQL(" AND ").join(joinable),
    )
    version = join.left.snapshot.version
    return SqlFragment(text, (version, version, place.left, *join.question.where.params, size))


def _key_columns(join: Join) -> list[tuple[Identifier, Composable, Composable]]:
    """Each pair's name, its left value and its right one: what indexes know the right one as."""
    return [
        (Identifier(f"key {number}"), _left_value_sql(pair), value_sql(pair.right))
        for number, pair in enumerate(join.pairs)
    ]


def _left_value_sql(pair: JoinPair) -> Composable:
    """The left value in the right one's type. A number that is no record's id is null, and joins nothing."""
    value = value_sql(pair.left)
    if isinstance(pair.left, Builtin) and isinstance(pair.right, Column):
        return SQL("{}::numeric").format(value)
    if isinstance(pair.left, Column) and isinstance(pair.right, Builtin):
        return SQL(
            "CASE WHEN {0} = trunc({0}) AND {0} BETWEEN 0 AND 9223372036854775807 THEN {0}::bigint END"
        ).format(value)
    return value
