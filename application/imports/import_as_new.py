"""Imports a file into a new dataset, all rows or none.

Rows are copied directly into the table of the new dataset. It becomes visible when a small transaction appends the
event and creates the head.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from application.commands.envelope import CommandContext, CommandEnvelope
from application.imports import source_files
from application.imports.bulk_writer import BulkWriter, ImportChunks, no_row_accepted_error
from application.imports.file_format import OpenFile, Table
from application.imports.import_context import (
    ImportArguments,
    ImportCounts,
    ImportTools,
    build_import_event,
    build_import_result,
    find_key_positions,
    store_lines,
)
from application.jobs.job import Job
from application.jobs.progress import JobProgress
from application.settings import limit_setting
from domain.columns import Column
from domain.dataset.commands import ImportRecords
from domain.dataset.events import DatasetCreated
from domain.errors import Invalid
from domain.schema import Definition


def create_from_file(
    tools: ImportTools, arguments: ImportArguments, file: OpenFile, table: Table, progress: JobProgress
) -> None:
    """Read the rows and publish them. Raises TypeGuessFailed, Refusal or JobSuperseded; then nothing is visible."""
    job = progress.job
    arguments = replace(arguments, key=arguments.key or table.key)
    definition = _build_definition(tools, job.arguments, arguments, table)
    with (
        tools.connect() as chunk_connection,
        ImportChunks(chunk_connection, job.dataset_id, dry_run=arguments.dry_run) as import_chunks,
    ):
        writer = _write_rows(tools, job, arguments, file, table, import_chunks, progress)
        if import_chunks.rejected and not writer.rows:
            raise no_row_accepted_error(import_chunks)
        if not arguments.dry_run:
            store_lines(import_chunks, writer.lines)
    counts = ImportCounts(
        writer.rows + import_chunks.rejected, writer.rows, import_chunks.rejected, added=writer.rows
    )
    if arguments.dry_run:
        _report_dry_run(tools, arguments, table, counts, import_chunks, progress)
        return
    with tools.connect() as connection, connection.cursor() as cursor:
        tools.tables.finish(cursor, job.dataset_id, definition)
    _publish(tools, arguments, table, definition, counts, import_chunks, progress)


def _write_rows(
    tools: ImportTools,
    job: Job,
    arguments: ImportArguments,
    file: OpenFile,
    table: Table,
    import_chunks: ImportChunks,
    progress: JobProgress,
) -> BulkWriter:
    excluded = file.key_faults(table, arguments.key) if arguments.key else {}
    with tools.connect() as copying, copying.cursor() as cursor:
        if not arguments.dry_run:
            with copying.transaction():
                tools.tables.prepare(cursor, job.dataset_id)
        loader = _open_null_copy() if arguments.dry_run else tools.tables.load(cursor, job.dataset_id)
        aborts = arguments.options.on_error == "abort"
        with (
            copying.transaction(),
            BulkWriter(loader, import_chunks, keeps_rows=not arguments.dry_run, aborts=aborts) as writer,
        ):
            for block in file.rows(table, excluded=excluded):
                writer.write(block)
                progress.report(writer.rows, block.read)
    return writer


def _publish(
    tools: ImportTools,
    arguments: ImportArguments,
    table: Table,
    definition: Definition,
    counts: ImportCounts,
    import_chunks: ImportChunks,
    progress: JobProgress,
) -> None:
    job = progress.job
    created = DatasetCreated(job.workspace, job.arguments["slug"], job.actor, definition)
    imported = replace(build_import_event(arguments, job, table, counts, import_chunks, first_id=1), dataset=created)
    context = CommandContext(tools.access_of_job(job.workspace, job.actor), job.correlation_id)
    with tools.connect() as connection, connection.transaction(), connection.cursor() as cursor:
        source_files.store_source_file(cursor, tools.blobs, arguments.path, arguments.source.sha256)
        outcome = tools.handler.execute_one(
            cursor, CommandEnvelope(job.dataset_id, ImportRecords(imported), context, holds_lease=True)
        )
        job_result = build_import_result(
            job, arguments, table, counts, outcome.state.version, import_chunks.first_rejects, new=True
        )
        progress.succeed(cursor, counts.read, job_result)


def _report_dry_run(
    tools: ImportTools,
    arguments: ImportArguments,
    table: Table,
    counts: ImportCounts,
    import_chunks: ImportChunks,
    progress: JobProgress,
) -> None:
    with tools.connect() as connection, connection.cursor() as cursor:
        job_result = build_import_result(
            progress.job, arguments, table, counts, 0, import_chunks.first_rejects, new=False
        )
        progress.succeed(cursor, counts.read, job_result)


class _NullCopy:
    """A bulk copy that stores nothing."""

    def write(self, data: bytes) -> None:
        """A dry run stores nothing."""


@contextmanager
def _open_null_copy() -> Iterator[_NullCopy]:
    yield _NullCopy()


def _build_definition(
    tools: ImportTools, job_arguments: Mapping[str, Any], arguments: ImportArguments, table: Table
) -> Definition:
    columns = tuple(
        Column(found.name, found.type, position, format=found.format, null_text=found.null_text)
        for position, found in enumerate(table.columns)
    )
    if len(columns) > tools.max_columns:
        detail = f"The file has {len(columns):,} columns; at most {tools.max_columns:,} are allowed"
        raise Invalid("too-many-columns", f"{detail} ({limit_setting('columns')})")
    key = find_key_positions(arguments.key, [column.name for column in columns])
    return Definition(job_arguments["name"], job_arguments["description"], columns, key)
