"""Changes the columns of a dataset and all values that follow from it, as one version.

Under the writer lease and in one transaction, the new values are computed into a temporary table, checked, written to
the record table and published. Many changes are stored in chunks block by block, so memory use does not grow.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from psycopg import Connection, Cursor

from application.authorization import read_changeable_dataset
from application.columns.column_checks import find_rule_failures
from application.columns.column_ports import ColumnRewriter, ValueNotations
from application.columns.conversion import ColumnConversion, ColumnConverter
from application.columns.failures import ValueFailures
from application.columns.source_texts import SourceTextTools, find_source_texts
from application.commands import writer_lease
from application.commands.dataset_commands import require_max_affected
from application.commands.envelope import CommandContext, CommandEnvelope, CommandOutcome
from application.commands.handler import CommandHandler
from application.commands.planned_changes import store_planned_changes
from application.ports import ReadModels
from application.settings import limit_setting
from domain.columns import Column
from domain.dataset.columns.column_changes import ColumnChanges
from domain.dataset.columns.column_plan import ColumnPlan, plan_column_changes
from domain.dataset.commands import ExpectedVersion, PublishColumns
from domain.dataset.decider import require_version
from domain.dataset.events import ColumnsChanged, Summary
from domain.dataset.state import DatasetState
from domain.errors import Fault, Invalid
from domain.json_pointer import escape_pointer_token
from domain.schema import Definition

Connect = Callable[[], "AbstractContextManager[Connection[Any]]"]


@dataclass(frozen=True, slots=True)
class ColumnChangeTools:
    """What a change of columns needs to run; `max_columns`: the most columns that a dataset can have."""

    connect: Connect
    handler: CommandHandler
    models: ReadModels
    rewriter: ColumnRewriter
    notations: ValueNotations
    sources: SourceTextTools
    max_columns: int


@dataclass(frozen=True, slots=True)
class ColumnRequest:
    """A change of columns, and the conditions under which it may happen."""

    changes: ColumnChanges
    if_version: ExpectedVersion = None
    dry_run: bool = False
    max_affected: int | None = None


@dataclass(frozen=True, slots=True)
class ColumnOutcome:
    """The outcome of the command, what became of retyped columns, and in a dry run the values that do not fit."""

    outcome: CommandOutcome
    conversions: Sequence[ColumnConversion]
    failures: ValueFailures


def change_columns(
    tools: ColumnChangeTools, context: CommandContext, dataset_id: UUID, request: ColumnRequest
) -> ColumnOutcome:
    """Change the columns, unless nothing differs or it is a dry run.

    Raises NotFound, Forbidden, Gone, PreconditionFailed, Invalid for a change that is impossible for any values,
    Conflict `values-do-not-fit` with the records, Conflict if more than `max_affected` records would change, or Busy.
    """
    read_changeable_dataset(tools.connect, tools.models, context.access, dataset_id)
    with tools.connect() as holder, writer_lease.hold_lease(holder, dataset_id):
        state = read_changeable_dataset(tools.connect, tools.models, context.access, dataset_id)
        require_version(state, request.if_version)
        plan = _plan(tools, state.definition, request.changes)
        with (
            tools.connect() as connection,
            connection.transaction(force_rollback=request.dry_run),
            connection.cursor() as cursor,
        ):
            change = _Change(tools, cursor, dataset_id, state, plan)
            conversions, failures, number = change.prepare()
            require_max_affected(Summary(changed=number), request.max_affected)
            definition = _with_formats(tools.notations, state.definition, plan.definition, conversions)
            changed = ColumnsChanged(definition, number)
            if not request.dry_run:
                failures.raise_if_any()
                changed = change.write(holder, changed)
            command = PublishColumns(changed, request.if_version)
            envelope = CommandEnvelope(dataset_id, command, context, holds_lease=True, dry_run=request.dry_run)
            return ColumnOutcome(tools.handler.execute_one(cursor, envelope), conversions, failures)


@dataclass(frozen=True, slots=True)
class _Change:
    """The change of a dataset at `state`, in the cursor's transaction."""

    tools: ColumnChangeTools
    cursor: "Cursor[Any]"
    dataset_id: UUID
    state: DatasetState
    plan: ColumnPlan

    def prepare(self) -> tuple[Sequence[ColumnConversion], ValueFailures, int]:
        """Convert, plan and check the values: what became of each column, what does not fit, and how many records
        would change."""
        failures = ValueFailures()
        self.tools.rewriter.prepare(self.cursor)
        conversions = self._convert(failures) if self.plan.retyped else []
        number = self.tools.rewriter.plan(self.cursor, self.dataset_id, self.state.definition, self.plan)
        find_rule_failures(self.tools.rewriter, self.cursor, self.dataset_id, self.plan, failures)
        return conversions, failures, number

    def write(self, holder: "Connection[Any]", changed: ColumnsChanged) -> ColumnsChanged:
        """Write the planned values, and return the event with them."""
        rewriter = self.tools.rewriter
        changes, refs = store_planned_changes(self.cursor, holder, self.dataset_id, rewriter, changed.changed)
        rewriter.apply(self.cursor, self.dataset_id, self.state.version + 1)
        rewriter.index_unique_sets(self.cursor, self.dataset_id, changed.definition)
        return replace(changed, changes=changes, chunks=refs)

    def _convert(self, failures: ValueFailures) -> Sequence[ColumnConversion]:
        tools = self.tools
        find_source_texts(tools.sources, self.cursor, self.dataset_id, self.plan.retyped)
        with tools.notations.open_reader() as reader:
            converter = ColumnConverter(
                self.cursor, self.dataset_id, tools.rewriter, tools.notations, reader, failures
            )
            return [converter.convert(retype) for retype in self.plan.retyped]


