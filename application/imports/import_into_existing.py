"""Imports a file into an existing dataset: appends its rows, merges them by the key, or replaces all records.

Everything happens in one transaction under the writer lease. The rows are copied to a temporary table and compared
with the records. Only differences are written and published; without a difference no event is appended.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from psycopg import Cursor

from application.authorization import read_changeable_dataset
from application.commands.envelope import CommandContext, CommandEnvelope
from application.imports import acceptance, source_files
from application.imports.bulk_writer import BulkWriter, ImportChunks, no_row_accepted_error, rows_rejected_error
from application.imports.file_format import Block, FileColumn, OpenFile, Table
from application.imports.import_context import (
    ImportArguments,
    ImportCounts,
    ImportTools,
    build_import_event,
    build_import_result,
    find_key_positions,
    store_lines,
)
from application.imports.near_matches import MAX_NEAR_KEYS, near_key_notes, near_name_notes
from application.imports.row_rules import RejectedRows, RowRules
from application.imports.source_lines import LineRunBuilder, LineRuns
from application.jobs.job import Job
from application.jobs.progress import JobProgress
from application.settings import limit_setting
from domain import exact_json
from domain.columns import Column
from domain.dataset.commands import ImportRecords
from domain.dataset.state import DatasetState
from domain.errors import Invalid
from domain.file_merge import MergeLayout
from domain.schema import Definition

REJECT_COLUMNS = ("_line", "_column", "_code", "_detail")
"""The columns that a file of rejects has in addition to the data; an import ignores them."""


def load_state(tools: ImportTools, job: Job) -> DatasetState:
    """The current state of the dataset, which cannot change under the writer lease.

    Raises NotFound, Forbidden or Gone.
    """
    access = tools.access_of_job(job.workspace, job.actor)
    return read_changeable_dataset(tools.connect, tools.models, access, job.dataset_id)


def merge_file(
    tools: ImportTools,
    arguments: ImportArguments,
    state: DatasetState,
    file: OpenFile,
    table: Table,
    progress: JobProgress,
) -> None:
    """Merge the file into the dataset at `state`.

    Raises TypeGuessFailed, Refusal or JobSuperseded; then nothing was changed.
    """
    definition = _add_columns(tools, state.definition, _select_data_columns(table, state.definition))
    existing, names = state.definition.columns, [column.name for column in definition.columns]
    notes = list(near_name_notes(names[len(existing) :], names[: len(existing)]))
    layout = _make_layout(definition, table, keeps=arguments.mode == "upsert")
    excluded, dataset_id = _find_key_faults(state.definition, file, table), progress.job.dataset_id
    merge = _FileMerge(tools, progress, arguments, state, definition, table, layout, notes)
    with (
        tools.connect() as connection,
        connection.transaction(force_rollback=arguments.dry_run),
        connection.cursor() as cursor,
    ):
        with (
            tools.connect() as chunk_connection,
            ImportChunks(chunk_connection, dataset_id, dry_run=arguments.dry_run) as import_chunks,
        ):
            counts = merge.write(cursor, import_chunks, file.rows(table, excluded=excluded))
        if not arguments.dry_run:
            merge.publish(cursor, counts, import_chunks)
    if arguments.dry_run:
        merge.report(counts, import_chunks)


@dataclass(frozen=True, slots=True)
class _FileMerge:
    """The merge of one file into the dataset at `state`, which will have `definition`.

    `notes` are about the file and the dataset together; `write` adds to them.
    """

    tools: ImportTools
    progress: JobProgress
    arguments: ImportArguments
    state: DatasetState
    definition: Definition
    table: Table
    layout: MergeLayout
    notes: list[str]

    @property
    def job(self) -> Job:
        return self.progress.job

    def write(self, cursor: "Cursor[Any]", import_chunks: ImportChunks, blocks: Iterable[Block]) -> ImportCounts:
        """Receive the rows, and write the differences as the next version, to the record table and to chunks."""
        merging, aborts = self.tools.merging, self.arguments.options.on_error == "abort"
        with BulkWriter(merging.receive_rows(cursor), import_chunks, keeps_rows=False, aborts=aborts) as writer:
            for block in blocks:
                writer.write(block)
                self.progress.report(writer.rows, block.read)
        merging.arrange_columns(cursor, self.layout)
        if self.arguments.mode != "append":
            merging.align_key_times(cursor, self.job.dataset_id, self.definition)
        rules = RowRules(merging, self.job.dataset_id, self.arguments.mode, self.definition, self.tools.max_rejects)
        rejected = RejectedRows(rules, self.table, self.layout.sources, writer.lines)
        for rejects in rejected.find(cursor):
            if aborts:
                raise rows_rejected_error(rejects)
            import_chunks.store_rejects(rejects)
        accepted = writer.rows - rejected.count
        if import_chunks.rejected and not accepted:
            raise no_row_accepted_error(import_chunks)
        planned = merging.plan(cursor, self.job.dataset_id, self.definition, self.layout, self.arguments.mode)
        if planned.added:
            name, near = merging.find_near_keys(cursor, self.job.dataset_id, self.definition, MAX_NEAR_KEYS + 1)
            self.notes.extend(near_key_notes(name, near, writer.lines))
        merging.apply(cursor, self.job.dataset_id, self.state.version + 1, self.state.next_id)
        if not self.arguments.dry_run:
            _store_planned_rows(self.tools, cursor, import_chunks, writer.lines)
        return ImportCounts(
            read=accepted + import_chunks.rejected,
            accepted=accepted,
            rejected=import_chunks.rejected,
            added=planned.added,
            changed=planned.changed,
            removed=planned.removed,
            unchanged=accepted - planned.added - planned.changed,
        )

    def publish(self, cursor: "Cursor[Any]", counts: ImportCounts, import_chunks: ImportChunks) -> None:
        """Append the event, if anything changed, and end the job."""
        imported = build_import_event(
            self.arguments, self.job, self.table, counts, import_chunks, self.state.next_id, self.notes
        )
        if self.definition != self.state.definition:
            imported = replace(imported, definition=self.definition)
        access = self.tools.access_of_job(self.job.workspace, self.job.actor)
        context = CommandContext(access, self.job.correlation_id)
        source_files.store_source_file(cursor, self.tools.blobs, self.arguments.path, self.arguments.source.sha256)
        envelope = CommandEnvelope(self.job.dataset_id, ImportRecords(imported), context, holds_lease=True)
        outcome = self.tools.handler.execute_one(cursor, envelope)
        if outcome.event is None:
            acceptance.release_file_claim(cursor, self.arguments.import_id)
        self._end(cursor, counts, import_chunks, outcome.state.version, new=outcome.event is not None)

    def report(self, counts: ImportCounts, import_chunks: ImportChunks) -> None:
        """End the job of a dry run."""
        with self.tools.connect() as connection, connection.cursor() as cursor:
            self._end(cursor, counts, import_chunks, self.state.version, new=False)

    def _end(
        self, cursor: "Cursor[Any]", counts: ImportCounts, import_chunks: ImportChunks, version: int, *, new: bool
    ) -> None:
        job_result = build_import_result(
            self.job,
            self.arguments,
            self.table,
            counts,
            version,
            import_chunks.first_rejects,
            new=new,
            notes=self.notes,
        )
        self.progress.succeed(cursor, counts.read, job_result)


def _store_planned_rows(
    tools: ImportTools, cursor: "Cursor[Any]", import_chunks: ImportChunks, lines: LineRuns
) -> None:
    """Store the planned rows and changes as chunks, with their lines in the file."""
    runs = LineRunBuilder()

    def new() -> Iterator[str]:
        for row, values in tools.merging.read_new_rows(cursor):
            runs.add(lines.line(row))
            yield values

    import_chunks.store_texts("rows", new())
    store_lines(import_chunks, runs.lines)
    changed = (
        f"[{id},{values or 'null'},{'null' if row is None else exact_json.dumps(lines.line(row))}]"
        for id, values, row in tools.merging.read_changed_rows(cursor)
    )
    import_chunks.store_texts("changes", changed)


def _find_key_faults(definition: Definition, file: OpenFile, table: Table) -> Any:
    """The rows without a valid key, if the dataset has a key. Raises Invalid if the file lacks a key column."""
    names = {column.position: column.name for column in definition.columns}
    key = [names[position] for position in definition.key]
    find_key_positions(key, [column.name for column in table.columns])
    return file.key_faults(table, key) if key else {}


def _select_data_columns(table: Table, definition: Definition) -> list[FileColumn]:
    """The columns of the file without those that a file of rejects adds."""
    names = {column.name for column in table.columns}
    is_of_rejects = names.issuperset(REJECT_COLUMNS) and not set(definition.names).issuperset(REJECT_COLUMNS)
    ignored = REJECT_COLUMNS if is_of_rejects else ()
    return [column for column in table.columns if column.name not in ignored]


def _add_columns(tools: ImportTools, definition: Definition, columns: Sequence[FileColumn]) -> Definition:
    """The definition with the new columns of the file at the end."""
    width = definition.width
    new = [column for column in columns if definition.find(column.name) is None]
    added = tuple(
        Column(one.name, one.type, width + at, format=one.format, null_text=one.null_text)
        for at, one in enumerate(new)
    )
    if len(definition.columns) + len(added) > tools.max_columns:
        detail = f"With the file's {len(added):,} new columns the dataset would have more than {tools.max_columns:,}"
        raise Invalid("too-many-columns", f"{detail} ({limit_setting('columns')})")
    return replace(definition, columns=definition.columns + added) if added else definition


def _make_layout(definition: Definition, table: Table, *, keeps: bool) -> MergeLayout:
    indexes = {column.name: at for at, column in enumerate(table.columns)}
    sources: list[int | None] = [None] * definition.width
    for column in definition.columns:
        sources[column.position] = indexes.get(column.name)
    return MergeLayout(tuple(sources), keeps, is_plain=sources == list(range(len(table.columns))))
