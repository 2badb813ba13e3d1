"""The runs of a reading, handed on once all rows have been."""

from collections.abc import Iterator

from application.imports.source_lines import Lines
from interfaces.formats.source import Block

_RUNS = 10_000


def run_blocks(lines: Lines, read: int) -> Iterator[Block]:
    """The runs as the last blocks of a reading."""
    gathered: list[tuple[int, int]] = []
    for run in lines.runs():
        gathered.append(run)
        if len(gathered) == _RUNS:
            yield Block(b"", 0, read, runs=tuple(gathered))
            gathered.clear()
    if gathered:
        yield Block(b"", 0, read, runs=tuple(gathered))
