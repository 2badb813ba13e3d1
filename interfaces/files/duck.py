"""DuckDB as a file reader: a connection of its own with bounded memory, and texts in SQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb


@contextmanager
def bounded(megabytes: int, scratch: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection on one core with so much memory; what does not fit is spilled to `scratch`."""
    connection = duckdb.connect(config={"threads": 1, "memory_limit": f"{megabytes}MB"})
    try:
        connection.sql("set enable_progress_bar = false")
        connection.sql(f"set temp_directory = {literal(str(scratch))}")
        yield connection
    finally:
        connection.close()


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
