"""Stream a dataset as text, as of a version. PostgreSQL builds the text, so memory use does not grow with its size.

Each stream yields pairs of some kilobytes of text and the number of records in them.

CSV is RFC 4180 with `\\n` line ends. A null is an empty cell and an empty string is `""`, so that importing an export
gives the same records again. If a CSV file has a single column with nulls, each line ends with a delimiter: a null
would otherwise be a blank line, which readers skip.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection
from psycopg.sql import SQL, Composable, Literal

from domain.columns import Column, ColumnType
from domain.export_marks import NO_MARKS, ExportMarks, find_quoted_names
from domain.formula_guard import FORMULA_SIGNS, guard_formula, guarded_pattern
from projections.query.compiled import CompiledQuery
from projections.query.snapshots import Snapshot
from projections.sql.fragments import NO_CONDITION
from projections.sql.ordering import order_by_sql
from projections.sql.row_csv import quote_cell
from projections.sql.row_json import concat_sql, values_json

_COPY = SQL("COPY (SELECT {cells} FROM {table} WHERE {condition} ORDER BY {order}) TO STDOUT (FORMAT csv, {options})")
"""Streams the selected cells of the matching records in the order of the sort."""

_CONDITION = SQL("version <= %s AND until > %s AND {where}")
"""The rows that are valid at the version and match the query."""

_HAS_NULL = SQL("SELECT EXISTS (SELECT FROM {table} WHERE {condition} AND {cell} IS NULL)")

_COUNT = SQL("SELECT count(*) FROM {table} WHERE {condition}")

_RAW_LINES = SQL("QUOTE e'\\x01', DELIMITER e'\\x02'")
"""JSON contains no raw control characters, so PostgreSQL never quotes a line."""

BLOCK_BYTES = 65_536

MAX_COLUMNS = 1_600
"""PostgreSQL selects at most 1,664 columns; the lines of wider tables are built in Python."""

BYTE_ORDER_MARK = b"\xef\xbb\xbf"

ExportBlock = tuple[bytes, int]
ExportBlocks = AsyncGenerator[ExportBlock]


@dataclass(frozen=True, slots=True)
class ExportSelection:
    """What an export contains: the records that match the query, in its order, with these columns."""

    snapshot: Snapshot
    query: CompiledQuery
    columns: tuple[Column, ...]

    @property
    def condition(self) -> Composable:
        """The SQL condition for the exported records; `params` are its parameters."""
        return _CONDITION.format(where=self.query.where.text)

    @property
    def params(self) -> list[object]:
        return [self.snapshot.version, self.snapshot.version, *self.query.where.params]


@dataclass(frozen=True, slots=True)
class CsvStyle:
    """How CSV is written. `null` is the text for null, without quotes. `marks` say what is special about texts."""

    delimiter: str = ","
    bom: bool = False
    marks: ExportMarks = NO_MARKS
    null: str = ""


async def stream_csv(connection: "AsyncConnection[Any]", selection: ExportSelection, style: CsvStyle) -> ExportBlocks:
    """The header and the records, of at most MAX_COLUMNS columns."""
    cells: list[Composable] = [_csv_cell_sql(column, style) for column in selection.columns]
    single, ends_with_delimiter = len(cells) == 1, False
    if single and not style.null:
        ends_with_delimiter = await has_null(connection, selection)
        cells += [SQL("NULL")] * ends_with_delimiter
    yield csv_header(selection.columns, style, ends_with_delimiter), 0
    parts: list[Composable] = [
        SQL("DELIMITER {}").format(Literal(style.delimiter)),
        SQL("NULL {}").format(Literal(style.null)),
    ]
    if single and style.null:
        parts.append(SQL("FORCE_QUOTE *"))  # or an empty string would be a blank line
    async with aclosing(_stream_copy(connection, selection, SQL(", ").join(cells), SQL(", ").join(parts))) as blocks:
        async for block in blocks:
            yield block


async def stream_ndjson(connection: "AsyncConnection[Any]", selection: ExportSelection) -> ExportBlocks:
    """One JSON object per line, with the column names as keys."""
    cells = values_json(selection.columns)
    async with aclosing(_stream_copy(connection, selection, cells, _RAW_LINES)) as blocks:
        async for block in blocks:
            yield block


async def stream_json(connection: "AsyncConnection[Any]", selection: ExportSelection) -> ExportBlocks:
    """A JSON array of objects, one per line."""
    cells = SQL("concat(',', {})").format(values_json(selection.columns))
    first = True
    async with aclosing(_stream_copy(connection, selection, cells, _RAW_LINES)) as blocks:
        async for lines, rows in blocks:
            yield (b"[\n" + lines[1:] if first else lines), rows
            first = False
    yield (b"[]\n" if first else b"]\n"), 0


async def stream_texts(connection: "AsyncConnection[Any]", selection: ExportSelection) -> ExportBlocks:
    """One JSON array per line: the record's id, then each value as text or null; a `json` column gives its JSON."""
    parts: list[Composable] = [SQL("""concat('["', id, '"')""")]
    for column in selection.columns:
        parts += [SQL("','"), SQL("coalesce(to_json({})::text, 'null')").format(text_cell_sql(column))]
    cells = concat_sql([*parts, SQL("']'")])
    async with aclosing(_stream_copy(connection, selection, cells, _RAW_LINES)) as blocks:
        async for block in blocks:
            yield block


