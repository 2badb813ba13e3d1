"""Which integer columns hold numbers beyond 64 bits, and since which version.

Asked with every page of entities, so what is known is kept: rows once written do not change, and so only those of
newer versions are looked at. The answer for a version is the same for ever: a column is wide from the version on
that first brought it such a number, even where that was changed again.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.sql import SQL, Literal

from domain.columns import ColumnType
from domain.schema import Definition
from projections.sql.record_tables import table_of

MAX_DATASETS = 10_000
"""Datasets whose answers are kept; those not asked for longest go first."""

MAX_COLUMNS = 1_000
"""PostgreSQL selects at most 1,664 values."""

_SINCE = SQL("""
min(version) FILTER (
    WHERE length(values->>{0}) > 18
      AND rowledger_number(values->{0}) NOT BETWEEN -9223372036854775808 AND 9223372036854775807)
""")
"""Numbers beyond 64 bits have 19 digits or more; to look at the length first takes a fifth of the time."""

_SEARCH = SQL("SELECT {} FROM {} WHERE version > %s AND version <= %s")


@dataclass(frozen=True, slots=True)
class _WideIntegerScan:
    """What was found in all versions up to `version`: by position, the version it is wide since, or None."""

    version: int
    since: Mapping[int, int | None]


class WideIntegers:
    """The answers kept by one process."""

    def __init__(self) -> None:
        self._known: OrderedDict[UUID, _WideIntegerScan] = OrderedDict()

    async def positions(
        self, connection: "AsyncConnection[Any]", dataset: UUID, newest: int, version: int, definition: Definition
    ) -> frozenset[int]:
        """The positions of the integer columns of `definition` that are wide at `version`.

        `newest`: the dataset's newest version, up to which its rows are complete.
        """
        asked = {column.position for column in definition.columns if column.type is ColumnType.INTEGER}
        if not asked:
            return frozenset()
        known = self._known.get(dataset, _WideIntegerScan(0, dict.fromkeys(asked)))
        if not asked <= known.since.keys():
            known = _WideIntegerScan(0, dict.fromkeys(asked | known.since.keys()))
        if known.version < newest:
            known = await _scan_new_rows(connection, dataset, known, newest)
        self._keep(dataset, known)
        found = ((position, known.since[position]) for position in asked)
        return frozenset(position for position, since in found if since is not None and since <= version)

    def _keep(self, dataset: UUID, known: _WideIntegerScan) -> None:
        self._known[dataset] = known
        self._known.move_to_end(dataset)
        if len(self._known) > MAX_DATASETS:
            self._known.popitem(last=False)


async def _scan_new_rows(
    connection: "AsyncConnection[Any]", dataset: UUID, known: _WideIntegerScan, newest: int
) -> _WideIntegerScan:
    """A pass over the rows that came since for every so many columns that are not known to be wide."""
    narrow = [position for position, since in known.since.items() if since is None]
    if not narrow:
        return _WideIntegerScan(newest, known.since)
    since = dict(known.since)
    for at in range(0, len(narrow), MAX_COLUMNS):
        some = narrow[at : at + MAX_COLUMNS]
        columns = SQL(", ").join([_SINCE.format(Literal(position)) for position in some])
        query = _SEARCH.format(columns, table_of(dataset).identifier)
        (row,) = await (await connection.execute(query, [known.version, newest])).fetchall()
        since |= zip(some, row, strict=True)
    return _WideIntegerScan(newest, since)
