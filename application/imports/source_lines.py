"""The lines of imported rows in their file, stored as a few numbers for most files.

Lines are usually consecutive: a run `(n, line)` means that from row n (from 0) on, lines are consecutive from `line`.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator


class LineRuns:
    """Ascending runs, from which the line of each row can be computed."""

    def __init__(self) -> None:
        self._rows = array("q")
        self._lines = array("q")

    def add(self, runs: Iterable[tuple[int, int]]) -> None:
        """Append runs."""
        for row, line in runs:
            self._rows.append(row)
            self._lines.append(line)

    def line(self, row: int) -> int | None:
        """The line of row number `row`; None if the format has no lines."""
        at = bisect_right(self._rows, row) - 1
        return None if at < 0 else self._lines[at] + row - self._rows[at]

    def find_rows(self, line: int, count: int, total: int) -> Iterator[tuple[int, int, int]]:
        """The rows on `count` lines from `line` on, as runs (offset from `line`, row, number of rows).

        `total` is the number of all rows. Lines without a row are left out.
        """
        at = max(bisect_right(self._lines, line) - 1, 0)
        while at < len(self._rows) and self._lines[at] < line + count:
            end = self._rows[at + 1] if at + 1 < len(self._rows) else total
            skipped = max(line - self._lines[at], 0)
            first = self._lines[at] + skipped
            number = min(end - self._rows[at] - skipped, line + count - first)
            if number > 0:
                yield first - line, self._rows[at] + skipped, number
            at += 1

    @property
    def is_ascending(self) -> bool:
        """Whether no line has two rows."""
        ends = zip(self._rows, self._lines, self._rows[1:], self._lines[1:], strict=False)
        return all(line + next_row - row <= next_line for row, line, next_row, next_line in ends)

    def runs(self) -> Iterator[tuple[int, int]]:
        """All runs in order."""
        return zip(self._rows, self._lines, strict=True)


class LineRunBuilder:
    """Collects the lines of successive rows into runs."""

    def __init__(self) -> None:
        self.rows = 0
        self.lines = LineRuns()
        self._next_line: int | None = -1

    def add(self, line: int | None, count: int = 1) -> None:
        """Add `count` rows on `line` and the lines after it."""
        if line is not None and line != self._next_line:
            self.lines.add([(self.rows, line)])
        self._next_line = None if line is None else line + count
        self.rows += count
