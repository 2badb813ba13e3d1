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
from interfaces.formats.json.rows import check_size
from interfaces.formats.json.shapes import check_width
from interfaces.formats.parquet.query import check_ends, connected, lines, names, relation
from interfaces.formats.parquet.rows import Accepted, accepted
from interfaces.formats.parquet.types import Written, wanted, written
from interfaces.formats.source import Block, FileColumn, KeyFault, Source, Table
from interfaces.formats.spool.key_faults import check_no_json, found_faults, number_text

__all__ = ["ParquetTable", "describe", "detect", "key_faults", "rows"]

_REJECTS = 1_000


@dataclass(frozen=True, slots=True)
class ParquetTable(Table):
    """`written` says how values are written as JSON, column by column; the text of those in `parsed` is JSON."""

    written: tuple[Written, ...]
    parsed: frozenset[int]
    count: int


def detect(head: bytes) -> bool:
    """Whether a file with these first bytes is Parquet."""
    return head[:4] in (b"PAR1", b"PARE")


def describe(source: Source, *, exhaustive: bool = False) -> ParquetTable:
    """The columns and their types, `exhaustive` or not. Raises Invalid, TooLarge or UnsupportedFormat."""
    check_ends(source.path)
    with connected(source) as connection:
        as_named = names(connection, source.path)
        check_width(len(as_named), source.limits.columns)
        found = connection.sql(f"from {relation(source.path)}")
        unique = unique_names(as_named)
        bytes_only = _no_text(connection, source, [at for at, kind in enumerate(found.types) if kind.id == "blob"])
        count = (connection.execute(f"select count(*) from {relation(source.path)}").fetchone() or (0,))[0]  # noqa: S608
        parsed = frozenset(at for at, kind in enumerate(found.types) if str(kind) == "JSON")
        ways = [written(kind, f"c{at}", base64=at in bytes_only) for at, kind in enumerate(found.types)]
    for at, name in enumerate(unique):
        if want := source.options.columns.get(name):
            ways[at] = wanted(ways[at], want.type)
            parsed -= {at}
    columns = tuple(
        FileColumn(name, ColumnType.JSON if at in parsed else way.type)
        for at, (name, way) in enumerate(zip(unique, ways, strict=True))
    )
    notes = [f"Column {unique[at]!r} has bytes that are no text; they are written in base64." for at in bytes_only]
    if tuple(as_named) != unique:
        notes.append("Some names were trimmed, empty or alike and were changed.")
    return ParquetTable(columns, tuple(notes), {"format": "parquet"}, tuple(ways), parsed, count)


def key_faults(source: Source, table: ParquetTable, key: Sequence[str]) -> Mapping[int, KeyFault]:
    """Faults by the number of the well-formed row; of rows with one key the first is kept. Raises Invalid."""
    columns = [(at, column) for at, column in enumerate(table.columns) if column.name in key]
    if not columns:
        return {}
    check_no_json(columns)
    parts = ", ".join(f"{_compared(table.written[at])} as k{at}" for at, _ in columns)
    renamed = ", ".join(f"c{at}" for at in range(len(table.columns)))
    marks = " or ".join(
        f"contains({way.json}, chr(1))" for way in table.written if way.check or way.type is ColumnType.JSON
    )
    query = (
        f"(select {parts} from {relation(source.path)} as t({renamed}) where not coalesce({marks or 'false'}, false))"  # noqa: S608
    )
    with connected(source) as connection:
        return found_faults(connection, query, columns, source.limits.rejects)


def rows(source: Source, table: ParquetTable, *, excluded: Mapping[int, KeyFault] | None = None) -> Iterator[Block]:
    """All rows but the excluded ones, with the rejects among them. Raises Invalid or TooLarge."""
    state = Accepted(table.columns, table.parsed, source.limits, excluded or {})
    size, emitted = source.path.stat().st_size, 0
    for data, count in _blocks(source, table):
        emitted += len(data)
        check_size(emitted, source)
        kept, kept_count, rejects, runs = accepted(state, data, count)
        read = size * state.row // max(table.count, 1)
        for start in range(_REJECTS, len(rejects), _REJECTS):
            yield Block(b"", 0, read, tuple(rejects[start : start + _REJECTS]))
        yield Block(kept, kept_count, read, tuple(rejects[:_REJECTS]), tuple(runs))


def _blocks(source: Source, table: ParquetTable) -> Iterator[tuple[bytes, int]]:
    query = lines([way.json for way in table.written], source.path)
    with connected(source) as connection:
        yield from line_blocks(connection, query, counted=True)


def _no_text(connection: duckdb.DuckDBPyConnection, source: Source, columns: Sequence[int]) -> list[int]:
    """Which of these columns of bytes have some that are no UTF-8."""
    if not columns:
        return []
    renamed = ", ".join(f"c{at}" for at in range(max(columns) + 1))
    checks = ", ".join(
        f"coalesce(bool_or(c{at} is not null and try(decode(c{at})) is null), false)" for at in columns
    )
    found = connection.execute(f"select {checks} from {relation(source.path)} as t({renamed})").fetchone() or ()  # noqa: S608
    return [at for at, is_bytes in zip(columns, found, strict=True) if is_bytes]


def _compared(way: Written) -> str:
    return number_text(f"({way.text})") if way.type is ColumnType.DECIMAL else way.text
