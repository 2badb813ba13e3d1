"""A dataset as text, as of a version: put together and streamed by PostgreSQL itself, so memory stays the same at any
size. What comes out is (bytes, records in them) pairs, some kilobytes each.

CSV is RFC 4180 with `\\n` line ends. A null is an empty cell, an empty string is `""`, so that importing an export
gives the same records again. A single column with nulls among its values ends each line with a delimiter, since a
null would otherwise be a blank line, which is no record.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection
from psycopg.sql import SQL, Composable, Literal

from domain.columns import Column, ColumnType
from projections.query.compiled import CompiledQuery
from projections.query.snapshots import Snapshot
from projections.sql.fragments import NO_CONDITION
from projections.sql.ordering import order_by_sql
from projections.sql.row_csv import quote_cell
from projections.sql.row_json import concat_sql, values_json

_COPY = SQL("COPY (SELECT {cells} FROM {table} WHERE {kept} ORDER BY {order}) TO STDOUT (FORMAT csv, {form})")

_KEPT = SQL("version <= %s AND until > %s AND {where}")

_HAS_NULL = SQL("SELECT EXISTS (SELECT FROM {table} WHERE {kept} AND {cell} IS NULL)")

_COUNT = SQL("SELECT count(*) FROM {table} WHERE {kept}")

_RAW_LINES = SQL("QUOTE e'\\x01', DELIMITER e'\\x02'")
"""JSON holds no raw control characters, so nothing is ever quoted."""

BLOCK_BYTES = 65_536

MAX_COLUMNS = 1_600
"""PostgreSQL selects at most 1,664 columns; the lines of wider tables are put together elsewhere."""

FORMULA_SIGNS = "=+-@\t\r"
"""What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection)."""

BYTE_ORDER_MARK = b"\xef\xbb\xbf"

ExportBlock = tuple[bytes, int]
ExportBlocks = AsyncGenerator[ExportBlock]


@dataclass(frozen=True, slots=True)
class ExportSelection:
    """What leaves: of a dataset at a version the records that the question keeps, in its order, and these columns."""

    snapshot: Snapshot
    question: CompiledQuery
    columns: tuple[Column, ...]

    @property
    def kept(self) -> Composable:
        """The condition for the records; `params` are its parameters."""
        return _KEPT.format(where=self.question.where.text)

    @property
    def params(self) -> list[object]:
        return [self.snapshot.version, self.snapshot.version, *self.question.where.params]


@dataclass(frozen=True, slots=True)
class CsvStyle:
    """How CSV is written. `null`: what stands for null, unquoted; `guarded`: an apostrophe before formulas."""

    delimiter: str = ","
    bom: bool = False
    guarded: bool = False
    null: str = ""


async def stream_csv(connection: "AsyncConnection[Any]", selection: ExportSelection, form: CsvStyle) -> ExportBlocks:
    """The header and the records, of at most MOST_CELLS columns."""
    cells: list[Composable] = [_csv_cell_sql(column, form) for column in selection.columns]
    alone, ends = len(cells) == 1, False
    if alone and not form.null:
        ends = await has_null(connection, selection)
        cells += [SQL("NULL")] * ends
    yield csv_header(selection.columns, form, ends), 0
    parts: list[Composable] = [
        SQL("DELIMITER {}").format(Literal(form.delimiter)),
        SQL("NULL {}").format(Literal(form.null)),
    ]
    if alone and form.null:
        parts.append(SQL("FORCE_QUOTE *"))  # or an empty string would be a blank line
    async with aclosing(_stream_copy(connection, selection, SQL(", ").join(cells), SQL(", ").join(parts))) as blocks:
        async for block in blocks:
            yield block


async def stream_ndjson(connection: "AsyncConnection[Any]", selection: ExportSelection) -> ExportBlocks:
    """A JSON object a line: the values by the names of their columns."""
    cells = values_json(selection.columns)
    async with aclosing(_stream_copy(connection, selection, cells, _RAW_LINES)) as blocks:
        async for block in blocks:
            yield block


async def stream_json(connection: "AsyncConnection[Any]", selection: ExportSelection) -> ExportBlocks:
    """An array of such objects, one a line."""
    cells = SQL("concat(',', {})").format(values_json(selection.columns))
    first = True
    async with aclosing(_stream_copy(connection, selection, cells, _RAW_LINES)) as blocks:
        async for lines, rows in blocks:
            yield (b"[\n" + lines[1:] if first else lines), rows
            first = False
    yield (b"[]\n" if first else b"]\n"), 0


async def stream_texts(connection: "AsyncConnection[Any]", selection: ExportSelection) -> ExportBlocks:
    """A JSON array a line: the record's id, then each value as text or null; of a `json` column its JSON."""
    parts: list[Composable] = [SQL("""concat('["', id, '"')""")]
    for column in selection.columns:
        parts += [SQL("','"), SQL("coalesce(to_json({})::text, 'null')").format(text_cell_sql(column))]
    cells = concat_sql([*parts, SQL("']'")])
    async with aclosing(_stream_copy(connection, selection, cells, _RAW_LINES)) as blocks:
        async for block in blocks:
            yield block