async def count_records(connection: "AsyncConnection[Any]", selection: ExportSelection) -> int:
    """The number of exported records."""
    if selection.query.where == NO_CONDITION:
        return selection.snapshot.records
    statement = _COUNT.format(table=selection.snapshot.table.identifier, condition=selection.condition)
    row = await (await connection.execute(statement, selection.params)).fetchone()
    return int(row[0]) if row else 0


async def has_null(connection: "AsyncConnection[Any]", selection: ExportSelection) -> bool:
    """Whether the first column contains a null."""
    cell = text_cell_sql(selection.columns[0])
    statement = _HAS_NULL.format(table=selection.snapshot.table.identifier, condition=selection.condition, cell=cell)
    row = await (await connection.execute(statement, selection.params)).fetchone()
    return bool(row and row[0])


def csv_header(columns: Sequence[Column], style: CsvStyle, ends_with_delimiter: bool = False) -> bytes:
    names = [guard_formula(column.name) if style.marks.guarded else column.name for column in columns]
    cells = [quote_cell(name, style.delimiter) for name in names]
    plain = [at for at, name in enumerate(names) if cells[at] == name]
    for at in find_quoted_names(style.marks, len(plain)):
        cells[plain[at]] = f'"{cells[plain[at]]}"'
    line = style.delimiter.join([*cells, *[""] * ends_with_delimiter])
    return (BYTE_ORDER_MARK if style.bom else b"") + line.encode() + b"\n"


def text_cell_sql(column: Column) -> Composable:
    """A value as text, or SQL null. A `json` column gives its JSON, so that `"1"` and 1 stay different."""
    if column.type is ColumnType.JSON:
        return SQL("nullif((values->{})::text, 'null')").format(Literal(column.position))
    return SQL("(values->>{})").format(Literal(column.position))


async def _stream_copy(
    connection: "AsyncConnection[Any]", selection: ExportSelection, cells: Composable, options: Composable
) -> ExportBlocks:
    order = order_by_sql(selection.query.sort_keys)
    statement = _COPY.format(
        cells=cells,
        table=selection.snapshot.table.identifier,
        condition=selection.condition,
        order=order.text,
        options=options,
    )
    buffer, rows = bytearray(), 0
    async with connection.cursor().copy(statement, [*selection.params, *order.params]) as copy:
        async for line in copy:
            buffer += line
            rows += 1
            if len(buffer) >= BLOCK_BYTES:
                yield bytes(buffer), rows
                buffer.clear()
                rows = 0
    if rows:
        yield bytes(buffer), rows


def _csv_cell_sql(column: Column, style: CsvStyle) -> Composable:
    text = text_cell_sql(column)
    if not (style.marks.guarded and column.type is ColumnType.STRING):
        return text
    template = "CASE WHEN left({0}, 1) = ANY ({1}) AND {0} ~ {2} THEN '''' || {0} ELSE {0} END"
    return SQL(template).format(text, Literal([*FORMULA_SIGNS, "'"]), Literal(f"^{guarded_pattern()}"))
