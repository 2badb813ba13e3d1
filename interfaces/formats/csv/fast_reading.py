"""The fast reading of a CSV file: blocks of rows, and whether they account for every line of the file.

The rows with the line breaks inside their cells must add up to the lines of the file. If they do not, there are
blank lines or rejects, and only the careful reading knows where the rows stood.
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
"""A line break as JSON writes it, once escaped backslashes are out of the way."""


class CsvRowReader:
    """Read `blocks` to the end, then ask the rest: `records` counts those that are well-formed, `unfit` are
    the numbers of those that break a type said beforehand (no more than `limit` and some)."""

    def __init__(self, table: CsvTable, excluded: Mapping[int, KeyFault], limit: int) -> None:
        self.records = 0
        self.unfit = array("q")
        self.runs = LineRunBuilder()
        self._table = table
        self._excluded = sorted(excluded)
        self._limit = limit
        self._line = table.dialect.skipped_lines + table.dialect.header_lines + 1
        # A line break in JSON text looks like one of the file.
        self._countable = all(column.type is not ColumnType.JSON for column in table.columns)

    @property
    def read_all(self) -> bool:
        """Whether each line of the file is accounted for by the rows of the blocks."""
        complete = self._line == self._table.lines + 1
        return complete and self._countable and not self.unfit and not self._excluded

    def blocks(self) -> Iterator[ParsedBlock]:
        """The rows but the excluded and the unfit ones, at least up to the limit of rejects."""
        table = self._table
        for data, count in read_json_lines(table):
            left_out = self._within(self.records, self.records + count)
            if table.forced:
                left_out = sorted({*left_out, *self._unfit(data)})
            self.records += count
            self._follow(data, count)
            kept = remove_lines(data, left_out) if left_out else data
            read = table.size * (self._line - 1) // max(table.lines, 1)
            yield ParsedBlock(kept, count - len(left_out), min(read, table.size))
            if len(self.unfit) > self._limit:
                return

    def _within(self, start: int, end: int) -> list[int]:
        """The places in a block of the excluded ones among the records from `start` to `end`."""
        numbers = self._excluded[bisect_left(self._excluded, start) : bisect_left(self._excluded, end)]
        return [number - start for number in numbers]

    def _unfit(self, data: bytes) -> list[int]:
        """The places of the empty lines."""
        if not data.startswith(b"\n") and b"\n\n" not in data:
            return []
        places = [place for place, line in enumerate(data.split(b"\n")[:-1]) if not line]
        self.unfit.extend(self.records + place for place in places)
        return places

    def _follow(self, data: bytes, count: int) -> None:
        """Note the lines of a block's rows: they follow each other but where cells hold line breaks."""
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
