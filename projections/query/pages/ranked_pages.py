"""Pages of a search that no sort orders: the best answers first, the record id breaking ties.

To rank, every match must be read. So where more than `MOST_RANKED` records match, they come by id, which takes no
longer than the page. At a version the number of matches stands, so that every page of a search goes the same way.
"""

from collections.abc import Sequence
from typing import Any

from psycopg import AsyncConnection, errors
from psycopg.sql import SQL

from domain.columns import Column
from projections.query.compiled import CompiledQuery
from projections.query.pages import cursors
from projections.query.pages.cursors import PageCursor
from projections.query.pages.page_reader import PageReader, RecordPage
from projections.query.snapshot_cache import NEWEST_VERSION
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

_AFTER = "(rank < {0} OR rank = {0} AND id > {1})"


async def read_page(
    connection: "AsyncConnection[Any]",
    reading: PageReader,
    newest: Sequence[object],
    version: int,
    limit: int,
    cursor: PageCursor | None = None,
) -> RecordPage:
    """As `Reading.page`, to which it leaves all where there is nothing to rank."""
    question = reading.question
    by_id = cursor is not None and len(cursor.after) == len(question.keys)
    if question.rank is None or by_id:
        return await reading.page(connection, newest, version, limit, cursor)
    begin = NO_CONDITION if cursor is None else _after_rank_sql(cursor)
    query = _PAGE.format(
        newest=NEWEST_VERSION,
        table=reading.table.identifier,
        where=question.where.text,
        rank=question.rank.text,
        row=reading.row,
        begin=begin.text,
    )
    found = [version, version, *question.where.params, MAX_RANKED + 1]
    parameters = [*found, *question.rank.params, MAX_RANKED, *newest, *begin.params, limit + 1]
    try:
        rows = await (await connection.execute(query, parameters)).fetchall()
    except (errors.DataError, errors.InvalidTextRepresentation):
        if cursor is None:
            raise
        raise cursors.invalid_cursor() from None
    if rows[0][0] > MAX_RANKED:
        return await reading.page(connection, newest, version, limit, cursor)
    records = [(text, rank, id) for _, _, text, rank, id in rows if id is not None]
    following = None
    if len(records) > limit:
        following = cursors.encode(PageCursor(version, question.asked, records[limit - 1][1:]))
    return RecordPage(reading.between.join([text for text, _, _ in records[:limit]]), following, rows[0][1])


async def read(
    connection: "AsyncConnection[Any]",
    snapshot: Snapshot,
    question: CompiledQuery,
    columns: Sequence[Column],
    limit: int,
    cursor: PageCursor | None = None,
) -> RecordPage:
    """The page of at most `limit` records of a snapshot after `cursor`, with `columns` of each.

    Raises BadRequest `invalid-cursor` if the cursor does not fit the sort.
    """
    reading = PageReader(snapshot.table, question, record_json(tuple(columns)))
    return await read_page(connection, reading, [snapshot.id, "", None], snapshot.version, limit, cursor)


def _after_rank_sql(cursor: PageCursor) -> SqlFragment:
    """Raises BadRequest `invalid-cursor` if the cursor does not fit."""
    if len(cursor.after) != 2 or None in cursor.after:
        raise cursors.invalid_cursor()
    rank, id = (bind_value("{}::text::bigint", value) for value in cursor.after)
    return fill_template(_AFTER, rank, id)