def _plan(tools: ColumnChangeTools, definition: Definition, changes: ColumnChanges) -> ColumnPlan:
    """Raises Invalid."""
    _require_formats(tools.notations, definition, changes)
    plan = plan_column_changes(definition, changes)
    number = len(plan.definition.columns)
    if number > max(tools.max_columns, len(definition.columns)):
        detail = f"The dataset would have {number:,} columns; at most {tools.max_columns:,} are allowed"
        detail = f"{detail} ({limit_setting('columns')})"
        raise Invalid("too-many-columns", detail, (Fault("/add", "too-many-columns", detail),))
    return plan


def _require_formats(notations: ValueNotations, definition: Definition, changes: ColumnChanges) -> None:
    """Raises Invalid `invalid-columns` for a format that the column's type does not have."""
    faults = []
    for name, change in changes.columns.items():
        column = definition.find(name)
        if column is None or change is None or change.format is None:
            continue
        column_type = change.type or column.type
        if not column_type.has_formats:
            continue
        try:
            notations.normalize_format(column_type, change.format)
        except Invalid as error:
            pointer = f"/columns/{escape_pointer_token(name)}/format"
            faults.append(Fault(pointer, "unknown-format", error.detail))
    if faults:
        raise Invalid("invalid-columns", faults[0].detail, tuple(faults))


def _with_formats(
    notations: ValueNotations, before: Definition, after: Definition, conversions: Sequence[ColumnConversion]
) -> Definition:
    """The definition with the formats that were found in the values, and those that are given under their names."""
    known: Mapping[int, Column] = {column.position: column for column in before.columns}
    converted: Mapping[int, Column] = {one.column.position: one.column for one in conversions}

    def with_format(column: Column) -> Column:
        old = known.get(column.position)
        if column.format is None or (old is not None and old.format == column.format):
            return column
        return replace(column, format=notations.normalize_format(column.type, column.format))

    columns = tuple(converted.get(column.position) or with_format(column) for column in after.columns)
    return replace(after, columns=columns)
