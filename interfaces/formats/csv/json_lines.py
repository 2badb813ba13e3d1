"""The rows of a CSV file as JSON text, straight from DuckDB's memory: Python never touches a row."""

from collections.abc import Iterator

from interfaces.formats.csv.query import MISFIT, connected, lines, nulled, source
from interfaces.formats.csv.table import CsvTable
from interfaces.formats.duckdb_lines import line_blocks
from interfaces.formats.source import Misfit


def json_lines(table: CsvTable) -> Iterator[tuple[bytes, int]]:
    """Blocks of lines and how many; empty for records that break a type said beforehand.

    Raises Misfit at the first record that breaks a type that was guessed.
    """
    relation = nulled(source(table.path, table.dialect, len(table.columns)), [form.nulls for form in table.forms])
    query = lines(table.forms, relation, padded=table.long_lines, forced=table.forced)
    with connected(table.path, len(table.columns)) as connection:
        try:
            yield from line_blocks(connection, query, counted=table.long_lines)
        except Exception as error:
            if MISFIT in str(error):
                raise Misfit(MISFIT) from None
            raise
