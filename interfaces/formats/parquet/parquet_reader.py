"""Parquet files: DuckDB writes each row as JSON, and Python touches only those with something wrong.

Types are the file's own; text stays text. A row's line is its number, from 1. A value that has no JSON form, or
does not fit a type said beforehand, makes its row a reject (`type-error`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import duckdb

from domain.columns import ColumnType
from domain.schema import unique_names
from interfaces.formats.duckdb_lines import line_blocks
from interfaces.formats.json.rows import check_unpacked_size
from interfaces.formats.json.shapes import check_column_count
from interfaces.formats.parquet.query import (
    check_magic_bytes,
    lines_sql,
    open_connection,
    read_names,
    relation_sql,
)
from interfaces.formats.parquet.rows import ParquetReadState, accept_rows
from interfaces.formats.parquet.types import JsonExpression, convert_expression, json_expression
from interfaces.formats.source import InputFile, KeyFault, ParsedBlock, ParsedColumn, ParsedTable
from interfaces.formats.spool.key_faults import check_no_json, plain_number_sql, query_key_faults

__all__ = ["ParquetTable", "describe", "detect", "key_faults", "rows"]

_REJECTS_PER_BLOCK = 1_000


@dataclass(frozen=True, slots=True)
class ParquetTable(ParsedTable):
    """`written` says how values are written as JSON, column by column; the text of those in `parsed` is JSON."""

    written: tuple[JsonExpression, ...]
    parsed: frozenset[int]
    count: int


def detect(head: bytes) -> bool:
    """Whether a file with these first bytes is Parquet."""
    return head[:4] in (b"PAR1", b"PARE")


def describe(source: InputFile, *, exhaustive: bool = False) -> ParquetTable:
    """The columns and their types, `exhaustive` or not. Raises Invalid, TooLarge or UnsupportedFormat."""
    check_magic_bytes(source.path)
    with open_connection(source) as connection:
        as_named = read_names(connection, source.path)
        check_column_count(len(as_named), source.limits.columns)
        found = connection.sql(f"from {relation_sql(source.path)}")
        unique = unique_names(as_named)
        bytes_only = _find_binary_columns(
            connection, source, [at for at, kind in enumerate(found.types) if kind.id == "blob"]
        )
        count = (connection.execute(f"select count(*) from {relation_sql(source.path)}").fetchone() or (0,))[0]  # noqa: S608
        parsed = frozenset(at for at, kind in enumerate(found.types) if str(kind) == "JSON")
        ways = [json_expression(kind, f"c{at}", base64=at in bytes_only) for at, kind in enumerate(found.types)]
    for at, name in enumerate(unique):
        if want := source.options.columns.get(name):
            ways[at] = convert_expression(ways[at], want.type)
            parsed -= {at}
    columns = tuple(
        ParsedColumn(name, ColumnType.JSON if at in parsed else way.type)
        for at, (name, way) in enumerate(zip(unique, ways, strict=True))
    )
    notes = [f"Column {unique[at]!r} has bytes that are no text; they are written in base64." for at in bytes_only]
    if tuple(as_named) != unique:
        notes.append("Some names were trimmed, empty or alike and were changed.")
    return ParquetTable(columns, tuple(notes), {"format": "parquet"}, tuple(ways), parsed, count)


def key_faults(source: InputFile, table: ParquetTable, key: Sequence[str]) -> Mapping[int, KeyFault]:
    """Faults by the number of the well-formed row; of rows with one key the first is kept. Raises Invalid."""
    columns = [(at, column) for at, column in enumerate(table.columns) if column.name in key]
    if not columns:
        return {}
    check_no_json(columns)
    parts = ", ".join(f"{_key_sql(table.written[at])} as k{at}" for at, _ in columns)
    renamed = ", ".join(f"c{at}" for at in range(len(table.columns)))
    marks = " or ".join(
        f"contains({way.json}, chr(1))" for way in table.written if way.check or way.type is ColumnType.JSON
    )
    relation = relation_sql(source.path)
    query = f"(select {parts} from {relation} as t({renamed}) where not coalesce({marks or 'false'}, false))"  # noqa: S608
    with open_connection(source) as connection:
        return query_key_faults(connection, query, columns, source.limits.rejects)


def rows(
    source: InputFile, table: ParquetTable, *, excluded: Mapping[int, KeyFault] | None = None
) -> Iterator[ParsedBlock]:
    """All rows but the excluded ones, with the rejects among them. Raises Invalid or TooLarge."""
    state = ParquetReadState(table.columns, table.parsed, source.limits, excluded or {})
    size, emitted = source.path.stat().st_size, 0
    for data, count in _read_blocks(source, table):
        emitted += len(data)
        check_unpacked_size(emitted, source)
        kept, kept_count, rejects, runs = accept_rows(state, data, count)
        read = size * state.row // max(table.count, 1)
        for start in range(_REJECTS_PER_BLOCK, len(rejects), _REJECTS_PER_BLOCK):
            yield ParsedBlock(b"", 0, read, tuple(rejects[start : start + _REJECTS_PER_BLOCK]))
        yield ParsedBlock(kept, kept_count, read, tuple(rejects[:_REJECTS_PER_BLOCK]), tuple(runs))


def _read_blocks(source: InputFile, table: ParquetTable) -> Iterator[tuple[bytes, int]]:
    query = lines_sql([way.json for way in table.written], source.path)
    with open_connection(source) as connection:
        yield from line_blocks(connection, query, counted=True)


def _find_binary_columns(
    connection: duckdb.DuckDBPyConnection, source: InputFile, columns: Sequence[int]
) -> list[int]:
    """Which of these columns of bytes have some that are no UTF-8."""
    if not columns:
        return []
    renamed = ", ".join(f"c{at}" for at in range(max(columns) + 1))
    checks = ", ".join(
        f"coalesce(bool_or(c{at} is not null and try(decode(c{at})) is null), false)" for at in columns
    )
    found = connection.execute(f"select {checks} from {relation_sql(source.path)} as t({renamed})").fetchone() or ()  # noqa: S608
    return [at for at, is_bytes in zip(columns, found, strict=True) if is_bytes]


def _key_sql(way: JsonExpression) -> str:
    return plain_number_sql(f"({way.text})") if way.type is ColumnType.DECIMAL else way.text
