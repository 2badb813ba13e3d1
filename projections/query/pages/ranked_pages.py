"""Read pages of a search without a sort: the best matches first, ties by record id.

Ranking must read every match. If more than `MAX_RANKED` records match, the page is ordered by id instead, which reads
no more than the page. The number of matches at a version never changes, so all pages of a search use the same order.
"""

from collections.abc import Sequence
from typing import Any

from psycopg import AsyncConnection, errors
from psycopg.sql import SQL

from domain.columns import Column
from projections.models.datasets.dataset_reads import NEWEST_VERSION
from projections.query.compiled import CompiledQuery
from projections.query.pages import cursors
from projections.query.pages.cursors import PageCursor
from projections.query.pages.page_reader import PageReader, RecordPage
from projections.query.snapshots import Snapshot
from projections.sql.fragments import NO_CONDITION, SqlFragment, bind_value, fill_template
from projections.sql.row_json import record_json

MAX_RANKED = 5_000

_PAGE = SQL("""
WITH found AS MATERIALIZED (
    SELECT id, version, values FROM {table} WHERE version <= %s AND until > %s AND {where} LIMIT %s),
ranked AS MATERIALIZED (
    SELECT id, {rank} AS rank FROM found WHERE (SELECT count(*) FROM found) <= %s)
SELECT (SELECT count(*) FROM found), ({newest}), {row}, rank::text, id::text
FROM (VALUES (1)) AS always
LEFT JOIN (SELECT * FROM ranked JOIN found USING (id) WHERE {begin} ORDER BY rank DESC, id LIMIT %s) AS page ON true
ORDER BY page.rank DESC, page.id
""")
"""Finds the matches up to a limit, ranks them unless there are too many, and returns the page with the number of
matches and the newest version."""

_AFTER = "(rank < {0} OR rank = {0} AND id > {1})"


async def read_page(
    connection: "AsyncConnection[Any]",
    reader: PageReader,
    newest_parameters: Sequence[object],
    version: int,
    limit: int,
    cursor: PageCursor | None = None,
) -> RecordPage:
    """The same as `PageReader.page`, but ordered by rank if the query has one and few enough records match."""
    query = reader.query
    by_id = cursor is not None and len(cursor.after) == len(query.sort_keys)
    if query.rank is None or by_id:
        return await reader.page(connection, newest_parameters, version, limit, cursor)
    after_condition = NO_CONDITION if cursor is None else _after_rank_sql(cursor)
    statement = _PAGE.format(
        newest=NEWEST_VERSION,
        table=reader.table.identifier,
        where=query.where.text,
        rank=query.rank.text,
        row=reader.row,
        begin=after_condition.text,
    )
    found = [version, version, *query.where.params, MAX_RANKED + 1]
    parameters = [*found, *query.rank.params, MAX_RANKED, *newest_parameters, *after_condition.params, limit + 1]
    try:
        rows = await (await connection.execute(statement, parameters)).fetchall()
    except (errors.DataError, errors.InvalidTextRepresentation):
        if cursor is None:
            raise
        raise cursors.invalid_cursor() from None
    if rows[0][0] > MAX_RANKED:
        return await reader.page(connection, newest_parameters, version, limit, cursor)
    records = [(text, rank, id) for _, _, text, rank, id in rows if id is not None]
    following = None
    if len(records) > limit:
        following = cursors.encode(PageCursor(version, query.spec, records[limit - 1][1:]))
    return RecordPage(reader.separator.join([text for text, _, _ in records[:limit]]), following, rows[0][1])


async def read(
    connection: "AsyncConnection[Any]",
    snapshot: Snapshot,
    query: CompiledQuery,
    columns: Sequence[Column],
    limit: int,
    cursor: PageCursor | None = None,
) -> RecordPage:
    """The page of at most `limit` records of a snapshot after `cursor`, with `columns` of each.

    Raises BadRequest `invalid-cursor` if the cursor does not fit the sort.
    """
    reader = PageReader(snapshot.table, query, record_json(tuple(columns)))
    return await read_page(connection, reader, [snapshot.id, "", None], snapshot.version, limit, cursor)


def _after_rank_sql(cursor: PageCursor) -> SqlFragment:
    """The condition for records after the cursor. Raises BadRequest `invalid-cursor` if the cursor does not fit."""
    if len(cursor.after) != 2 or None in cursor.after:
        raise cursors.invalid_cursor()
    rank, id = (bind_value("{}::text::bigint", value) for value in cursor.after)
    return fill_template(_AFTER, rank, id)
