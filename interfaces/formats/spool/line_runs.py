"""Turn the line runs of a file into blocks, which follow the blocks of rows."""

from collections.abc import Iterator

from application.imports.source_lines import LineRuns
from interfaces.formats.source import ParsedBlock

_MAX_BLOCK_RUNS = 10_000


def run_blocks(lines: LineRuns, read: int) -> Iterator[ParsedBlock]:
    """Yield the runs in blocks without rows; `read` is the number of bytes read, the same in each block."""
    gathered: list[tuple[int, int]] = []
    for run in lines.runs():
        gathered.append(run)
        if len(gathered) == _MAX_BLOCK_RUNS:
            yield ParsedBlock(b"", 0, read, runs=tuple(gathered))
            gathered.clear()
    if gathered:
        yield ParsedBlock(b"", 0, read, runs=tuple(gathered))
