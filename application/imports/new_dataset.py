"""A file becomes the records of a new dataset, all of them or none.

Rows go straight into the new dataset's table, which nobody can see until one small transaction appends the event
and makes the head.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from application.commands.handler import Context, Wish
from application.imports import source_files
from application.imports.bulk_writer import BulkWriter, ImportChunks
from application.imports.file_format import OpenFile, Table
from application.imports.import_context import (
    Asked,
    Counts,
    Progress,
    Tools,
    announce,
    event,
    keep_lines,
    key_columns,
    result,
)
from application.jobs import job_store
from application.jobs.job_store import Job
from domain.columns import Column
from domain.dataset.commands import ImportRecords
from domain.dataset.events import DatasetCreated
from domain.errors import Invalid
from domain.schema import Definition


def bring(tools: Tools, job: Job, asked: Asked, file: OpenFile, table: Table, progress: Progress) -> None:
    """Read the rows and publish them. Raises Misfit, Refusal or Superseded; then nothing has become visible."""
    definition = _definition(tools, job.arguments, asked, table)
    with tools.connect() as keeping, ImportChunks(keeping, job.dataset_id, dry_run=asked.dry_run) as keeper:
        writer = _write(tools, job, asked, file, table, keeper, progress)
        if not asked.dry_run:
            keep_lines(keeper, writer.lines)
    counts = Counts(writer.rows + keeper.rejected, writer.rows, keeper.rejected, added=writer.rows)
    if asked.dry_run:
        _report(tools, job, asked, table, counts, keeper)
        return
    with tools.connect() as connection, connection.cursor() as cursor:
        tools.tables.finish(cursor, job.dataset_id, definition)
    _publish(tools, job, asked, table, definition, counts, keeper)


def _write(
    tools: Tools, job: Job, asked: Asked, file: OpenFile, table: Table, keeper: ImportChunks, progress: Progress
) -> BulkWriter:
    excluded = file.key_faults(table, asked.key) if asked.key else {}
    with tools.connect() as copying, copying.cursor() as cursor:
        if not asked.dry_run:
            with copying.transaction():
                tools.tables.prepare(cursor, job.dataset_id)
        loader = _nowhere() if asked.dry_run else tools.tables.load(cursor, job.dataset_id)
        aborts = asked.options.on_error == "abort"
        with (
            copying.transaction(),
            BulkWriter(loader, keeper, keeps_rows=not asked.dry_run, aborts=aborts) as writer,
        ):
            for block in file.rows(table, excluded=excluded):
                writer.write(block)
                progress.tell(writer.rows, block.read)
    return writer


def _publish(
    tools: Tools, job: Job, asked: Asked, table: Table, definition: Definition, counts: Counts, keeper: ImportChunks
) -> None:
    created = DatasetCreated(job.workspace, job.arguments["slug"], job.actor, definition)
    imported = replace(event(asked, job, table, counts, keeper, first_id=1), dataset=created)
    context = Context(job.workspace, job.actor, job.correlation_id)
    with tools.connect() as connection, connection.transaction(), connection.cursor() as cursor:
        source_files.keep(cursor, tools.blobs, asked.path, asked.source.sha256)
        outcome = tools.handler.carry_out_one(
            cursor, Wish(job.dataset_id, ImportRecords(imported), context, holds_lease=True)
        )
        came_to = result(job, asked, table, counts, outcome.state.version, keeper.first_rejects, new=True)
        job_store.succeed(cursor, job, counts.read, came_to)
    announce(tools, job)


def _report(tools: Tools, job: Job, asked: Asked, table: Table, counts: Counts, keeper: ImportChunks) -> None:
    with tools.connect() as connection, connection.cursor() as cursor:
        came_to = result(job, asked, table, counts, 0, keeper.first_rejects, new=False)
        job_store.succeed(cursor, job, counts.read, came_to)
    announce(tools, job)


class _Nowhere:
    def write(self, data: bytes) -> None:
        """A dry run stores nothing."""


@contextmanager
def _nowhere() -> Iterator[_Nowhere]:
    yield _Nowhere()


def _definition(tools: Tools, arguments: Mapping[str, Any], asked: Asked, table: Table) -> Definition:
    columns = tuple(
        Column(found.name, found.type, position, format=found.format) for position, found in enumerate(table.columns)
    )
    if len(columns) > tools.most_columns:
        detail = f"The file has {len(columns):,} columns; at most {tools.most_columns:,} are allowed"
        raise Invalid("too-many-columns", f"{detail} (setting ROWLEDGER_LIMIT_COLUMNS)")
    key = key_columns(asked.key, [column.name for column in columns])
    return Definition(arguments["name"], arguments["description"], columns, key)
