"""A dataset in any format: streamed as it is read, or, where a file must be whole first, written and then sent."""

import hashlib
import os
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg import AsyncConnection

from application.exports.export_job import Watch, Written
from application.exports.export_options import ExportOptions, Format
from domain.columns import Column, ColumnType
from interfaces.formats.csv import csv_writer
from interfaces.formats.data_package import Described, packed
from interfaces.formats.parquet import parquet_writer
from interfaces.formats.scratch import scratch
from interfaces.formats.xlsx import xlsx_writer
from interfaces.services.exports import column_types, writer_process
from projections.query import export_measures, exports
from projections.query.exports import Blocks, CsvForm, Selection

Connection = AsyncConnection[Any]


@dataclass(frozen=True, slots=True)
class Shape:
    """What a format's files are called and what media type they have. `whole`: only a whole file can be sent."""

    suffix: str
    media_type: str
    whole: bool = False


SHAPES: Mapping[Format, Shape] = {
    Format.CSV: Shape(".csv", "text/csv; charset=utf-8"),
    Format.JSON: Shape(".json", "application/json"),
    Format.NDJSON: Shape(".ndjson", "application/x-ndjson"),
    Format.DATAPACKAGE: Shape(".zip", "application/zip"),
    Format.XLSX: Shape(".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", whole=True),
    Format.PARQUET: Shape(".parquet", "application/vnd.apache.parquet", whole=True),
}

NULLS = ("", "\\N", "NULL", "#NULL#")
"""What stands for null in a data package: the first that no string equals."""

_PIECE = 1 << 20


def filename(selection: Selection, format: Format) -> str:
    return f"{selection.snapshot.slug}-v{selection.snapshot.version}{SHAPES[format].suffix}"


def must_fit(columns: Sequence[Column], format: Format) -> None:
    """Refuse columns that the format cannot have. Raises Invalid."""
    if format is Format.XLSX:
        xlsx_writer.must_fit(len(columns))
    if format is Format.PARQUET:
        parquet_writer.must_fit([column.name for column in columns])


async def streamed(connection: Connection, selection: Selection, options: ExportOptions) -> Blocks:
    """The file in pieces as they are read, each with the records in it. Not for formats that are whole."""
    async with aclosing(await _blocks(connection, selection, options)) as blocks:
        async for block in blocks:
            yield block


@asynccontextmanager
async def whole(
    connection: Connection, selection: Selection, options: ExportOptions, below: Path, watch: Watch | None = None
) -> AsyncIterator[Path]:
    """The file, which is removed when the block ends; for formats that are whole. Raises the refusals of their
    writers. `below`: a folder for what is written on the way."""
    plan = await _plan(connection, selection, options)
    with scratch(below) as folder:
        async with aclosing(exports.texts(connection, selection)) as blocks, aclosing(_told(blocks, watch)) as rows:
            path = await writer_process.write(plan, rows, folder)
        yield path


async def write(
    connection: Connection, selection: Selection, options: ExportOptions, below: Path, path: Path, watch: Watch
) -> Written:
    """The file at `path`, on disk for good."""
    watch.expect(total := await exports.counted(connection, selection))
    if SHAPES[options.format].whole:
        async with whole(connection, selection, options, below, watch) as made:
            size, digest = _hashed(made)
            made.replace(path)
            return Written(total, size, digest)
    hashed, size, records = hashlib.sha256(), 0, 0
    with path.open("wb") as file:
        async with aclosing(streamed(connection, selection, options)) as blocks:
            async for block, rows in blocks:
                file.write(block)
                hashed.update(block)
                size, records = size + len(block), records + rows
                watch.tell(records, size)
        file.flush()
        os.fsync(file.fileno())
    return Written(records, size, hashed.hexdigest())


async def _blocks(connection: Connection, selection: Selection, options: ExportOptions) -> Blocks:
    match options.format:
        case Format.JSON:
            return exports.json(connection, selection)
        case Format.NDJSON:
            return exports.ndjson(connection, selection)
        case Format.DATAPACKAGE:
            form = CsvForm(null=await _null(connection, selection))
            return packed(exports.csv(connection, selection, form), _described(selection, form.null))
        case _:
            form = CsvForm(options.delimiter, options.bom, options.formula_guard)
            if options.original_format or len(selection.columns) > exports.MOST_CELLS:
                return _rewritten(connection, selection, form, options.original_format)
            return exports.csv(connection, selection, form)


async def _rewritten(connection: Connection, selection: Selection, form: CsvForm, original: bool) -> Blocks:
    """CSV put together here and not by PostgreSQL."""
    changes = [
        exports.guarded
        if form.guarded and column.type is ColumnType.STRING
        else csv_writer.in_format(column.format if original else None)
        for column in selection.columns
    ]
    ends = len(changes) == 1 and await exports.has_null(connection, selection)
    yield exports.csv_header(selection.columns, form, ends), 0
    async with aclosing(exports.texts(connection, selection)) as blocks:
        async for block, rows in blocks:
            yield csv_writer.lines(block, changes, form.delimiter, ends), rows


async def _null(connection: Connection, selection: Selection) -> str:
    """What stands for null. An empty cell cannot where an empty string is one, nor in a table of one column."""
    taken = await export_measures.among_texts(connection, selection, NULLS)
    candidates = NULLS[1:] if len(selection.columns) == 1 else NULLS
    return next((text for text in candidates if text not in taken), f"null-{selection.snapshot.id}")


def _described(selection: Selection, null: str) -> Described:
    snapshot, definition = selection.snapshot, selection.snapshot.definition
    names = {column.position: column.name for column in selection.columns}
    key = [names[position] for position in definition.key if position in names]
    return Described(
        name=snapshot.slug,
        title=definition.name,
        description=definition.description,
        version=snapshot.version,
        at=snapshot.updated_at,
        columns=selection.columns,
        key=key if len(key) == len(definition.key) else (),
        null=null,
    )


async def _plan(connection: Connection, selection: Selection, options: ExportOptions) -> dict[str, Any]:
    """What the writer of a whole file must know beforehand."""
    must_fit(selection.columns, options.format)
    found = await export_measures.measured(connection, selection)
    pairs = list(zip(selection.columns, found.columns, strict=True))
    if options.format is Format.XLSX:
        return writer_process.xlsx_plan([column_types.in_sheet(column, measure) for column, measure in pairs])
    columns = [column_types.in_parquet(column, measure) for column, measure in pairs]
    longest = 2 * found.longest + 16 * len(columns) + 64
    notes = {
        "rowledger.dataset": str(selection.snapshot.id),
        "rowledger.version": str(selection.snapshot.version),
        "rowledger.types": ", ".join(f"{column.name}: {column.type.value}" for column, _ in pairs),
    }
    return writer_process.parquet_plan(columns, longest, found.average, notes)


async def _told(blocks: Blocks, watch: Watch | None) -> AsyncGenerator[tuple[bytes, int]]:
    records = size = 0
    async for block, rows in blocks:
        yield block, rows
        records, size = records + rows, size + len(block)
        if watch is not None:
            watch.tell(records, size)


def _hashed(path: Path) -> tuple[int, str]:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
        os.fsync(file.fileno())
        return file.tell(), digest.hexdigest()
