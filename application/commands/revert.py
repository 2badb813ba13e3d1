"""Revert: a new version that equals an older one.

The differences are read from the life spans of the rows, under the writer lease. A few are stored in the event, many
in chunks, so memory use does not grow with them.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from psycopg import Connection

from application.authorization import load_changeable_dataset, read_changeable_dataset
from application.commands import writer_lease
from application.commands.dataset_commands import require_max_affected
from application.commands.envelope import CommandContext, CommandEnvelope, CommandOutcome
from application.commands.handler import CommandHandler
from application.log import chunks
from application.log.large_events import MAX_INLINE_RECORDS
from application.ports import Difference, ReadModels
from domain import exact_json
from domain.dataset.commands import ExpectedVersion, RevertDataset
from domain.dataset.events import ChunkRef, RecordChange, Summary
from domain.errors import NotFound

Connect = Callable[[], "AbstractContextManager[Connection[Any]]"]


@dataclass
class _DifferenceCounts:
    added: int = 0
    changed: int = 0
    removed: int = 0

    def count(self, difference: Difference) -> None:
        _, values, exists_now = difference
        if values is None:
            self.removed += 1
        elif exists_now:
            self.changed += 1
        else:
            self.added += 1


def revert_dataset(
    connect: Connect,
    handler: CommandHandler,
    models: ReadModels,
    context: CommandContext,
    dataset_id: UUID,
    to: int,
    if_version: ExpectedVersion = None,
    *,
    dry_run: bool = False,
    max_affected: int | None = None,
) -> CommandOutcome:
    """Append a version that equals version `to`, unless nothing differs or it is a `dry_run`.

    Raises NotFound, Forbidden, Gone, PreconditionFailed, Conflict if more than `max_affected` records differ, or Busy
    during another bulk change.
    """
    read_changeable_dataset(connect, models, context.access, dataset_id)
    with connect() as holder, writer_lease.hold_lease(holder, dataset_id), connect() as connection:
        with connection.transaction(), connection.cursor() as cursor:
            version = load_changeable_dataset(cursor, models, context.access, dataset_id).version
            definition = models.find_definition(cursor, dataset_id, to)
        if definition is None:
            raise NotFound("version-not-found", f"There is no version {to}: the dataset has versions 1 to {version}")
        with connection.transaction(), connection.cursor() as cursor:
            counts = _DifferenceCounts()
            found = _count_differences(models.find_differences(cursor, dataset_id, version, to), counts)
            few = list(islice(found, MAX_INLINE_RECORDS + 1))
            refs: tuple[ChunkRef, ...] = ()
            if len(few) > MAX_INLINE_RECORDS:
                refs = _count_skipped(found) if dry_run else _store_differences(connect, dataset_id, few, found)
                few = []
        changes = tuple(_parse_change(one) for one in few)
        summary = Summary(counts.added, counts.changed, counts.removed)
        require_max_affected(summary, max_affected)
        command = RevertDataset(to, definition, summary, changes, refs, if_version)
        with connection.transaction(), connection.cursor() as cursor:
            return handler.execute_one(
                cursor, CommandEnvelope(dataset_id, command, context, holds_lease=True, dry_run=dry_run)
            )


def _count_differences(differences: Iterator[Difference], counts: _DifferenceCounts) -> Iterator[Difference]:
    for difference in differences:
        counts.count(difference)
        yield difference


def _count_skipped(rest: Iterator[Difference]) -> tuple[ChunkRef, ...]:
    """Count the remaining differences without storing them; replaces the chunks in a dry run."""
    return (ChunkRef("", sum(1 for _ in rest)),)


def _store_differences(
    connect: Connect, dataset_id: UUID, first: list[Difference], rest: Iterator[Difference]
) -> tuple[ChunkRef, ...]:
    texts = (f"[{id},{values or 'null'}]" for part in (first, rest) for id, values, _ in part)
    with connect() as connection, connection.cursor() as cursor:
        return tuple(chunks.store(cursor, dataset_id, lines, rows) for lines, rows in chunks.split_into_blocks(texts))


def _parse_change(difference: Difference) -> RecordChange:
    id, values, _ = difference
    return RecordChange(id, None if values is None else tuple(exact_json.loads(values)))
