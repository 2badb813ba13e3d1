"""Count the lines above a table: titles, and short blocks of labels with a value.

A line that may be a header or a row is never above the table. So a line with several values is above it only in a
block of at most two such lines, which blank lines separate from a wider table.
"""

from collections.abc import Iterable, Iterator, Sequence

from application.imports.file_format import FileOptions
from interfaces.formats.csv.layout.header_cells import filled_width, is_header
from interfaces.formats.csv.records import CsvRecord
from interfaces.formats.values.forms import matching_formats

MAX_PREAMBLE = 50
_MAX_LABELS = 2


def count_preamble(found: Sequence[CsvRecord], usual: int, options: FileOptions) -> int:
    """The number of records above the table, whose rows usually have `usual` cells."""
    if usual < 2:
        return 0
    reach = greatest_filled_width((record.cells for record in found if len(record.cells) == usual), usual)
    first = found[0].cells
    if len(first) == usual and _has_typed_cell([found[0]]) and filled_width(first) == 1:
        return 0
    above = 0
    for end in _block_ends(found[:MAX_PREAMBLE]):
        if not _is_apart_from_table(found[above:end], reach):
            break
        above = end
    while above < min(len(found), MAX_PREAMBLE) and _is_title(found[above], usual, reach, options):
        above += 1
    if not 0 < above < min(len(found), MAX_PREAMBLE):
        return 0
    return above if _begins_below(found, above, usual) else 0


def greatest_filled_width(rows: Iterable[Sequence[str]], limit: int) -> int:
    """The greatest filled width of rows of up to `limit` cells; it reads on only until it finds a full one."""
    widest = 0
    for row in rows:
        widest = max(widest, filled_width(row))
        if widest == limit:
            break
    return widest


def _block_ends(found: Sequence[CsvRecord]) -> Iterator[int]:
    """The indexes of the records that begin a new block, below a blank line or a line of blank cells."""
    for at in range(1, len(found)):
        if filled_width(found[at].cells) and _is_apart(found, at):
            yield at


def _is_apart(found: Sequence[CsvRecord], at: int) -> bool:
    before = found[at - 1]
    end = before.line + before.raw.count("\n") + (not before.raw.endswith("\n"))
    return found[at].line > end or not filled_width(before.cells)


def _is_apart_from_table(block: Sequence[CsvRecord], reach: int) -> bool:
    """Whether a block is above the table: titles, and at most two labels with a value in a row."""
    labels = 0
    for record in block:
        filled = filled_width(record.cells)
        labels = labels + 1 if filled > 1 else 0
        if filled >= reach or labels > _MAX_LABELS or (filled > 1 and not _is_label(record.cells[0])):
            return False
    return True


def _is_label(cell: str) -> bool:
    return bool(cell.strip()) and not matching_formats([cell])


def _is_title(record: CsvRecord, usual: int, reach: int, options: FileOptions) -> bool:
    """Whether a record directly above the table has only one value. Several header rows may be partly blank."""
    cells = record.cells
    if options.header is not None and options.header > 1 and len(cells) == usual:
        return False
    return filled_width(cells) < min(2, reach)


def _begins_below(found: Sequence[CsvRecord], above: int, usual: int) -> bool:
    """Whether a table begins at record `above`: with names, or with values apart from lines of text.

    Two columns of text below a title without delimiters may just be sentences with a comma.
    """
    names = found[above].cells
    below = [record.cells for record in found[above + 1 :] if len(record.cells) == usual]
    apart = _is_apart(found, above)
    if not is_header(names, below):
        lines = found[:above]
        return usual > 2 and apart and not _has_typed_cell(lines) and any(filled_width(r.cells) for r in lines)
    titled = len(found[above - 1].cells) == usual
    return usual > 2 or apart or titled or any(matching_formats([c]) for row in below[:20] for c in row if c)


def _has_typed_cell(records: Sequence[CsvRecord]) -> bool:
    return any(matching_formats([cell]) for record in records for cell in record.cells if cell)
