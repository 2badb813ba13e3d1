"""Detect where a table begins in the first records: the lines above it, the rows of its header, its width."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from application.imports.file_format import FileOptions
from interfaces.formats.csv.layout.header_cells import filled_width, is_header
from interfaces.formats.csv.layout.preamble import MAX_PREAMBLE, count_preamble
from interfaces.formats.csv.layout.short_rows import choose_padding
from interfaces.formats.csv.records import CsvRecord
from interfaces.formats.csv.table import Padding
from interfaces.formats.known_header import is_known_header


@dataclass(frozen=True, slots=True)
class TableLayout:
    """The table begins after `above` records, with `header` rows of names; the rows below have `width` cells.

    `padding` says which shorter rows are padded, if any.
    """

    above: int
    header: int
    width: int
    padding: Padding | None = None


def detect_layout(found: Sequence[CsvRecord], options: FileOptions) -> TableLayout:
    """Detect the layout of records; `skip_rows` and `header` in the options take precedence.

    Nothing is above a table whose first line the options name: by `skip_rows`, or by a `header` of one row.
    """
    if not found:
        return TableLayout(0, int(options.header or 0), 1)
    above = 0
    known = _find_known_header(found, options)
    if known is not None:
        above = known
    elif options.skip_rows is None and options.header != 1:
        above = count_preamble(found, _usual_width(found), options)
    table = [record.cells for record in found[above:]]
    if options.header is not None:
        header = min(int(options.header), len(table))
    else:
        usual = _usual_width(found[above:])
        below = [row for row in table[1:] if len(row) == usual]
        header = int(known is not None or is_header(table[0], below))
    names = table[:header]
    widths = [len(row) for row in table[header:] if header != 1 or row != names[0]]
    width = _table_width(names, widths, pads=options.short_rows == "pad")
    padding = choose_padding(options.short_rows, width, max(map(len, names), default=0), widths)
    return TableLayout(above, header, width, padding)


def join_header_rows(rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """Join several header rows into one name per column. A title over several columns is in the first of them."""
    padded = [[*row, *[""] * width][: max(width, len(row))] for row in rows]
    for row in padded[:-1]:
        for at in range(1, len(row)):
            row[at] = row[at] if row[at].strip() else row[at - 1]
    names = zip(*[[*row, *[""] * (max(map(len, padded)) - len(row))] for row in padded], strict=True)
    return [" ".join(part.strip() for part in parts if part.strip()) for parts in names]


def _find_known_header(found: Sequence[CsvRecord], options: FileOptions) -> int | None:
    if options.header is not None or options.skip_rows is not None:
        found = found[:1] if options.header is None else ()
    known = [at for at, record in enumerate(found[:MAX_PREAMBLE]) if is_known_header(record.cells, options)]
    return max(known, key=lambda at: (len(found[at].cells), -at), default=None)


def _usual_width(found: Sequence[CsvRecord]) -> int:
    return _most_common(Counter(len(record.cells) for record in found))


def _most_common(widths: Counter[int]) -> int:
    """The most common width, the greatest of several; 1 if there are no rows."""
    return max(widths, key=lambda width: (widths[width], width), default=1)


def _table_width(header: Sequence[Sequence[str]], body: Sequence[int], *, pads: bool) -> int:
    """The number of columns: that of the header, unless no row has it and most rows have the same other number.

    A header may be shorter than its rows, or longer by blank names. One row alone proves nothing. Without a header
    it is the usual width, or the greatest if short rows are to be padded.
    """
    widths = Counter(body)
    usual = _most_common(widths)
    if not header:
        return max(body, default=1) if pads else usual
    width = max(map(len, header))
    if width in widths or widths[usual] * 2 <= len(body):
        return width
    filled = max(map(filled_width, header))
    return usual if filled <= usual < width or (usual > width and widths[usual] > 1) else width
