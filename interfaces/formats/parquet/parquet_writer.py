"""Writes Parquet with DuckDB in bounded memory: typed columns, numbers with all digits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from domain.errors import Fault, Invalid, TooLarge
from interfaces.formats.sql_literal import quote_literal

MEMORY_MEGABYTES = 64
"""DuckDB's memory limit; more data is spilled to disk. Each column adds a share: see `_memory_megabytes`."""

_COLUMNS_PER_MEGABYTE = 4
"""DuckDB reads and writes 2,048 rows at once, so that its memory grows with the number of columns."""

MAX_ROW_BYTES = 32 << 20
"""The longest row that can be written, as text."""

_ROW_GROUP_BYTES = 16 << 20
_MIN_GROUP_ROWS, _MAX_GROUP_ROWS = 2_048, 122_880
"""The number of rows in a row group."""

_MIN_LINE_BYTES = 2 << 20


@dataclass(frozen=True, slots=True)
class TypedColumn:
    """A column's name and its DuckDB type."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class ParquetRows:
    """The file of rows to write: one line each, a JSON array of the record's id and its values as texts or nulls.

    `longest` and `average` are the bytes of a line.
    """

    path: Path
    longest: int
    average: int


def write(
    path: Path, columns: Sequence[TypedColumn], rows: ParquetRows, scratch: Path, notes: Mapping[str, str]
) -> None:
    """Write the rows to `path` in their order, and `notes` to the file's metadata.

    Raises TooLarge `row-too-large`, or Invalid `unfit-names` if two names of columns differ only in case.
    """
    import duckdb  # loaded only in the process that writes

    from interfaces.formats.duckdb_lines import connect_duckdb

    check_column_names([column.name for column in columns])
    if rows.longest > MAX_ROW_BYTES:
        raise _row_too_large_error(
            f"a record has {rows.longest:,} bytes; at most {MAX_ROW_BYTES:,} are written to Parquet"
        )
    group = min(max(_ROW_GROUP_BYTES // max(rows.average, 1), _MIN_GROUP_ROWS), _MAX_GROUP_ROWS)
    with connect_duckdb(_memory_megabytes(len(columns)), scratch) as connection:
        connection.sql("set timezone = 'UTC'")
        try:
            connection.execute(
                f"COPY ({_select_sql(columns, rows)}) TO {quote_literal(str(path))}"
                f" (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {group}, KV_METADATA {_metadata_sql(notes)})"
            )
        except duckdb.OutOfMemoryException:
            raise _row_too_large_error(
                "the records are so large that Parquet's groups of them exceed the memory"
            ) from None


def _memory_megabytes(columns: int) -> int:
    return MEMORY_MEGABYTES + columns // _COLUMNS_PER_MEGABYTE


def check_column_names(names: Sequence[str]) -> None:
    """Raise Invalid `unfit-names` if two names differ only in case, because DuckDB would rename one of them."""
    seen: dict[str, str] = {}
    for name in names:
        if (other := seen.setdefault(name.lower(), name)) is not name:
            detail = (
                f"the columns {other!r} and {name!r} differ only in case, which is not supported for Parquet;"
                " select one of them with fields, or choose another format"
            )
            raise Invalid("unfit-names", detail, (Fault("fields", "unfit-names", detail),))


def _select_sql(columns: Sequence[TypedColumn], rows: ParquetRows) -> str:
    line = max(_MIN_LINE_BYTES, rows.longest)
    source = (
        f"read_csv({quote_literal(str(rows.path))}, auto_detect = false, header = false,"
        " columns = {'line': 'VARCHAR'},"
        " delim = e'\\x02', quote = '', escape = '', nullstr = '', parallel = false,"
        f" max_line_size = {line}, buffer_size = {2 * line})"
    )
    cells = ", ".join(
        f'CAST(cells[{number}] AS {column.type}) AS "{column.name.replace(chr(34), chr(34) * 2)}"'
        for number, column in enumerate(columns, 2)
    )
    texts = f"""SELECT from_json(line, '["VARCHAR"]') AS cells FROM {source}"""  # noqa: S608
    return f"SELECT {cells} FROM ({texts})"  # noqa: S608


def _metadata_sql(notes: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{quote_literal(name)}: {quote_literal(text)}" for name, text in notes.items()) + "}"


def _row_too_large_error(what: str) -> TooLarge:
    return TooLarge("row-too-large", f"{what}. Omit columns with fields, or choose another format")
