"""The rows of a CSV file as JSON text, straight from DuckDB's memory: Python never touches a row.

The lines of a batch stand one after the other in the data buffer of an Arrow column of text, so a block is
one copy out of it.
"""

from collections.abc import Iterator

import nanoarrow  # type: ignore[import-untyped]

from interfaces.files.csv_query import MISFIT, connected, lines, nulled, source
from interfaces.files.csv_table import CsvTable
from interfaces.files.source import Misfit

_ROWS = 10_000
_BYTES = 4 << 20


def json_lines(table: CsvTable) -> Iterator[tuple[bytes, int]]:
    """Blocks of lines and how many; empty for records that break a type said beforehand.

    Raises Misfit at the first record that breaks a type that was guessed.
    """
    relation = nulled(source(table.path, table.dialect, len(table.columns)), [form.nulls for form in table.forms])
    query = lines(table.forms, relation, padded=table.long_lines, forced=table.forced)
    with connected(table.path, len(table.columns)) as connection:
        try:
            stream = nanoarrow.ArrayStream(connection.sql(query))
            while (batch := _next(stream)) is not None:
                yield from _cut(batch, padded=table.long_lines)
                del batch  # or two would be held while the next is made
        except Exception as error:
            if MISFIT in str(error):
                raise Misfit(MISFIT) from None
            raise


def _next(stream: nanoarrow.ArrayStream) -> nanoarrow.Array | None:
    try:
        return stream.read_next()
    except StopIteration:
        return None


def _cut(batch: nanoarrow.Array, *, padded: bool) -> Iterator[tuple[bytes, int]]:
    column = batch.child(0)
    offsets = memoryview(column.buffer(1)).cast("B").cast("i")
    data = memoryview(column.buffer(2)).cast("B")
    total, start = len(batch), 0
    while start < total:
        end = min(start + _ROWS, total)
        while offsets[end] - offsets[start] > _BYTES and end > start + 1:
            end = start + (end - start) // 2
        block = bytes(data[offsets[start] : offsets[end]])
        if block:
            yield block, block.count(b"\n") if padded else end - start
        start = end
