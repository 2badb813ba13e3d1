"""Counts which indexes would serve the queries on large datasets. A request only remembers its query.

Once a second, outside the event loop, the remembered queries are counted and stored. If storing fails, the counts are
lost and the failure is logged; later queries are counted again.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from typing import Any
from uuid import UUID

from psycopg import Cursor

from interfaces.services.background import run_in_background
from projections.indexes import catalog
from projections.indexes.index_specs import IndexSpec
from projections.models.datasets import dataset_reads
from projections.query.compiled import CompiledQuery
from projections.query.index_recommendations import recommend_indexes

FLUSH_SECONDS = 1.0

MAX_QUERIES = 100
"""Maximum number of queries remembered between two flushes. A busy process keeps the first ones as a sample."""

OpenTransaction = Callable[[], "AbstractContextManager[Cursor[Any]]"]
"""A cursor in a transaction that commits when the block ends."""

_log = logging.getLogger(__name__)


class IndexUsage:
    """`records` is the minimum size of a dataset: smaller ones are fast without indexes."""

    def __init__(self, transaction: OpenTransaction, records: int) -> None:
        self._transaction = transaction
        self._records = records
        self._serving: dict[UUID, set[str]] = {}
        self._pending: dict[int, tuple[UUID, CompiledQuery, int]] = {}

    def add(self, dataset_id: UUID, records: int, query: CompiledQuery) -> None:
        """Remember the query; takes less than a microsecond."""
        if records < self._records:
            return
        same = self._pending.get(id(query))
        if same is not None:
            self._pending[id(query)] = (dataset_id, query, same[2] + 1)
        elif len(self._pending) < MAX_QUERIES:
            self._pending[id(query)] = (dataset_id, query, 1)

    def serves(self, dataset_id: UUID, spec: str | None) -> bool:
        """Whether the index existed at the last flush ("": the primary key, which always exists)."""
        return spec == "" or (spec is not None and spec in self._serving.get(dataset_id, ()))

    def flush(self) -> None:
        """Store the remembered queries as index uses."""
        pending, self._pending = self._pending, {}
        uses: Counter[tuple[UUID, IndexSpec]] = Counter()
        for dataset_id, query, number in pending.values():
            for spec in recommend_indexes(query):
                uses[dataset_id, spec] += number
        if not uses:
            return
        try:
            with self._transaction() as cursor:
                catalog.add_uses(cursor, uses, dataset_reads.exists_sql)
                self._serving = catalog.read_ready_specs(cursor, list({dataset_id for dataset_id, _ in uses}))
        except Exception as error:
            _log.warning("the uses of %s indexes could not be stored: %s", len(uses), error)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Flush every second while the block runs, and at its end."""
        try:
            async with run_in_background(self._keep_flushing()):
                yield
        finally:
            await asyncio.to_thread(self.flush)

    async def _keep_flushing(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            if self._pending:
                await asyncio.to_thread(self.flush)
