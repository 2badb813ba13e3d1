"""Find the integer columns that contain numbers of more than 64 bits, and since which version.

Every page of entities needs this, so results are cached. Rows never change once written, so only the rows of newer
versions are scanned. A column is wide from the first version that wrote such a number, even if the number was changed
later, so the result for a version never changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cachetools import LRUCache
from psycopg import AsyncConnection
from psycopg.sql import SQL, Literal

from domain.columns import ColumnType
from domain.schema import Definition
from projections.sql.record_tables import table_of

MAX_DATASETS = 10_000
"""The most datasets in the cache. The least recently used are removed first."""

MAX_COLUMNS = 1_000
"""PostgreSQL selects at most 1,664 values."""

_SINCE = SQL("""
min(version) FILTER (
    WHERE length(values->>{0}) > 18
      AND rowledger_number(values->{0}) NOT BETWEEN -9223372036854775808 AND 9223372036854775807)
""")
"""Numbers of more than 64 bits have at least 19 digits. Checking the length first takes a fifth of the time."""

_SEARCH = SQL("SELECT {} FROM {} WHERE version > %s AND version <= %s")
"""For each column, the first version after one version and up to another that wrote a wide integer."""


@dataclass(frozen=True, slots=True)
class _WideIntegerScan:
    """The result for all versions up to `version`: for each position the first version where it is wide, or None."""

    version: int
    since: Mapping[int, int | None]


class WideIntegers:
    """Finds wide integer columns and caches the results of one process."""

    def __init__(self) -> None:
        self._known: LRUCache[UUID, _WideIntegerScan] = LRUCache(MAX_DATASETS)

    async def positions(
        self, connection: "AsyncConnection[Any]", dataset: UUID, newest: int, version: int, definition: Definition
    ) -> frozenset[int]:
        """The positions of the integer columns of `definition` that are wide at `version`.

        `newest` is the dataset's newest version. Its rows are complete up to that version.
        """
        positions = {column.position for column in definition.columns if column.type is ColumnType.INTEGER}
        if not positions:
            return frozenset()
        scan = self._known.get(dataset, _WideIntegerScan(0, dict.fromkeys(positions)))
        if not positions <= scan.since.keys():
            scan = _WideIntegerScan(0, dict.fromkeys(positions | scan.since.keys()))
        if scan.version < newest:
            scan = await _scan_new_rows(connection, dataset, scan, newest)
        self._known[dataset] = scan
        found = ((position, scan.since[position]) for position in positions)
        return frozenset(position for position, since in found if since is not None and since <= version)


async def _scan_new_rows(
    connection: "AsyncConnection[Any]", dataset: UUID, scan: _WideIntegerScan, newest: int
) -> _WideIntegerScan:
    """Scan the rows written since for columns that are not known to be wide, `MAX_COLUMNS` per pass."""
    narrow = [position for position, since in scan.since.items() if since is None]
    if not narrow:
        return _WideIntegerScan(newest, scan.since)
    since = dict(scan.since)
    for at in range(0, len(narrow), MAX_COLUMNS):
        batch = narrow[at : at + MAX_COLUMNS]
        columns = SQL(", ").join([_SINCE.format(Literal(position)) for position in batch])
        statement = _SEARCH.format(columns, table_of(dataset).identifier)
        (row,) = await (await connection.execute(statement, [scan.version, newest])).fetchall()
        since |= zip(batch, row, strict=True)
    return _WideIntegerScan(newest, since)
