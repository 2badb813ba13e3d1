"""Finds the line of the imported file that a record comes from, in the chunks of the import's event."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from domain import exact_json
from domain.dataset.events import ChunkRef, RecordsImported

ReadChunk = Callable[[UUID, ChunkRef], bytes]


def find_line(dataset_id: UUID, imported: RecordsImported, id: int, read_chunk: ReadChunk) -> int | None:
    """The line of the file that created or changed record `id`; None if the import stored no lines.

    A binary search reads only a few chunks.
    """
    if id >= imported.first_id:
        run = _find_last_row_up_to(dataset_id, imported.line_chunks, id - imported.first_id, read_chunk)
        return None if run is None else run[1] + id - imported.first_id - run[0]
    change = _find_last_row_up_to(dataset_id, imported.change_chunks, id, read_chunk)
    return change[2] if change is not None and change[0] == id and len(change) > 2 else None


def _find_last_row_up_to(
    dataset_id: UUID, chunks: Sequence[ChunkRef], number: int, read_chunk: ReadChunk
) -> list[Any] | None:
    """The last row whose first number is at most `number`. The rows in `chunks` begin with ascending numbers."""

    def rows(at: int) -> list[bytes]:
        return read_chunk(dataset_id, chunks[at]).split(b"\n")[:-1]

    at = bisect_right(range(len(chunks)), number, key=lambda at: _parse_first_number(rows(at)[0])) - 1
    if at < 0:
        return None
    lines = rows(at)
    row: list[Any] = exact_json.loads(lines[bisect_right(lines, number, key=_parse_first_number) - 1])
    return row


def _parse_first_number(line: bytes) -> int:
    return int(line[1 : line.index(b",")])
