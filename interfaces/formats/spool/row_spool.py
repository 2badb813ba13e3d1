"""Rows on disk between the reading that finds their types and the one that hands them on.

For formats whose types are known only once all rows were seen (JSON, workbooks). A spool holds lines, each a
JSON array of a row's values ended by a newline, and where in the file the rows stood.
"""

from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Self
from uuid import uuid4

_MAX_BLOCK_ROWS = 10_000
_MAX_BLOCK_BYTES = 4 << 20
_MAX_BUFFERED_STARTS = 16_384


class RowSpool:
    """Written once from start to end, then read as often as wanted."""

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
        """Closed, and removed where writing it failed."""
        if error is None:
            self.close()
        else:
            self.remove()

    def add(self, line: bytes, number: int) -> None:
        """Keep a row that stands in line `number` of the file."""
        self.extend(line, (number,))

    def extend(self, lines: bytes, numbers: Sequence[int]) -> None:
        """Keep rows, one or more, that stand in these lines of the file; the numbers ascend."""
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
        """All rows were added."""
        if self._file is not None:
            self._file.close()
            self._file = None
            self._keep_starts()

    def remove(self) -> None:
        """Free the disk: the spool is not read again."""
        self.close()
        self.path.unlink(missing_ok=True)
        self._starts_path.unlink(missing_ok=True)

    @property
    def runs(self) -> Iterator[tuple[int, int]]:
        """(row, line) pairs: from that row on, lines follow each other from `line`."""
        with self._starts_path.open("rb") as file:
            while data := file.read(16 * _MAX_BUFFERED_STARTS):
                numbers = array("q", data)
                yield from zip(numbers[::2], numbers[1::2], strict=True)

    def blocks(self) -> Iterator[tuple[bytes, int]]:
        """Blocks of up to 10,000 lines or about 4 MB, and how many lines."""
        with self.path.open("rb") as file:
            while lines := file.readlines(_MAX_BLOCK_BYTES):
                for start in range(0, len(lines), _MAX_BLOCK_ROWS):
                    block = lines[start : start + _MAX_BLOCK_ROWS]
                    yield b"".join(block), len(block)

    def _keep_starts(self) -> None:
        with self._starts_path.open("ab") as file:
            self._starts.tofile(file)
        self._starts = array("q")
