"""Exports a selection in any format: streamed, or first written as a whole file if the format needs that."""

import hashlib
import os
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, assert_never

from psycopg import AsyncConnection

from application.exports.export_job import ExportedFile, ExportProgress
from application.exports.export_options import ExportFormat, ExportOptions
from domain.columns import Column, ColumnType
from domain.export_marks import ExportMarks
from domain.formula_guard import guard_formula
from interfaces.formats.csv import csv_writer
from interfaces.formats.csv.csv_writer import CellWriter
from interfaces.formats.data_package.package_writer import PackageDescription, write_data_package
from interfaces.formats.parquet import parquet_writer
from interfaces.formats.scratch import scratch_folder
from interfaces.formats.xlsx import xlsx_writer
from interfaces.services.exports import column_types, writer_process
from projections.query.exports import export_measures, export_rows
from projections.query.exports.export_measures import ColumnMeasure, ExportMeasures
from projections.query.exports.export_rows import CsvStyle, ExportBlocks, ExportSelection

Connection = AsyncConnection[Any]

_WORD_FOR_NULL = "NULL"
"""One of the words that an import reads as null."""


@dataclass(frozen=True, slots=True)
class ExportFileType:
    """File suffix and media type of a format. `whole`: the file must be complete before it can be sent."""

    suffix: str
    media_type: str
    whole: bool = False


def _file_type(format: ExportFormat) -> ExportFileType:
    match format:
        case ExportFormat.CSV:
            return ExportFileType(".csv", "text/csv; charset=utf-8")
        case ExportFormat.JSON:
            return ExportFileType(".json", "application/json")
        case ExportFormat.NDJSON:
            return ExportFileType(".ndjson", "application/x-ndjson")
        case ExportFormat.DATAPACKAGE:
            return ExportFileType(".zip", "application/zip")
        case ExportFormat.XLSX:
            media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
            return ExportFileType(".xlsx", media_type, whole=True)
        case ExportFormat.PARQUET:
            return ExportFileType(".parquet", "application/vnd.apache.parquet", whole=True)
        case _:
            assert_never(format)


FILE_TYPES: Mapping[ExportFormat, ExportFileType] = {format: _file_type(format) for format in ExportFormat}

NULL_MARKERS = ("", "\\N", "NULL", "#NULL#")
"""Candidates for the null marker of a data package: the first one that no string equals is used."""

_PIECE_BYTES = 1 << 20


def export_filename(selection: ExportSelection, format: ExportFormat) -> str:
    return f"{selection.snapshot.slug}-v{selection.snapshot.version}{FILE_TYPES[format].suffix}"


def check_columns_fit(columns: Sequence[Column], format: ExportFormat) -> None:
    """Check that the format can have these columns. Raises Invalid."""
    match format:
        case ExportFormat.XLSX:
            xlsx_writer.check_column_count(len(columns))
        case ExportFormat.PARQUET:
            parquet_writer.check_column_names([column.name for column in columns])
        case ExportFormat.CSV | ExportFormat.JSON | ExportFormat.NDJSON | ExportFormat.DATAPACKAGE:
            return
        case _:
            assert_never(format)


async def stream_export(connection: Connection, selection: ExportSelection, options: ExportOptions) -> ExportBlocks:
    """The file in pieces as they are read, each with its number of records. Not for formats that are `whole`."""
    async with aclosing(await _format_blocks(connection, selection, options)) as blocks:
        async for block in blocks:
            yield block


@asynccontextmanager
async def write_whole_file(
    connection: Connection,
    selection: ExportSelection,
    options: ExportOptions,
    scratch: Path,
    watch: ExportProgress | None = None,
) -> AsyncIterator[Path]:
    """The file of a format that is `whole`; it is removed when the block ends. `scratch` is a folder for
    temporary files. Raises the refusals of the format's writer."""
    plan = await _plan_whole_file(connection, selection, options)
    with scratch_folder(scratch) as folder:
        async with (
            aclosing(export_rows.stream_texts(connection, selection)) as blocks,
            aclosing(_report_progress(blocks, watch)) as rows,
        ):
            path = await writer_process.write_file(plan, rows, folder)
        yield path


async def write_export(
    connection: Connection,
    selection: ExportSelection,
    options: ExportOptions,
    scratch: Path,
    path: Path,
    watch: ExportProgress,
) -> ExportedFile:
    """Write the file to `path`, durably. `watch` receives the progress in records and bytes."""
    watch.expect(total := await export_rows.count_records(connection, selection))
    if FILE_TYPES[options.format].whole:
        async with write_whole_file(connection, selection, options, scratch, watch) as whole_file:
            size, digest = _hash_file(whole_file)
            whole_file.replace(path)
            return ExportedFile(total, size, digest)
    hashed, size, records = hashlib.sha256(), 0, 0
    with path.open("wb") as file:
        async with aclosing(stream_export(connection, selection, options)) as blocks:
            async for block, rows in blocks:
                file.write(block)
                hashed.update(block)
                size, records = size + len(block), records + rows
                watch.report(records, size)
        file.flush()
        os.fsync(file.fileno())
    return ExportedFile(records, size, hashed.hexdigest())