async def count_records(connection: "AsyncConnection[Any]", selection: ExportSelection) -> int:
    """How many records there are."""
    if selection.question.where == NO_CONDITION:
        return selection.snapshot.records
    query = _COUNT.format(table=selection.snapshot.table.identifier, kept=selection.kept)
    row = await (await connection.execute(query, selection.params)).fetchone()
    return int(row[0]) if row else 0


async def has_null(connection: "AsyncConnection[Any]", selection: ExportSelection) -> bool:
    """Whether the first column has a null."""
    cell = text_cell_sql(selection.columns[0])
    query = _HAS_NULL.format(table=selection.snapshot.table.identifier, kept=selection.kept, cell=cell)
    row = await (await connection.execute(query, selection.params)).fetchone()
    return bool(row and row[0])


def csv_header(columns: Sequence[Column], form: CsvStyle, ends: bool = False) -> bytes:
    names = [escape_formula(column.name) if form.guarded else column.name for column in columns]
    line = form.delimiter.join(quote_cell(name, form.delimiter) for name in [*names, *[""] * ends])
    return (BYTE_ORDER_MARK if form.bom else b"") + line.encode() + b"\n"


def escape_formula(text: str) -> str:
    """Text with an apostrophe before what a spreadsheet would take for a formula."""
    return f"'{text}" if text.startswith(tuple(FORMULA_SIGNS)) else text


def text_cell_sql(column: Column) -> Composable:
    """A value as its text; of a `json` column its JSON, since `"1"` is not 1. SQL null for null."""
    if column.type is ColumnType.JSON:
        return SQL("nullif((values->{})::text, 'null')").format(Literal(column.position))
    return SQL("(values->>{})").format(Literal(column.position))


async def _stream_copy(
    connection: "AsyncConnection[Any]", selection: ExportSelection, cells: Composable, form: Composable
) -> ExportBlocks:
    query = _COPY.format(
        cells=cells,
        table=selection.snapshot.table.identifier,
        kept=selection.kept,
        order=order_by_sql(selection.question.keys),
        form=form,
    )
    gathered, rows = bytearray(), 0
    async with connection.cursor().copy(query, selection.params) as copy:
        async for line in copy:
            gathered += line
            rows += 1
            if len(gathered) >= BLOCK_BYTES:
                yield bytes(gathered), rows
                gathered.clear()
                rows = 0
    if rows:
        yield bytes(gathered), rows


def _csv_cell_sql(column: Column, form: CsvStyle) -> Composable:
    text = text_cell_sql(column)
    if not (form.guarded and column.type is ColumnType.STRING):
        return text
    template = "CASE WHEN left({0}, 1) = ANY ({1}) THEN '''' || {0} ELSE {0} END"
    return SQL(template).format(text, Literal(list(FORMULA_SIGNS)))
