"""A dataset as CSV, as of a version: streamed by PostgreSQL itself, so memory stays the same at any size.

RFC 4180 with `\\n` line ends. A null is an empty cell, an empty string is `""`, so that importing an export gives
the same records again.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from psycopg import AsyncConnection
from psycopg.sql import SQL, Literal

from domain.columns import Column
from projections.lookup import Snapshot
from projections.ordering import order_by
from projections.pages import Question

_EXPORT = SQL("""
COPY (SELECT {cells} FROM {table} WHERE version <= %s AND until > %s AND {where} ORDER BY {order})
TO STDOUT (FORMAT csv, DELIMITER {delimiter})
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
    yield (BYTE_ORDER_MARK if bom else b"") + _header(columns, delimiter)
    cells = [SQL("values->>{}").format(Literal(column.position)) for column in columns]
    query = _EXPORT.format(
        cells=SQL(", ").join(cells),
        table=snapshot.table.identifier,
        where=question.where.text,
        order=order_by(question.keys),
        delimiter=Literal(delimiter),
    )
    parameters = [snapshot.version, snapshot.version, *question.where.params]
    gathered = bytearray()
    async with connection.cursor().copy(query, parameters) as copy:
        async for block in copy:
            gathered += block
            if len(gathered) >= 65_536:
                yield bytes(gathered)
                gathered.clear()
    yield bytes(gathered)


def _header(columns: Sequence[Column], delimiter: str) -> bytes:
    return (delimiter.join(_cell(column.name, delimiter) for column in columns) + "\n").encode()


def _cell(text: str, delimiter: str) -> str:
    needs_quotes = any(sign in text for sign in (delimiter, '"', "\n", "\r"))
    return '"' + text.replace('"', '""') + '"' if needs_quotes else text
