"""Mark the rows that DuckDB would accept although they are rejects.

These are rows with blank cells behind the last column, where most rows have none (a surplus delimiter shifts the
other cells), and rows that repeat the header. In a copy with the same lines they get one more cell, ODD_ROW_MARK, so
that DuckDB skips them as rows with too many cells.
"""

import mmap
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from interfaces.formats.csv.query import connect_for_csv, records_sql
from interfaces.formats.csv.records import read_records
from interfaces.formats.csv.table import ODD_ROW_MARK, Dialect

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class OddRows:
    """Which rows are odd: those that repeat `header`, and with `width` those with blank cells behind that many."""

    header: Sequence[str] | None
    width: int | None


def find_odd_rows(
    path: Path, dialect: Dialect, header: Sequence[str] | None, width: int | None, *, has_quotes: bool
) -> OddRows | None:
    """Which of these kinds of odd rows clean text has; None if it has neither.

    Most files are only searched for two short texts.
    """
    if dialect.delimiter is None:
        return None
    found = OddRows(
        header if header is not None and _repeats_header(path, dialect) else None,
        width if width is not None and _has_surplus(path, dialect, width, has_quotes) else None,
    )
    return found if found.header is not None or found.width is not None else None


def mark_odd_rows(path: Path, dialect: Dialect, odd: OddRows) -> Iterator[bytes]:
    """Yield clean text with its odd rows marked; skipped lines are blank."""
    mark, line = dialect.delimiter or "", 1
    with closing(read_records(path, dialect)) as records:
        for place, record in enumerate(records):
            yield dialect.line_end.encode() * (record.line - line)
            line = record.line + record.raw.count("\n")
            body = record.raw.rstrip("\r\n") if record.fault is None else record.raw
            end = record.raw[len(body) :]
            is_header = place == 0 and dialect.header
            is_odd = record.fault is None and not is_header and _is_odd(record.cells, body, mark, odd)
            yield f"{body}{mark}{ODD_ROW_MARK}{end}".encode() if is_odd else record.raw.encode()


def _is_odd(cells: Sequence[str], body: str, mark: str, odd: OddRows) -> bool:
    if odd.header is not None and cells[: len(odd.header)] == odd.header and not any(cells[len(odd.header) :]):
        return True
    return odd.width is not None and len(cells) > odd.width and body.endswith(mark * (len(cells) - odd.width))


def _repeats_header(path: Path, dialect: Dialect) -> bool:
    with closing(read_records(path, dialect)) as records:
        header = next(records, None)
    if header is None:
        return False
    text = header.raw.rstrip("\r\n").encode()
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return data.find(b"\n" + text, data.find(text) + len(text)) >= 0


def _has_surplus(path: Path, dialect: Dialect, width: int, has_quotes: bool) -> bool:
    """Whether a row has blank cells behind the last column. Only rows that end with a delimiter can."""
    mark, end = (dialect.delimiter or "").encode(), dialect.line_end.encode()
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if data.find(mark + end) < 0 and data[-len(mark) :] != mark:
            return False
    if not has_quotes:
        return any(_has_long_line(lines, mark, width) for lines in _line_blocks(path, end))
    query = f"select 1 from {records_sql(path, dialect, width + 1)} where c{width} is null limit 1"  # noqa: S608
    with connect_for_csv(path, width + 1) as connection:
        return connection.execute(query).fetchone() is not None


def _has_long_line(lines: Sequence[bytes], mark: bytes, width: int) -> bool:
    return any(line.endswith(mark) and line.count(mark) >= width for line in lines)


def _line_blocks(path: Path, end: bytes) -> Iterator[list[bytes]]:
    """The lines of a file, about a megabyte of them at a time."""
    rest = b""
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            *lines, rest = (rest + block).split(end)
            yield lines
    yield [rest]
