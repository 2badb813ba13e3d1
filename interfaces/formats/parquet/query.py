"""Builds the DuckDB queries that read a Parquet file, and turns DuckDB's errors into refusals."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from glob import escape
from pathlib import Path

import duckdb

from domain.errors import Invalid, Refusal, TooLarge, UnsupportedFormat
from interfaces.formats.cell_lists import WIDE_COLUMNS, column_list_sql, each_cell_sql, in_column_order_sql
from interfaces.formats.duckdb_lines import connect_duckdb
from interfaces.formats.parquet.types import MACROS, JsonExpression
from interfaces.formats.source import InputFile
from interfaces.formats.sql_literal import quote_literal

MEMORY_MEGABYTES = 512

_MAGIC = b"PAR1"
_ENCRYPTED = b"PARE"
_PADDING = 128
_MAX_PRECISION = 38


@contextmanager
def open_connection(source: InputFile) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the macros of `parquet.types`.

    Raises Invalid or UnsupportedFormat if the file cannot be read, TooLarge if it needs too much memory.
    """
    with connect_duckdb(MEMORY_MEGABYTES, source.scratch) as connection:
        connection.sql("set TimeZone = 'UTC'")
        connection.execute(MACROS)
        try:
            yield connection
        except duckdb.OutOfMemoryException:
            needs = f"The Parquet file needs more than {MEMORY_MEGABYTES} MB of memory to be read"
            detail = f"{needs}: its row groups are too large."
            raise TooLarge("unpacked-too-large", detail) from None
        except duckdb.Error as error:
            raise _unreadable_error(source, error) from None


def check_magic_bytes(path: Path) -> None:
    """Check the magic bytes at both ends. Raises Invalid for a truncated file, UnsupportedFormat if encrypted."""
    with path.open("rb") as file:
        first = file.read(4)
        file.seek(max(0, path.stat().st_size - 4))
        last = file.read()
    if _ENCRYPTED in (first, last):
        raise UnsupportedFormat("encrypted-file", "The Parquet file is encrypted; send it without encryption.")
    if first == _MAGIC != last:
        raise Invalid("truncated-file", "The Parquet file ends too early: its footer is missing. Send it again.")


def read_names(connection: duckdb.DuckDBPyConnection, path: Path) -> list[str]:
    """The names of the columns in the file. (DuckDB itself renames those that differ only in case.)"""
    query = f"select name, num_children from parquet_schema({quote_literal(escape(str(path)))})"  # noqa: S608
    elements = iter(connection.execute(query).fetchall())
    _, columns = next(elements)
    found: list[str] = []
    for _ in range(columns or 0):
        name, children = next(elements)
        found.append(name)
        _skip_children(elements, children or 0)
    return found


def check_decimals(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Raise Invalid `unsupported-type` for decimals with so many digits that DuckDB would read them as floats."""
    query = f"""
        select name, precision, scale from parquet_schema({quote_literal(escape(str(path)))})
        where precision > {_MAX_PRECISION} limit 1
    """  # noqa: S608
    if found := connection.execute(query).fetchone():
        name, precision, scale = found
        detail = (
            f"Column {name!r} is decimal({precision}, {scale}), but at most {_MAX_PRECISION} digits are read exactly:"
            f" write it as decimal({_MAX_PRECISION}, …) or as text."
        )
        raise Invalid("unsupported-type", detail)


def metadata_sql(path: Path, key: str) -> str:
    """The query for the text that the file has under a key of its metadata."""
    source = f"parquet_kv_metadata({quote_literal(escape(str(path)))})"
    return f"select decode(value) from {source} where decode(key) = {quote_literal(key)}"  # noqa: S608


def relation_sql(path: Path) -> str:
    """The SQL of the file as a relation."""
    return f"read_parquet({quote_literal(escape(str(path)))}, hive_partitioning = false, binary_as_string = false)"


def lines_sql(values: Sequence[JsonExpression], types: Sequence[str], path: Path) -> str:
    """The query for the rows, each a JSON array with a newline at its end; `values` are the expressions of CELL for
    the columns, which have these types.

    DuckDB returns 131,072 rows at a time, regardless of their size. A null row after every 128 bytes limits the
    number of long rows at a time.
    """
    columns = range(len(values))
    cells = joined_cells_sql(values, types, columns)
    renamed = ", ".join(f"c{at}" for at in columns)
    line = f"select concat('[', {cells}, ']\n') as line from {relation_sql(path)} as t({renamed})"  # noqa: S608
    return f"select unnest(list_resize([line], 1 + strlen(line) // {_PADDING})) from ({line})"  # noqa: S608


def joined_cells_sql(values: Sequence[JsonExpression], types: Sequence[str], columns: Sequence[int]) -> str:
    """The SQL of the JSON of the values of some of these columns with commas between them, to be concatenated.

    The values of many columns are lists of those that have one type and one expression.
    """
    if len(columns) < WIDE_COLUMNS:
        return ", ',', ".join(f"coalesce({values[at].of(f'c{at}').json}, 'null')" for at in columns)
    groups: dict[tuple[JsonExpression, str], list[int]] = {}
    for at in columns:
        groups.setdefault((values[at], types[at]), []).append(at)
    lists = [
        each_cell_sql(column_list_sql(group), f"coalesce({value.of('cell').json}, 'null')")
        for (value, _), group in groups.items()
    ]
    return f"array_to_string({in_column_order_sql(lists, list(groups.values()))}, ',')"


def _skip_children(elements: Iterator[tuple[str, int | None]], count: int) -> None:
    """Skip `count` elements of the schema together with their descendants."""
    while count:
        _, children = next(elements)
        count += (children or 0) - 1


def _unreadable_error(source: InputFile, error: duckdb.Error) -> Refusal:
    reason = str(error).partition("\n")[0].replace(str(source.path), source.filename)[:300]
    if "encrypt" in reason.lower():
        return UnsupportedFormat("encrypted-file", f"The Parquet file is encrypted: {reason}")
    return Invalid("invalid-parquet", f"The Parquet file cannot be read: {reason}")
