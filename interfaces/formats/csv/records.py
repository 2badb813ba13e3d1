"""Parse a CSV file record by record with Python's csv module, for the first rows and for rejects.

It is ten times slower than DuckDB, but it knows the line where each record begins.
"""

import csv
import io
import re
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from domain.errors import Invalid
from interfaces.formats.csv.table import ODD_ROW_MARK, CsvTable, Dialect
from interfaces.formats.source import MAX_LINE_BYTES

SINGLE_CELL_DELIMITER = "\x1f"
"""The delimiter if each line is one cell: the control character "unit separator", which text does not contain."""

UNCLOSED_QUOTE = "unexpected end of data"
csv.field_size_limit(1 << 30)


@dataclass(frozen=True, slots=True)
class CsvRecord:
    """A record: the line where it begins (from 1), its cells, its text, and the fault in its quotes, if any."""

    line: int
    cells: list[str]
    raw: str
    fault: str | None = None


def read_records(path: Path, dialect: Dialect) -> Generator[CsvRecord]:
    """Yield the records of a clean UTF-8 file, without skipped and blank lines. Raises Invalid `line-too-long`."""
    with path.open(encoding="utf-8-sig", newline="\n") as file:
        lines = iter(partial(file.readline, MAX_LINE_BYTES + 1), "")
        for _ in range(dialect.skipped_lines):
            while (part := next(lines, "\n")) and not part.endswith("\n"):
                pass
        yield from parse_records(lines, dialect, dialect.skipped_lines + 1)


def parse_text(text: str, dialect: Dialect) -> list[CsvRecord]:
    """The records of clean text, as from `parse_records`; without quotes in it, each line is one. Raises the same."""
    lines = io.StringIO(text, newline="\n")
    if "\r" in text or (dialect.quote is not None and dialect.quote in text):
        return list(parse_records(lines, dialect))
    raws = lines.readlines()
    if (number := next((at for at, raw in enumerate(raws, 1) if len(raw) > MAX_LINE_BYTES), None)) is not None:
        raise line_too_long(number)
    found = zip(_csv_reader(raws, dialect), raws, strict=True)
    return [CsvRecord(line, cells, raw) for line, (cells, raw) in enumerate(found, 1) if cells]


def parse_records(lines: Iterable[str], dialect: Dialect, line: int = 1) -> Iterator[CsvRecord]:
    """Yield the records in `lines` of clean text, without blank lines; `line` is the number of the first line.

    Raises Invalid `line-too-long` if a record is longer than MAX_LINE_BYTES.
    """
    consumed: list[str] = []
    reader = _csv_reader(_remember_lines(lines, consumed), dialect)
    while True:
        cells: list[str] | None
        fault = None
        try:
            cells = next(reader)
        except StopIteration:
            return
        except _RecordTooLong:
            raise line_too_long(line) from None
        except csv.Error as error:
            cells, fault = _parse_leniently(consumed, dialect), str(error)
        raw, count = "".join(consumed), len(consumed)
        consumed.clear()
        if cells is None:
            yield CsvRecord(line, [], raw, fault)
        elif cells:
            yield CsvRecord(line, cells, raw)
        line += count


def fits_table(record: CsvRecord, table: CsvTable) -> bool:
    """Whether a record has a cell for each column, perhaps padded; surplus cells may be empty and unquoted."""
    columns, width = len(table.columns), len(record.cells)
    if record.cells[-1] == ODD_ROW_MARK:
        return False
    if width < columns:
        return table.padding is not None and table.padding.applies(width)
    surplus = (table.dialect.delimiter or SINGLE_CELL_DELIMITER) * (width - columns)
    return record.raw.rstrip("\r\n").endswith(surplus)


def line_too_long(line: int) -> Invalid:
    """The error for a record that begins in `line` and is too long."""
    detail = f"The record that begins in line {line:,} is longer than {MAX_LINE_BYTES:,} bytes; is a quote left open?"
    return Invalid("line-too-long", detail)


class _RecordTooLong(Exception):
    """The record being read exceeds the limit."""


def _remember_lines(lines: Iterable[str], consumed: list[str]) -> Iterator[str]:
    size = 0
    for line in lines:
        size = size + len(line) if consumed else len(line)
        if size > MAX_LINE_BYTES:
            raise _RecordTooLong
        consumed.append(line)
        yield line


def _csv_reader(lines: Iterable[str], dialect: Dialect) -> Iterator[list[str]]:
    mark = dialect.delimiter or SINGLE_CELL_DELIMITER
    if dialect.quote is None:
        return csv.reader(lines, delimiter=mark, quotechar=None, quoting=csv.QUOTE_NONE, strict=True)
    return csv.reader(lines, delimiter=mark, quotechar=dialect.quote, strict=True)


def _parse_leniently(lines: list[str], dialect: Dialect) -> list[str] | None:
    """The cells if the only fault is spaces between a closing quote and the delimiter, else None."""
    quote = re.escape(dialect.quote or "")
    ends = f"(?={re.escape(dialect.delimiter or SINGLE_CELL_DELIMITER)}|\r?\n|$)"
    text = re.sub(f"{quote} +{ends}", dialect.quote or "", "".join(lines))
    try:
        return next(_csv_reader(io.StringIO(text, newline="\n"), dialect), [])
    except csv.Error:
        return None
