"""Pad short rows with blank cells, in a copy with the same lines."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from interfaces.formats.csv.records import CsvRecord
from interfaces.formats.csv.table import Dialect, Padding
from interfaces.formats.csv.text.row_endings import append_to_rows, read_line_blocks


def pad_short_rows(path: Path, dialect: Dialect, padding: Padding, *, has_quotes: bool) -> Iterator[bytes]:
    """Yield clean text in which the rows that `padding` names have blank cells at their end."""
    mark = dialect.delimiter or ""

    def ending(record: CsvRecord) -> str:
        cells = len(record.cells)
        return mark * (padding.width - cells) if padding.applies(cells) else ""

    if has_quotes:
        yield from append_to_rows(path, dialect, ending)
        return
    end, above = dialect.line_end.encode(), dialect.skipped_lines + dialect.header_lines
    for block in read_line_blocks(path, end):
        lines = block.split(end)
        yield end.join([*lines[:above], *_pad_lines(lines[above:], mark.encode(), padding)])
        above = max(0, above + 1 - len(lines))


def _pad_lines(lines: Sequence[bytes], mark: bytes, padding: Padding) -> Iterator[bytes]:
    for line in lines:
        cells = line.count(mark) + 1
        yield line + mark * (padding.width - cells) if line and padding.applies(cells) else line
