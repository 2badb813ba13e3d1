"""Notes what large datasets are asked, so that indexes follow; the request only remembers its question.

Once a second what was remembered is counted, off the event loop, and stored. If that fails it is lost, and nobody
but the log is told: the next question wishes again.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager, suppress
from typing import Any
from uuid import UUID

from psycopg import Cursor

from projections.indexes import catalog
from projections.indexes.index_specs import IndexSpec
from projections.query.compiled import CompiledQuery
from projections.query.index_recommendations import recommend_indexes

FLUSH_SECONDS = 1.0

MAX_QUERIES = 100
"""Questions remembered between two flushes. Of more, the first: a sample, so that a busy process is not burdened."""

OpenTransaction = Callable[[], "AbstractContextManager[Cursor[Any]]"]
"""A cursor in a transaction that commits when the block ends."""

_log = logging.getLogger(__name__)


class IndexUsage:
    """`records`: smaller datasets are fast without indexes."""

    def __init__(self, transaction: OpenTransaction, records: int) -> None:
        self._transaction = transaction
        self._records = records
        self._serving: dict[UUID, set[str]] = {}
        self._asked: dict[int, tuple[UUID, CompiledQuery, int]] = {}

    def note(self, dataset_id: UUID, records: int, question: CompiledQuery) -> None:
        """Remember the question; takes less than a microsecond."""
        if records < self._records:
            return
        same = self._asked.get(id(question))
        if same is not None:
            self._asked[id(question)] = (dataset_id, question, same[2] + 1)
        elif len(self._asked) < MAX_QUERIES:
            self._asked[id(question)] = (dataset_id, question, 1)

    def serves(self, dataset_id: UUID, spec: str | None) -> bool:
        """Whether the index was there when last looked ("": the primary key, which always is)."""
        return spec == "" or (spec is not None and spec in self._serving.get(dataset_id, ()))

    def flush(self) -> None:
        """Store what was remembered."""
        asked, self._asked = self._asked, {}
        uses: Counter[tuple[UUID, IndexSpec]] = Counter()
        for dataset_id, question, number in asked.values():
            for spec in recommend_indexes(question):
                uses[dataset_id, spec] += number
        if not uses:
            return
        try:
            with self._transaction() as cursor:
                catalog.add_uses(cursor, uses)
                self._serving = catalog.read_ready_specs(cursor, list({dataset_id for dataset_id, _ in uses}))
        except Exception as error:
            _log.warning("what was asked of %s indexes could not be noted: %s", len(uses), error)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Flush every second while the block runs, and at its end."""
        flushing = asyncio.create_task(self._keep_flushing())
        try:
            yield
        finally:
            flushing.cancel()
            with suppress(asyncio.CancelledError):
                await flushing
            await asyncio.to_thread(self.flush)

    async def _keep_flushing(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            if self._asked:
                await asyncio.to_thread(self.flush)
