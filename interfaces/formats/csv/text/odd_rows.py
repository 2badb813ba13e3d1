"""Mark the rows that DuckDB would accept although they are rejects.

These are rows with blank cells behind the last column, where most rows have none (a surplus delimiter shifts the
other cells), and rows that repeat the header. In a copy with the same lines they get one more cell, ODD_ROW_MARK, so
that DuckDB skips them as rows with too many cells.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from interfaces.formats.csv.query import connect_for_csv, records_sql
from interfaces.formats.csv.records import CsvRecord, read_records
from interfaces.formats.csv.table import ODD_ROW_MARK, Dialect
from interfaces.formats.csv.text.row_endings import append_to_rows, read_line_blocks


@dataclass(frozen=True, slots=True)
class OddRows:
    """Which rows are odd: those that repeat `header`, and with `width` those with blank cells behind that many."""

    header: Sequence[str] | None
    width: int | None


def find_odd_rows(
    path: Path, dialect: Dialect, header: Sequence[str] | None, width: int | None, *, has_quotes: bool
) -> OddRows | None:
    """Which of these kinds of odd rows clean text has; None if it has neither.

    Most files are only searched for two short texts, a megabyte at a time.
    """
    if dialect.delimiter is None:
        return None
    mark, end = dialect.delimiter.encode(), dialect.line_end.encode()
    quote = (dialect.quote or "").encode() if has_quotes else b""
    first_line = _read_first_line(path, dialect) if header is not None else b""
    repeats, is_wide = 0, False
    for block in read_line_blocks(path, end):
        repeats += _count_lines_from(block, first_line) if first_line else 0
        is_wide = is_wide or (width is not None and _may_have_surplus(block, mark, end, quote, width))
    if quote and is_wide and width is not None:
        is_wide = _has_surplus(path, dialect, width)
    if repeats < 2 and not is_wide:
        return None
    return OddRows(header if repeats > 1 else None, width if is_wide else None)


def mark_odd_rows(path: Path, dialect: Dialect, odd: OddRows, width: int) -> Iterator[bytes]:
    """Yield clean text with its odd rows marked: they have more than `width` cells. Skipped lines are blank."""
    mark = dialect.delimiter or ""

    def ending(record: CsvRecord) -> str:
        missing = max(1, width + 1 - len(record.cells))
        return mark * missing + ODD_ROW_MARK if _is_odd(record, mark, odd) else ""

    return append_to_rows(path, dialect, ending)


def _is_odd(record: CsvRecord, mark: str, odd: OddRows) -> bool:
    cells = record.cells
    if odd.header is not None and cells[: len(odd.header)] == odd.header and not any(cells[len(odd.header) :]):
        return True
    if odd.width is None or len(cells) <= odd.width:
        return False
    return record.raw.rstrip("\r\n").endswith(mark * (len(cells) - odd.width))


def _read_first_line(path: Path, dialect: Dialect) -> bytes:
    """The line with which the header begins."""
    with closing(read_records(path, dialect)) as records:
        header = next(records, None)
    return b"" if header is None else header.raw.partition(dialect.line_end)[0].encode()


def _count_lines_from(block: bytes, text: bytes) -> int:
    """How many times `text` begins a line of the block."""
    return block.count(b"\n" + text) + block.startswith(text)


def _has_surplus(path: Path, dialect: Dialect, width: int) -> bool:
    """Whether a row has blank cells behind the last column."""
    query = f"select 1 from {records_sql(path, dialect, width + 1)} where c{width} is null limit 1"  # noqa: S608
    with connect_for_csv(path, width + 1) as connection:
        return connection.execute(query).fetchone() is not None


def _may_have_surplus(block: bytes, mark: bytes, end: bytes, quote: bytes, width: int) -> bool:
    """Whether a line of the block ends with a delimiter and seems to have more than `width` cells.

    A line with an even number of quotes that ends a record also begins one, so that the delimiters outside its quotes
    count. Other lines, and lines in the middle of a quoted cell, may seem to have more cells than they have.
    """
    if not block.endswith(end):
        block += end
    last = mark + end
    at = block.find(last)
    while at >= 0:
        line = block[block.rfind(end, 0, at) + 1 : at + len(mark)]
        if line.count(mark) >= width and (not quote or _count_outside(line, mark, quote) >= width):
            return True
        at = block.find(last, at + 1)
    return False


def _count_outside(line: bytes, mark: bytes, quote: bytes) -> int:
    """The delimiters outside quotes in a line with an even number of quotes; all of them in another line."""
    parts = line.split(quote)
    return sum(part.count(mark) for part in (parts[::2] if len(parts) % 2 else parts))
