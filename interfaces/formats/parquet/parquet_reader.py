"""Reads Parquet files with DuckDB, which writes each row as JSON; Python processes only faulty rows.

Types are those of the file; text stays text. The line of a row is its number, from 1. A row with a value that has no
JSON form or does not fit a declared type is a reject (`type-error`).
"""

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass

import duckdb
from duckdb.sqltypes import DuckDBPyType

from domain.columns import ColumnType
from domain.schema import unique_names
from interfaces.formats.duckdb_lines import line_blocks
from interfaces.formats.json.rows import check_unpacked_size
from interfaces.formats.json.shapes import check_column_count
from interfaces.formats.parquet.durations import duration_expression, find_durations
from interfaces.formats.parquet.query import (
    check_decimals,
    check_magic_bytes,
    joined_cells_sql,
    lines_sql,
    open_connection,
    read_names,
    relation_sql,
)
from interfaces.formats.parquet.rows import ParquetReadState, accept_rows
from interfaces.formats.parquet.types import (
    CELL,
    JsonExpression,
    contains_type,
    convert_expression,
    count_not_finite,
    json_expression,
)
from interfaces.formats.source import InputFile, KeyFault, ParsedBlock, ParsedColumn, ParsedTable
from interfaces.formats.spool.key_faults import check_no_json, plain_number_sql, query_key_faults

__all__ = ["ParquetTable", "describe", "detect", "key_faults", "rows"]

_REJECTS_PER_BLOCK = 1_000
_MEASURES_PER_QUERY = 500
"""DuckDB's time for one query grows with the square of its aggregates."""


@dataclass(frozen=True, slots=True)
class ParquetTable(ParsedTable):
    """A described file of `count` rows.

    `expressions` are the SQL of each column's JSON, `types` the columns' types in the file. The text in the columns
    `json_texts` is JSON itself.
    """

    expressions: tuple[JsonExpression, ...]
    types: tuple[str, ...]
    json_texts: frozenset[int]
    count: int


def detect(head: bytes) -> bool:
    """Whether a file with these first bytes is Parquet."""
    return head[:4] in (b"PAR1", b"PARE")


def describe(source: InputFile, *, exhaustive: bool = False) -> ParquetTable:
    """The columns with their types; `exhaustive` makes no difference.

    Raises Invalid, TooLarge or UnsupportedFormat.
    """
    check_magic_bytes(source.path)
    with open_connection(source) as connection:
        check_decimals(connection, source.path)
        file_names = read_names(connection, source.path)
        check_column_count(len(file_names), source.limits.columns)
        kinds = connection.sql(f"from {relation_sql(source.path)}").types
        column_names = unique_names(file_names)
        types = tuple(map(str, kinds))
        binary_columns, not_finite = _measure_columns(connection, source, kinds)
        nested_bytes = [at for at, kind in enumerate(kinds) if kind.id != "blob" and contains_type(kind, "blob")]
        count = (connection.execute(f"select count(*) from {relation_sql(source.path)}").fetchone() or (0,))[0]  # noqa: S608
        json_texts = frozenset(at for at, type in enumerate(types) if type == "JSON")
        durations = find_durations(connection, source.path)
        expressions = [json_expression(kind, CELL, base64=at in binary_columns) for at, kind in enumerate(kinds)]
    for at, name in enumerate(column_names):
        declared = source.options.columns.get(name)
        if at in durations.digits and (declared is None or not declared.type.is_number):
            expressions[at] = duration_expression(CELL, durations.digits[at])
        if declared and not (at in json_texts and declared.type is ColumnType.JSON):
            expressions[at] = convert_expression(expressions[at], declared.type)
            json_texts -= {at}
    columns = tuple(
        ParsedColumn(name, ColumnType.JSON if at in json_texts else expression.type)
        for at, (name, expression) in enumerate(zip(column_names, expressions, strict=True))
    )
    notes = [
        f"Column {column_names[at]!r} has bytes that are not text; they are encoded in base64."
        for at in binary_columns
    ]
    notes += [
        f"Column {column_names[at]!r} has bytes inside lists or structures; they are encoded in base64."
        for at in nested_bytes
    ]
    notes += [
        f"Column {column_names[at]!r} has durations inside lists or structures; they are numbers of their unit."
        for at in durations.nested
    ]
    notes += [
        f"Column {column_names[at]!r} has {number:,} value{'s' if number > 1 else ''} that JSON cannot represent"
        " (NaN or infinity); null is stored instead."
        for at, number in not_finite.items()
    ]
    if tuple(file_names) != column_names:
        notes.append("Some column names were empty, repeated or had surrounding blanks, and were changed.")
    return ParquetTable(columns, tuple(notes), {"format": "parquet"}, tuple(expressions), types, json_texts, count)


