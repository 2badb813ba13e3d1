"""Where rows stood in their file, kept small: rows that follow each other line by line are one run."""

from array import array
from collections.abc import Iterator

from interfaces.files.source import Block

_RUNS = 10_000


class LineRuns:
    """The runs of an import, added from its first row to its last. Some bytes a run, none for a plain row."""

    def __init__(self) -> None:
        self.rows = 0
        self._starts = array("q")
        self._following = -1

    def add(self, line: int, count: int = 1) -> None:
        """The next `count` rows stand in `line` and the lines below it."""
        if line != self._following:
            self._starts.extend((self.rows, line))
        self.rows += count
        self._following = line + count

    def __iter__(self) -> Iterator[tuple[int, int]]:
        """(row, line) pairs: from that row on, lines follow each other from `line`."""
        return zip(self._starts[::2], self._starts[1::2], strict=True)


def run_blocks(runs: LineRuns, read: int) -> Iterator[Block]:
    """The runs as the last blocks of a reading."""
    gathered: list[tuple[int, int]] = []
    for run in runs:
        gathered.append(run)
        if len(gathered) == _RUNS:
            yield Block(b"", 0, read, runs=tuple(gathered))
            gathered.clear()
    if gathered:
        yield Block(b"", 0, read, runs=tuple(gathered))
