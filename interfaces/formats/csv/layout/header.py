"""Detect where a table begins in the first records: the lines above it, the rows of its header, its width."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from application.imports.file_format import FileOptions
from interfaces.formats.csv.records import CsvRecord
from interfaces.formats.values.forms import matching_formats

_MAX_PREAMBLE = 50


@dataclass(frozen=True, slots=True)
class TableLayout:
    """The table begins after `above` records, with `header` rows of names; the rows below have `width` cells.

    `is_plain`: the first row of the table has `width` cells too.
    """

    above: int
    header: int
    width: int
    is_plain: bool = True


def detect_layout(found: Sequence[CsvRecord], options: FileOptions) -> TableLayout:
    """Detect the layout of records; `skip_rows` and `header` in the options take precedence."""
    if not found:
        return TableLayout(0, int(options.header or 0), 1)
    rows = [record.cells for record in found]
    widths = Counter(map(len, rows))
    usual = max(widths, key=lambda width: (widths[width], width))
    above = 0
    if options.skip_rows is None and usual > 1:
        above = _count_preamble(found, usual)
    table = rows[above:]
    if options.header is not None:
        header = min(int(options.header), len(table))
    else:
        below = [row for row in table[1:] if len(row) == usual]
        header = int(is_header(table[0], below))
    return TableLayout(above, header, usual, len(table[0]) == usual)


def is_header(first: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether the first row contains names: no numbers, dates or other typed values, and no values of later rows.

    Years are allowed as names.
    """
    if not any(cell.strip() for cell in first):
        return False
    typed = [cell for cell in first if cell and matching_formats([cell])]
    if not typed:
        return not _names_recur(first, below)
    return all(map(_is_year, typed)) and len(set(typed)) == len(typed) < len(first)


def join_header_rows(rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """Join several header rows into one name per column. A title over several columns is in the first of them."""
    padded = [[*row, *[""] * width][: max(width, len(row))] for row in rows]
    for row in padded[:-1]:
        for at in range(1, len(row)):
            row[at] = row[at] if row[at].strip() else row[at - 1]
    names = zip(*[[*row, *[""] * (max(map(len, padded)) - len(row))] for row in padded], strict=True)
    return [" ".join(part.strip() for part in parts if part.strip()) for parts in names]


def _count_preamble(found: Sequence[CsvRecord], usual: int) -> int:
    """The number of records above the table that are not part of it: they have fewer cells, and names follow."""
    narrow = 0
    reach = greatest_filled_width((record.cells for record in found if len(record.cells) == usual), usual)
    while narrow < len(found) and filled_width(found[narrow].cells) < reach and narrow <= _MAX_PREAMBLE:
        narrow += 1
    while (
        narrow and found[narrow - 1].cells and len(found[narrow - 1].cells) == usual and _is_row(found, narrow, usual)
    ):
        narrow -= 1
    if not 0 < narrow < min(len(found), _MAX_PREAMBLE):
        return 0
    last = found[narrow - 1].cells
    below = [record.cells for record in found[narrow + 1 :] if len(record.cells) == usual]
    names = found[narrow].cells
    if not is_header(names, below):
        if filled_width(last) > 1 and not any(matching_formats([cell]) for cell in last if cell):
            return narrow - 1
        apart = found[narrow].line > found[narrow - 1].line + found[narrow - 1].raw.count("\n")
        text = not any(matching_formats([cell]) for record in found[:narrow] for cell in record.cells if cell)
        return narrow if text and apart and usual > 2 else 0
    if narrow == 1 and 1 < len(last) < usual and all(cell.strip() for cell in last):
        return 0
    apart = found[narrow].line > found[narrow - 1].line + 1
    telling = usual > 2 or apart or any(matching_formats([cell]) for row in below[:20] for cell in row if cell)
    return narrow if telling else 0


def _is_row(found: Sequence[CsvRecord], narrow: int, usual: int) -> bool:
    """Whether the last narrow record is part of the table: a header with a blank name, or a row with blank cells."""
    cells = found[narrow - 1].cells
    return filled_width(cells) > 1 or (narrow == 1 and any(matching_formats([cell]) for cell in cells if cell))


def filled_width(cells: Sequence[str]) -> int:
    """The number of cells up to the last one that is not blank."""
    at = len(cells)
    while at and not cells[at - 1].strip():
        at -= 1
    return at


def greatest_filled_width(rows: Iterable[Sequence[str]], limit: int) -> int:
    """The greatest filled width of rows of up to `limit` cells; it reads on only until it finds a full one."""
    widest = 0
    for row in rows:
        widest = max(widest, filled_width(row))
        if widest == limit:
            break
    return widest


def _is_year(cell: str) -> bool:
    return len(cell) == 4 and cell.isdigit() and "1500" <= cell <= "2200"


def _names_recur(first: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether, in more than half of the columns, the name also occurs as a value."""
    again = [any(row[at] == cell for row in below if at < len(row)) for at, cell in enumerate(first) if cell]
    return bool(again) and sum(again) * 2 > len(again)
