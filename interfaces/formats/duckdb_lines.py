"""Use DuckDB as a file reader: open a connection with bounded memory and fetch lines of JSON from it.

The lines of a batch are stored one after the other in the data buffer of an Arrow text column, so a block is a
single copy of bytes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import nanoarrow  # type: ignore[import-untyped]

from interfaces.formats.sql_literal import quote_literal

_MAX_BLOCK_ROWS = 10_000
_MAX_BLOCK_BYTES = 4 << 20


@contextmanager
def connect_duckdb(megabytes: int, scratch: Path | None) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a connection with one thread and `megabytes` of memory; it spills to the folder `scratch`, if given."""
    connection = duckdb.connect(config={"threads": 1, "memory_limit": f"{megabytes}MB"})
    try:
        connection.sql("set enable_progress_bar = false")
        connection.sql(f"set temp_directory = {quote_literal(str(scratch or ''))}")
        yield connection
    finally:
        connection.close()


def line_blocks(connection: duckdb.DuckDBPyConnection, query: str, *, counted: bool) -> Iterator[tuple[bytes, int]]:
    """Yield the text column that a query returns, as (lines, number of lines).

    A block has up to 10,000 rows and about 4 MB. Set `counted` if a row may be null or hold several lines: then
    the line breaks are counted instead of the rows.
    """
    stream = nanoarrow.ArrayStream(connection.sql(query))
    while (batch := _next_batch(stream)) is not None:
        yield from _split_batch(batch, counted=counted)
        del batch  # else two batches are in memory while the next one is fetched


def _next_batch(stream: nanoarrow.ArrayStream) -> nanoarrow.Array | None:
    try:
        return stream.read_next()
    except StopIteration:
        return None


def _split_batch(batch: nanoarrow.Array, *, counted: bool) -> Iterator[tuple[bytes, int]]:
    column = batch.child(0)
    offsets = memoryview(column.buffer(1)).cast("B").cast("i")
    data = memoryview(column.buffer(2)).cast("B")
    total, start = len(batch), 0
    while start < total:
        end = min(start + _MAX_BLOCK_ROWS, total)
        while offsets[end] - offsets[start] > _MAX_BLOCK_BYTES and end > start + 1:
            end = start + (end - start) // 2
        block = bytes(data[offsets[start] : offsets[end]])
        if block:
            yield block, block.count(b"\n") if counted else end - start
        start = end
