"""Where the rows of an import stood in its file, in a few numbers for most files.

Lines usually follow each other: a run `(n, line)` says that from row n (from 0) on they do, from `line`.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator


class LineRuns:
    """Runs as they come, ascending; then asked for the line of a row."""

    def __init__(self) -> None:
        self._rows = array("q")
        self._lines = array("q")

    def add(self, runs: Iterable[tuple[int, int]]) -> None:
        for row, line in runs:
            self._rows.append(row)
            self._lines.append(line)

    def line(self, row: int) -> int | None:
        """The file's line of row number `row`; None where the format told of none."""
        at = bisect_right(self._rows, row) - 1
        return None if at < 0 else self._lines[at] + row - self._rows[at]

    def runs(self) -> Iterator[tuple[int, int]]:
        return zip(self._rows, self._lines, strict=True)


class LineRunBuilder:
    """Turns the lines of one row after another into runs."""

    def __init__(self) -> None:
        self.rows = 0
        self.lines = LineRuns()
        self._following: int | None = -1

    def add(self, line: int | None, count: int = 1) -> None:
        """The next `count` rows stood in `line` and the lines below it."""
        if line is not None and line != self._following:
            self.lines.add([(self.rows, line)])
        self._following = None if line is None else line + count
        self.rows += count
