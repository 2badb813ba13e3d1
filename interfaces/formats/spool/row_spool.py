"""Store rows on disk between the pass that determines column types and the pass that returns the rows.

Used by formats whose types are known only after all rows were read (JSON, workbooks). A spool holds one JSON
array per line, each followed by a newline, and the line number of each row in the source file.
"""

from array import array
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Self
from uuid import uuid4

_MAX_BLOCK_ROWS = 10_000
_MAX_BLOCK_BYTES = 4 << 20
_MAX_BUFFERED_STARTS = 16_384


class RowSpool:
    """A file of rows: written once from start to end, then read any number of times.

    `rows` is the number of rows, `bytes` the size of their lines.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / f"spool-{uuid4().hex}"
        self.rows = 0
        self.bytes = 0
        self._file: BinaryIO | None = self.path.open("wb", buffering=1 << 20)
        self._starts = array("q")
        self._starts_path = self.path.with_suffix(".starts")
        self._starts_path.touch()
        self._following = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        """Close the spool; remove it if writing failed."""
        if error is None:
            self.close()
        else:
            self.remove()

    def add(self, line: bytes, number: int) -> None:
        """Store a row from line `number` of the source file."""
        self.extend(line, (number,))

    def extend(self, lines: bytes, numbers: Sequence[int]) -> None:
        """Store one or more rows from the lines `numbers` of the source file, which ascend."""
        assert self._file is not None
        self._file.write(lines)
        self.bytes += len(lines)
        if numbers[0] == self._following and numbers[-1] - numbers[0] == len(numbers) - 1:
            self._following += len(numbers)
            self.rows += len(numbers)
            return
        following, row = self._following, self.rows
        for number in numbers:
            if number != following:
                self._starts.extend((row, number))
            following, row = number + 1, row + 1
        self._following, self.rows = following, row
        if len(self._starts) > _MAX_BUFFERED_STARTS:
            self._keep_starts()

    def close(self) -> None:
        """Finish writing."""
        if self._file is not None:
            self._file.close()
            self._file = None
            self._keep_starts()

    def remove(self) -> None:
        """Delete the files of the spool; it cannot be read again."""
        self.close()
        self.path.unlink(missing_ok=True)
        self._starts_path.unlink(missing_ok=True)

    @property
    def runs(self) -> Iterator[tuple[int, int]]:
        """Yield (row, line) pairs: from row `row` (from 0) on, file lines are consecutive, starting at `line`."""
        with self._starts_path.open("rb") as file:
            while data := file.read(16 * _MAX_BUFFERED_STARTS):
                numbers = array("q", data)
                yield from zip(numbers[::2], numbers[1::2], strict=True)

    @property
    def line_numbers(self) -> Iterator[int]:
        """Yield the line number of each row."""
        ends = chain((row for row, _ in self.runs), (self.rows,))
        next(ends)
        for (row, number), end in zip(self.runs, ends, strict=False):
            yield from range(number, number + end - row)

    def blocks(self) -> Iterator[tuple[bytes, int]]:
        """Yield (lines, number of lines) of up to 10,000 lines or about 4 MB."""
        with self.path.open("rb") as file:
            while lines := file.readlines(_MAX_BLOCK_BYTES):
                for start in range(0, len(lines), _MAX_BLOCK_ROWS):
                    block = lines[start : start + _MAX_BLOCK_ROWS]
                    yield b"".join(block), len(block)

    def _keep_starts(self) -> None:
        with self._starts_path.open("ab") as file:
            self._starts.tofile(file)
        self._starts = array("q")
