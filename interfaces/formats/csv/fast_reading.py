"""The fast pass over a CSV file: return blocks of rows, and check whether they cover every line of the file.

The rows and the line breaks inside their cells must add up to the lines of the file. If they do not, there are
blank lines or rejects, and only CsvRejectReader finds the lines of the rows.
"""

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping

from application.imports.source_lines import LineRunBuilder
from domain.columns import ColumnType
from interfaces.formats.csv.json_lines import read_json_lines
from interfaces.formats.csv.table import CsvTable
from interfaces.formats.source import KeyFault, ParsedBlock
from interfaces.formats.spool.json_block import remove_lines

_LINE_BREAK = re.compile(rb"\\n")
"""A line break in JSON text, after escaped backslashes were masked."""


class CsvRowReader:
    """Reads the rows of a CSV file. The other attributes are complete when `blocks` is read to the end.

    `records` is the number of well-formed records. `mistyped` are the numbers of those that do not fit a declared
    type; reading stops after the block in which there are more than `limit`.
    """

    def __init__(self, table: CsvTable, excluded: Mapping[int, KeyFault], limit: int) -> None:
        self.records = 0
        self.mistyped = array("q")
        self.runs = LineRunBuilder()
        self._table = table
        self._excluded = sorted(excluded)
        self._limit = limit
        self._line = table.dialect.skipped_lines + table.dialect.header_lines + 1
        # A line break inside a JSON value looks like a line break of the file.
        self._countable = all(column.type is not ColumnType.JSON for column in table.columns)

    @property
    def read_all(self) -> bool:
        """Whether the rows of the blocks cover every line of the file."""
        complete = self._line == self._table.lines + 1
        return complete and self._countable and not self.mistyped and not self._excluded

    def blocks(self) -> Iterator[ParsedBlock]:
        """Yield the rows, without the excluded and the mistyped ones."""
        table = self._table
        for data, count in read_json_lines(table):
            left_out = self._within(self.records, self.records + count)
            if table.enforced:
                left_out = sorted({*left_out, *self._mistyped(data)})
            self.records += count
            self._follow(data, count)
            kept = remove_lines(data, left_out) if left_out else data
            read = table.size * (self._line - 1) // max(table.lines, 1)
            yield ParsedBlock(kept, count - len(left_out), min(read, table.size))
            if len(self.mistyped) > self._limit:
                return

    def _within(self, start: int, end: int) -> list[int]:
        """The indexes in a block of the excluded records; the block has the records from `start` to `end`."""
        numbers = self._excluded[bisect_left(self._excluded, start) : bisect_left(self._excluded, end)]
        return [number - start for number in numbers]

    def _mistyped(self, data: bytes) -> list[int]:
        """The indexes of the empty lines, which mark mistyped records."""
        if not data.startswith(b"\n") and b"\n\n" not in data:
            return []
        places = [place for place, line in enumerate(data.split(b"\n")[:-1]) if not line]
        self.mistyped.extend(self.records + place for place in places)
        return places

    def _follow(self, data: bytes, count: int) -> None:
        """Record the file lines of a block's rows: they are consecutive, except where cells contain line breaks."""
        if b"\\n" not in data:
            self.runs.add(self._line, count)
            self._line += count
            return
        start = row = at = 0
        for broken in _LINE_BREAK.finditer(data.replace(rb"\\", b"__")):
            row += data.count(b"\n", at, broken.start())
            at = broken.start()
            if row >= start:
                self.runs.add(self._line, row + 1 - start)
                self._line += row + 1 - start
                start = row + 1
            self._line += 1
        if start < count:
            self.runs.add(self._line, count - start)
            self._line += count - start