async def _format_blocks(connection: Connection, selection: ExportSelection, options: ExportOptions) -> ExportBlocks:
    """For formats that are sent as they are read."""
    match options.format:
        case ExportFormat.CSV:
            form = CsvStyle(options.delimiter, options.bom, _find_marks(selection.columns, options))
            return _stream_csv(connection, selection, form, options.original_format)
        case ExportFormat.JSON:
            return export_rows.stream_json(connection, selection)
        case ExportFormat.NDJSON:
            return export_rows.stream_ndjson(connection, selection)
        case ExportFormat.DATAPACKAGE:
            form = CsvStyle(null=await _choose_null_marker(connection, selection))
            return write_data_package(
                _stream_csv(connection, selection, form), _describe_package(selection, form.null)
            )
        case ExportFormat.XLSX | ExportFormat.PARQUET:
            raise ValueError(f"{options.format} is written as a whole file")
        case _:
            assert_never(options.format)


def _stream_csv(
    connection: Connection, selection: ExportSelection, form: CsvStyle, original: bool = False
) -> ExportBlocks:
    if original or len(selection.columns) > export_rows.MAX_COLUMNS:
        return _rewrite_csv(connection, selection, form, original)
    return export_rows.stream_csv(connection, selection, form)


async def _rewrite_csv(
    connection: Connection, selection: ExportSelection, form: CsvStyle, original: bool
) -> ExportBlocks:
    """CSV formatted here and not by PostgreSQL."""
    cells = [_cell_writer(column, form, original) for column in selection.columns]
    ends = len(cells) == 1 and not cells[0].null and await export_rows.has_null(connection, selection)
    yield export_rows.csv_header(selection.columns, form, ends), 0
    async with aclosing(export_rows.stream_texts(connection, selection)) as blocks:
        async for block, rows in blocks:
            yield csv_writer.csv_lines(block, cells, form.delimiter, ends), rows


def _find_marks(columns: Sequence[Column], options: ExportOptions) -> ExportMarks:
    """The marks, also where canonical values could be read in a column's own notation: 1.000, or no value at all."""
    types = (ColumnType.DECIMAL, ColumnType.BOOLEAN)
    has_notations = any(column.type in types and column.format is not None for column in columns)
    return ExportMarks(options.formula_guard, has_notations and not options.original_format)


def _cell_writer(column: Column, form: CsvStyle, original: bool) -> CellWriter:
    if form.marks.guarded and column.type is ColumnType.STRING:
        return CellWriter(guard_formula, form.null)
    change = csv_writer.text_formatter(column.type, column.format if original else None)
    return CellWriter(change, _null_word(column) if original else form.null)


def _null_word(column: Column) -> str:
    """How null is written where values are as in their source file; an empty cell may be a value there."""
    if column.null_text is not None:
        return column.null_text
    is_blank_a_value = column.type is ColumnType.BOOLEAN and "" in (column.format or "true/false").split("/")
    return _WORD_FOR_NULL if is_blank_a_value else ""


async def _choose_null_marker(connection: Connection, selection: ExportSelection) -> str:
    """The null marker. It is an empty cell unless there are empty strings or only one column."""
    present = await export_measures.find_present_texts(connection, selection, NULL_MARKERS)
    candidates = NULL_MARKERS[1:] if len(selection.columns) == 1 else NULL_MARKERS
    return next((text for text in candidates if text not in present), f"null-{selection.snapshot.id}")


def _describe_package(selection: ExportSelection, null: str) -> PackageDescription:
    snapshot, definition = selection.snapshot, selection.snapshot.definition
    names = {column.position: column.name for column in selection.columns}
    key = [names[position] for position in definition.key if position in names]
    return PackageDescription(
        name=snapshot.slug,
        title=definition.name,
        description=definition.description,
        version=snapshot.version,
        created_at=snapshot.updated_at,
        columns=selection.columns,
        key=key if len(key) == len(definition.key) else (),
        null=null,
    )


async def _plan_whole_file(
    connection: Connection, selection: ExportSelection, options: ExportOptions
) -> dict[str, Any]:
    """What the writer of a whole file must know before it begins."""
    check_columns_fit(selection.columns, options.format)
    measured = await export_measures.measure_export(connection, selection)
    pairs = list(zip(selection.columns, measured.columns, strict=True))
    match options.format:
        case ExportFormat.XLSX:
            sheet = [column_types.sheet_column(column, measure) for column, measure in pairs]
            return writer_process.xlsx_plan(sheet)
        case ExportFormat.PARQUET:
            return _plan_parquet(selection, pairs, measured)
        case ExportFormat.CSV | ExportFormat.JSON | ExportFormat.NDJSON | ExportFormat.DATAPACKAGE:
            raise ValueError(f"{options.format} is sent as it is read")
        case _:
            assert_never(options.format)


def _plan_parquet(
    selection: ExportSelection, pairs: Sequence[tuple[Column, ColumnMeasure]], measured: ExportMeasures
) -> dict[str, Any]:
    columns = [column_types.parquet_column(column, measure) for column, measure in pairs]
    longest = 2 * measured.max_bytes + 16 * len(columns) + 64
    notes = {
        "rowledger.dataset": str(selection.snapshot.id),
        "rowledger.version": str(selection.snapshot.version),
        "rowledger.types": ", ".join(f"{column.name}: {column.type.value}" for column, _ in pairs),
    }
    return writer_process.parquet_plan(columns, longest, measured.average_bytes, notes)


async def _report_progress(blocks: ExportBlocks, watch: ExportProgress | None) -> AsyncGenerator[tuple[bytes, int]]:
    records = size = 0
    async for block, rows in blocks:
        yield block, rows
        records, size = records + rows, size + len(block)
        if watch is not None:
            watch.report(records, size)


def _hash_file(path: Path) -> tuple[int, str]:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            digest.update(piece)
        os.fsync(file.fileno())
        return file.tell(), digest.hexdigest()
