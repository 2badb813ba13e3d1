"""Changes all records that match a filter, as one version.

Under the writer lease and in one transaction, the new values are planned in a temporary table, checked, written to
the record table and published. Many changes are stored in chunks block by block, so memory use does not grow.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from psycopg import Connection, Cursor

from application.authorization import read_changeable_dataset
from application.commands import writer_lease
from application.commands.dataset_commands import require_max_affected
from application.commands.envelope import CommandContext, CommandEnvelope, CommandOutcome
from application.commands.handler import CommandHandler
from application.commands.planned_changes import store_planned_changes
from application.ports import FilteredRecords, ReadModels
from domain.columns import Value
from domain.dataset.commands import ExpectedVersion, PublishChanges
from domain.dataset.decider import require_version
from domain.dataset.events import RecordsChanged, Summary
from domain.errors import Conflict, Fault
from domain.json_pointer import escape_pointer_token
from domain.schema import Definition, validate_patch

Connect = Callable[[], "AbstractContextManager[Connection[Any]]"]


@dataclass(frozen=True, slots=True)
class FilteredChange:
    """A change of the selected records: new `values` by column name; None removes the records."""

    values: Mapping[str, Value] | None
    if_version: ExpectedVersion = None
    dry_run: bool = False
    max_affected: int | None = None


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
    """Change the selected records. Records that already have the new values stay unchanged.

    Raises NotFound, Forbidden, Gone, PreconditionFailed, BadRequest for a filter, Invalid for values that do not fit,
    Conflict where more than `max_affected` records would change, or if unique values would occur twice, or Busy.
    """
    read_changeable_dataset(tools.connect, tools.models, context.access, dataset_id)
    with tools.connect() as holder, writer_lease.hold_lease(holder, dataset_id):
        state = read_changeable_dataset(tools.connect, tools.models, context.access, dataset_id)
        require_version(state, change.if_version)
        patch = None if change.values is None else validate_patch(state.definition, change.values)
        with (
            tools.connect() as connection,
            connection.transaction(force_rollback=change.dry_run),
            connection.cursor() as cursor,
        ):
            number = selection.plan(cursor, dataset_id, state.definition, patch)
            counts = Summary(removed=number) if patch is None else Summary(changed=number)
            require_max_affected(counts, change.max_affected)
            for positions in _find_affected_unique_sets(state.definition, patch or {}):
                _require_unique(cursor, dataset_id, selection, state.definition, positions)
            changed = RecordsChanged(changed=counts.changed, removed=counts.removed)
            if number and not change.dry_run:
                changes, refs = store_planned_changes(cursor, holder, dataset_id, selection, number)
                changed = replace(changed, changes=changes, chunks=refs)
                selection.apply(cursor, dataset_id, state.version + 1)
            command = PublishChanges(changed, change.if_version)
            envelope = CommandEnvelope(dataset_id, command, context, holds_lease=True, dry_run=change.dry_run)
            return tools.handler.execute_one(cursor, envelope)


def _find_affected_unique_sets(definition: Definition, patch: Mapping[int, Value]) -> list[tuple[int, ...]]:
    return [positions for positions in definition.unique_sets() if not patch.keys().isdisjoint(positions)]


def _require_unique(
    cursor: "Cursor[Any]",
    dataset_id: UUID,
    selection: FilteredRecords,
    definition: Definition,
    positions: tuple[int, ...],
) -> None:
    clash = selection.find_duplicate(cursor, dataset_id, positions)
    if clash is None:
        return
    one, other = clash
    names = [column.name for column in definition.columns if column.position in positions]
    what = "The key" if positions == definition.key else "The unique column"
    detail = (
        f"{what} {', '.join(names)} would have the same value in the records {one} and {other}; narrow the filter"
    )
    faults = tuple(Fault(f"/values/{escape_pointer_token(name)}", "duplicate", detail) for name in names)
    raise Conflict("duplicate-key", detail, faults, {"records": [one, other]})
