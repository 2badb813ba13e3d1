"""Read the rows of a CSV file as JSON text from DuckDB, without handling single rows in Python."""

from collections.abc import Iterator

from application.imports.file_format import TypeGuessFailed
from interfaces.formats.cell_lists import WIDE_COLUMNS
from interfaces.formats.csv.query import TYPE_MISMATCH, connect_for_csv, json_lines_sql, table_sql
from interfaces.formats.csv.table import CsvTable
from interfaces.formats.csv.wide_query import wide_json_lines_sql
from interfaces.formats.duckdb_lines import line_blocks


def read_json_lines(table: CsvTable) -> Iterator[tuple[bytes, int]]:
    """Yield (lines, number of lines), one JSON array per line; a line is empty if its record is mistyped.

    Raises TypeGuessFailed at the first record that does not fit a guessed type.
    """
    query = wide_json_lines_sql(table) if len(table.columns) >= WIDE_COLUMNS else _json_lines_sql(table)
    with connect_for_csv(table.path, len(table.columns)) as connection:
        try:
            yield from line_blocks(connection, query, counted=table.long_lines)
        except Exception as error:
            if TYPE_MISMATCH in str(error):
                raise TypeGuessFailed(TYPE_MISMATCH) from None
            raise


def _json_lines_sql(table: CsvTable) -> str:
    return json_lines_sql(table.forms, table_sql(table), padded=table.long_lines, enforced=table.enforced)