def key_faults(source: InputFile, table: ParquetTable, key: Sequence[str]) -> Mapping[int, KeyFault]:
    """Rows with a missing or repeated key, by number among the well-formed rows; the first row of a key has no fault.

    Raises Invalid if there are too many, or for a key of JSON.
    """
    columns = [(at, column) for at, column in enumerate(table.columns) if column.name in key]
    if not columns:
        return {}
    check_no_json(columns)
    parts = ", ".join(f"{_key_sql(table.expressions[at].of(f'c{at}'))} as k{at}" for at, _ in columns)
    renamed = ", ".join(f"c{at}" for at in range(len(table.columns)))
    marked = [
        at
        for at, expression in enumerate(table.expressions)
        if expression.check or expression.type is ColumnType.JSON
    ]
    marks = joined_cells_sql(table.expressions, table.types, marked)
    is_marked = f"contains(concat({marks}), chr(1))" if marked else "false"
    query = f"(select {parts} from {relation_sql(source.path)} as t({renamed}) where not {is_marked})"  # noqa: S608
    with open_connection(source) as connection:
        return query_key_faults(connection, query, columns, source.limits.rejects)


def rows(
    source: InputFile, table: ParquetTable, *, excluded: Mapping[int, KeyFault] | None = None
) -> Generator[ParsedBlock]:
    """Yield all rows except the excluded ones, with the rejects in between. Raises Invalid or TooLarge."""
    state = ParquetReadState(table.columns, table.json_texts, source.limits, excluded or {})
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
    query = lines_sql(table.expressions, table.types, source.path)
    with open_connection(source) as connection:
        yield from line_blocks(connection, query, counted=True)


def _measure_columns(
    connection: duckdb.DuckDBPyConnection, source: InputFile, types: Sequence[DuckDBPyType]
) -> tuple[list[int], Mapping[int, int]]:
    """The binary columns that have values which are not UTF-8 or have a NUL, and the number of NaN and infinities in
    each column that has any. One scan finds both for many columns."""
    binary = [at for at, kind in enumerate(types) if kind.id == "blob"]
    floats = [at for at, kind in enumerate(types) if contains_type(kind, "float", "double")]
    if not (binary or floats):
        return [], {}
    renamed = ", ".join(f"c{at}" for at in range(max((*binary, *floats)) + 1))
    measures = [
        *(f"coalesce(bool_or(c{at} is not null and {_is_no_text_sql(f'c{at}')}), false)" for at in binary),
        *(f"sum({count_not_finite(types[at], f'c{at}')})::bigint" for at in floats),
    ]
    answers: list[int] = []
    for start in range(0, len(measures), _MEASURES_PER_QUERY):
        batch = ", ".join(measures[start : start + _MEASURES_PER_QUERY])
        query = f"select {batch} from {relation_sql(source.path)} as t({renamed})"  # noqa: S608
        answers += connection.execute(query).fetchone() or ()
    found = dict(zip((*binary, *floats), answers, strict=True))
    return [at for at in binary if found[at]], {at: found[at] for at in floats if found[at]}


def _is_no_text_sql(value: str) -> str:
    return f"not coalesce(has_no_nul(try(decode({value}))), false)"


def _key_sql(expression: JsonExpression) -> str:
    return plain_number_sql(f"({expression.text})") if expression.type is ColumnType.DECIMAL else expression.text
