"""A dataset as CSV, as of a version: streamed by PostgreSQL itself, so memory stays the same at any size.

RFC 4180 with `\\n` line ends. A null is an empty cell, an empty string is `""`, so that importing an export gives
the same records again. A single column with nulls among its values ends each line with a delimiter, since a null
would otherwise be a blank line, which is no record.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from psycopg import AsyncConnection
from psycopg.sql import SQL, Composable, Literal

from domain.columns import Column
from projections.lookup import Snapshot
from projections.ordering import order_by
from projections.questions import Question

_EXPORT = SQL("""
COPY (SELECT {cells} FROM {table} WHERE version <= %s AND until > %s AND {where} ORDER BY {order})
TO STDOUT (FORMAT csv, DELIMITER {delimiter})
""")

_HAS_NULL = SQL("""
SELECT EXISTS (SELECT FROM {table} WHERE version <= %s AND until > %s AND {where} AND {cell} IS NULL)
""")

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


async def csv(
    connection: "AsyncConnection[Any]",
    snapshot: Snapshot,
    question: Question,
    columns: Sequence[Column],
    delimiter: str = ",",
    bom: bool = False,
) -> AsyncIterator[bytes]:
    """The header and the records the question keeps, in pieces of some kilobytes."""
    cells: list[Composable] = [SQL("values->>{}").format(Literal(column.position)) for column in columns]
    parameters = [snapshot.version, snapshot.version, *question.where.params]
    ends = len(cells) == 1 and await _has_null(connection, snapshot, question, cells[0])
    if ends:
        cells.append(SQL("NULL"))
    yield (BYTE_ORDER_MARK if bom else b"") + _header([*(column.name for column in columns), *[""] * ends], delimiter)
    query = _EXPORT.format(
        cells=SQL(", ").join(cells),
        table=snapshot.table.identifier,
        where=question.where.text,
        order=order_by(question.keys),
        delimiter=Literal(delimiter),
    )
    gathered = bytearray()
    async with connection.cursor().copy(query, parameters) as copy:
        async for block in copy:
            gathered += block
            if len(gathered) >= 65_536:
                yield bytes(gathered)
                gathered.clear()
    yield bytes(gathered)


async def _has_null(
    connection: "AsyncConnection[Any]", snapshot: Snapshot, question: Question, cell: Composable
) -> bool:
    query = _HAS_NULL.format(table=snapshot.table.identifier, where=question.where.text, cell=cell)
    cursor = await connection.execute(query, [snapshot.version, snapshot.version, *question.where.params])
    row = await cursor.fetchone()
    return bool(row and row[0])


def _header(names: Sequence[str], delimiter: str) -> bytes:
    return (delimiter.join(_cell(name, delimiter) for name in names) + "\n").encode()


def _cell(text: str, delimiter: str) -> str:
    needs_quotes = any(sign in text for sign in (delimiter, '"', "\n", "\r"))
    return '"' + text.replace('"', '""') + '"' if needs_quotes else text
