"""Statements that are sent as they stand: PostgreSQL's own placeholders, nothing left for the driver to rewrite.

It takes the driver a tenth of a short read to look for its placeholders; hot statements do without.
"""

import re
from collections.abc import Sequence
from itertools import count
from typing import Any

from psycopg import AsyncConnection, AsyncRawCursor
from psycopg.sql import Composable

_PLACEHOLDER = re.compile(rb"%%|%s")


def number_placeholders(query: Composable) -> bytes:
    """The text of a query with `$1`, `$2` … for its placeholders, in order."""
    numbers = count(1)
    return _PLACEHOLDER.sub(lambda found: b"%" if found[0] == b"%%" else b"$%d" % next(numbers), query.as_bytes())


async def fetch_row(
    connection: "AsyncConnection[Any]", statement: bytes, parameters: Sequence[object]
) -> tuple[Any, ...] | None:
    """The first row of what a numbered statement finds."""
    cursor = AsyncRawCursor(connection)
    await cursor.execute(statement, parameters)
    return await cursor.fetchone()
