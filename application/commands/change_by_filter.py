"""One change of every record that a filter keeps: one version, whatever their number.

All under the writer lease and in one transaction: the records are found and their new values written beside, looked
over, put into the read table, and published. What many of them become is kept in chunks on the way, so that memory
stays the same at any number.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from psycopg import Connection, Cursor

from application.commands import writer_lease
from application.commands.dataset_commands import require_max_affected
from application.commands.envelope import CommandContext, CommandEnvelope, CommandOutcome
from application.commands.handler import CommandHandler
from application.log.chunk_writer import ChunkWriter
from application.log.large_events import MAX_INLINE_RECORDS
from application.ports import FilteredRecords, ReadModels
from domain import exact_json
from domain.columns import Value
from domain.dataset.commands import PublishChanges
from domain.dataset.decider import require_existing_dataset, require_version
from domain.dataset.events import RecordChange, RecordsChanged, Summary
from domain.dataset.state import DatasetState
from domain.errors import Conflict, Fault, NotFound
from domain.schema import Definition, escape_pointer_token, validate_patch

Connect = Callable[[], "AbstractContextManager[Connection[Any]]"]


@dataclass(frozen=True, slots=True)
class FilteredChange:
    """What is wished of the records selected: new `values` by column name; None: their removal."""

    values: Mapping[str, Value] | None
    if_version: int | None = None
    dry_run: bool = False
    most: int | None = None


@dataclass(frozen=True, slots=True)
class BulkChangeTools:
    connect: Connect
    handler: CommandHandler
    models: ReadModels


def change_matching_records(
    tools: BulkChangeTools,
    context: CommandContext,
    dataset_id: UUID,
    selection: FilteredRecords,
    change: FilteredChange,
) -> CommandOutcome:
    """Change the records selected that it makes differ from what they are.

    Raises NotFound, Gone, PreconditionFailed, BadRequest for a filter and Invalid for values that do not fit,
    Conflict where more than `most` records would change or values would stand twice that must be unique, or Busy.
    """
    with tools.connect() as holder, writer_lease.hold_lease(holder, dataset_id):
        state = _load_state(tools, context, dataset_id)
        require_version(state, change.if_version)
        patch = None if change.values is None else validate_patch(state.definition, change.values)
        with (
            tools.connect() as connection,
            connection.transaction(force_rollback=change.dry_run),
            connection.cursor() as cursor,
        ):
            number = selection.plan(cursor, dataset_id, state.definition, patch)
            counts = Summary(removed=number) if patch is None else Summary(changed=number)
            require_max_affected(counts, change.most)
            for positions in _find_affected_unique_sets(state.definition, patch or {}):
                _require_unique(cursor, dataset_id, selection, state.definition, positions)
            changed = RecordsChanged(changed=counts.changed, removed=counts.removed)
            if number and not change.dry_run:
                changed = _store_changes(cursor, holder, dataset_id, selection, changed)
                selection.apply(cursor, dataset_id, state.version + 1)
            command = PublishChanges(changed, change.if_version)
            wish = CommandEnvelope(dataset_id, command, context, holds_lease=True, dry_run=change.dry_run)
            return tools.handler.carry_out_one(cursor, wish)


def _load_state(tools: BulkChangeTools, context: CommandContext, dataset_id: UUID) -> DatasetState:
    """The dataset as it is; under the writer lease it stays so."""
    with tools.connect() as connection, connection.transaction(), connection.cursor() as cursor:
        locked = tools.models.lock_heads(cursor, [dataset_id]).get(dataset_id)
    if locked is None or locked[0].workspace != context.workspace:
        raise NotFound("dataset-not-found", "There is no such dataset")
    require_existing_dataset(locked[0])
    return locked[0]


def _find_affected_unique_sets(definition: Definition, patch: Mapping[int, Value]) -> list[tuple[int, ...]]:
    return [positions for positions in definition.unique_sets() if not patch.keys().isdisjoint(positions)]


def _require_unique(
    cursor: "Cursor[Any]",
    dataset_id: UUID,
    selection: FilteredRecords,
    definition: Definition,
    positions: tuple[int, ...],
) -> None:
    clash = selection.clash(cursor, dataset_id, positions)
    if clash is None:
        return
    one, other = clash
    names = [column.name for column in definition.columns if column.position in positions]
    what = "The key" if positions == definition.key else "The unique column"
    detail = f"{what} {', '.join(names)} would hold the same in the records {one} and {other}; narrow the filter"
    faults = tuple(Fault(f"/values/{escape_pointer_token(name)}", "duplicate", detail) for name in names)
    raise Conflict("duplicate-key", detail, faults, {"records": [one, other]})


def _store_changes(
    cursor: "Cursor[Any]",
    holder: "Connection[Any]",
    dataset_id: UUID,
    selection: FilteredRecords,
    changed: RecordsChanged,
) -> RecordsChanged:
    """The event with what the records become. The connection that holds the lease keeps the chunks."""
    if changed.changed + changed.removed <= MAX_INLINE_RECORDS:
        rows = selection.rows(cursor)
        return replace(changed, changes=tuple(RecordChange(id, _parse_values(text)) for id, text in rows))
    with ChunkWriter(holder, dataset_id) as keeper:
        for lines, number in selection.blocks(cursor):
            keeper.keep("changes", lines, number)
    return replace(changed, chunks=keeper.kept("changes"))


def _parse_values(text: str | None) -> tuple[Value, ...] | None:
    return None if text is None else tuple(exact_json.loads(text))
