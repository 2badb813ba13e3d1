"""The runs of a reading, handed on once all rows have been."""

from collections.abc import Iterator

from application.imports.source_lines import LineRuns
from interfaces.formats.source import ParsedBlock

_MAX_BLOCK_RUNS = 10_000


def run_blocks(lines: LineRuns, read: int) -> Iterator[ParsedBlock]:
    """The runs as the last blocks of a reading."""
    gathered: list[tuple[int, int]] = []
    for run in lines.runs():
        gathered.append(run)
        if len(gathered) == _MAX_BLOCK_RUNS:
            yield ParsedBlock(b"", 0, read, runs=tuple(gathered))
            gathered.clear()
    if gathered:
        yield ParsedBlock(b"", 0, read, runs=tuple(gathered))
