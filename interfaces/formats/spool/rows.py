"""Read the rows of a spool as blocks for storage, without the excluded rows, and with their file lines."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping

from interfaces.formats.source import KeyFault, ParsedBlock
from interfaces.formats.spool.row_spool import RowSpool

LinePreparer = Callable[[bytes, int], bytes]
ExcludedRows = list[tuple[int, int, bytes]]


def spooled_blocks(
    spool: RowSpool, excluded: Mapping[int, KeyFault], prepare: LinePreparer, size: int
) -> Iterator[tuple[ParsedBlock, ExcludedRows]]:
    """Yield blocks of up to 10,000 rows, each with its excluded rows as (row, file line, JSON array).

    `prepare` converts spooled lines, given the number of the first row, to the lines to store. `size` is the
    size of the source file in bytes.
    """
    numbers = sorted(excluded)
    positions = _LinePositions(spool)
    first = 0
    for lines, count in spool.blocks():
        ready = prepare(lines, first)
        out = numbers[bisect_left(numbers, first) : bisect_left(numbers, first + count)]
        runs, found = positions.advance(count, out)
        taken: ExcludedRows = []
        if out:
            rows = ready.splitlines(keepends=True)
            taken = [(number, line, rows[number - first]) for number, line in zip(out, found, strict=True)]
            for number in reversed(out):
                del rows[number - first]
            ready = b"".join(rows)
        first += count
        yield ParsedBlock(ready, count - len(out), size * first // spool.rows, (), tuple(runs)), taken


class _LinePositions:
    """A cursor over the file lines of a spool's rows."""

    def __init__(self, spool: RowSpool) -> None:
        self._starts = spool.runs
        self._row = self._accepted = 0
        self._line = 0
        self._next = next(self._starts, None)
        self._following = -1

    def advance(self, count: int, excluded: list[int]) -> tuple[list[tuple[int, int]], list[int]]:
        """Move over `count` rows; return the runs that begin among them, and the lines of the `excluded` rows."""
        runs: list[tuple[int, int]] = []
        lines: list[int] = []
        end = self._row + count
        stops = iter([*excluded, end])
        stop = next(stops)
        while self._row < end:
            if self._next is not None and self._next[0] == self._row:
                self._line = self._next[1]
                self._next = next(self._starts, None)
            if self._row == stop:
                lines.append(self._line)
                stop = next(stops)
                self._row, self._line = self._row + 1, self._line + 1
                continue
            until = min(stop, end, self._next[0] if self._next else end)
            if self._line != self._following:
                runs.append((self._accepted, self._line))
            length = until - self._row
            self._accepted += length
            self._row, self._line = until, self._line + length
            self._following = self._line
        return runs, lines
