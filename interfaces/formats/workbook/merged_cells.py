"""Merged cells below the header: a note on them, and the value of the first repeated in the rows below it.

A sheet stores the value of merged cells in their first cell; the others are blank.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter

from interfaces.formats.workbook.cell_references import column_letters
from interfaces.formats.workbook.cells import NULL
from interfaces.formats.workbook.header import MergedRange
from interfaces.formats.workbook.sheet_rows import SheetRows

ColumnBlock = tuple[list[int], list[list[bytes]]]
"""The numbers of some rows, and their cells by column."""


@dataclass(slots=True)
class _MergedColumn:
    """The first column of a merged range: its rows, its index among the sheet's columns, and its value once read."""

    top: int
    bottom: int
    at: int
    value: bytes = NULL


def find_merged_rows(sheet: SheetRows, merged: Sequence[MergedRange]) -> list[MergedRange]:
    """The ranges below the header that have a cell in the table, from top to bottom."""
    above = sheet.header[-1][0] if sheet.header else 0
    found = [
        (top, left, bottom, right)
        for top, left, bottom, right in merged
        if top > above and (bottom > top or right > left) and right >= sheet.first_column and left < sheet.end_column
    ]
    return sorted(found) if sheet.spool.rows else []


def fill_merged_rows(
    blocks: Iterable[ColumnBlock], ranges: Sequence[MergedRange], first_column: int
) -> Iterator[ColumnBlock]:
    """Repeat the value of each range in the blank cells below its first one. Rows without any cell are no rows."""
    waiting = _first_columns(ranges, first_column)
    waiting.reverse()
    begun: list[_MergedColumn] = []
    for numbers, columns in blocks:
        while waiting and waiting[-1].top <= numbers[-1]:
            begun.append(waiting.pop())
        for at in {part.at for part in begun if part.at < len(columns)}:
            columns[at] = columns[at].copy()
        for part in begun:
            if part.at < len(columns):
                _fill_cells(part, numbers, columns[part.at])
        begun = [part for part in begun if part.bottom > numbers[-1]]
        yield numbers, columns


def merged_notes(ranges: Sequence[MergedRange], *, filled: bool) -> Iterator[str]:
    """The note on merged cells below the header."""
    if not ranges:
        return
    top, left, bottom, right = ranges[0]
    name = f"{column_letters(left).decode()}{top}:{column_letters(right).decode()}{bottom}"
    which = (
        f"The cells {name} are merged" if len(ranges) == 1 else f"Cells are merged {len(ranges):,} times, as {name}"
    )
    if filled:
        yield f"{which}; the value of the first is repeated in the rows below it."
    elif any(bottom > top for top, _, bottom, _ in ranges):
        yield f'{which}; only the first has the value ("merged": "fill" repeats it in the rows below).'
    else:
        yield f"{which}; only the first has the value."


def _first_columns(ranges: Sequence[MergedRange], first_column: int) -> list[_MergedColumn]:
    """The first columns of ranges of several rows, from top to bottom. Of ranges that overlap, which no program
    writes, the first remains."""
    found: list[_MergedColumn] = []
    ends: dict[int, int] = {}
    for top, left, bottom, _ in sorted(ranges, key=itemgetter(0)):
        if bottom > top > ends.get(left, 0) and left >= first_column:
            ends[left] = bottom
            found.append(_MergedColumn(top, bottom, left - first_column))
    return found


def _fill_cells(part: _MergedColumn, numbers: list[int], cells: list[bytes]) -> None:
    start, end = bisect_left(numbers, part.top), bisect_right(numbers, part.bottom)
    if start < len(numbers) and numbers[start] == part.top:
        part.value = cells[start]
    for row in range(start, end if part.value != NULL else start):
        if cells[row] == NULL:
            cells[row] = part.value
