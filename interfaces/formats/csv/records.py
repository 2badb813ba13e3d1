"""The careful reading of a CSV file, record by record with its line: for the first rows and for rejects.

Python's csv module is ten times slower than DuckDB, but knows where each record begins.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from domain.errors import Invalid
from interfaces.formats.csv.table import Dialect
from interfaces.formats.source import MAX_LINE_BYTES

SINGLE_CELL_DELIMITER = "\x1f"
"""Stands for the delimiter where a line is one cell: the control character that separates units."""

UNCLOSED_QUOTE = "unexpected end of data"
csv.field_size_limit(1 << 30)


@dataclass(frozen=True, slots=True)
class CsvRecord:
    """One record: the line where it begins (from 1), its cells, its text, and what is wrong with its quotes."""

    line: int
    cells: list[str]
    raw: str
    fault: str | None = None


def read_records(path: Path, dialect: Dialect) -> Iterator[CsvRecord]:
    """The records of a clean file in UTF-8, skipped and blank lines left out."""
    with path.open(encoding="utf-8-sig", newline="\n") as file:
        lines = iter(partial(file.readline, MAX_LINE_BYTES + 1), "")
        for _ in range(dialect.skipped_lines):
            while (part := next(lines, "\n")) and not part.endswith("\n"):
                pass
        yield from parse_records(lines, dialect, dialect.skipped_lines + 1)


def parse_records(lines: Iterable[str], dialect: Dialect, line: int = 1) -> Iterator[CsvRecord]:
    """The records that `lines` of clean text hold, the first of them line number `line`; blank ones left out.

    Raises Invalid at one that is too long.
    """
    seen: list[str] = []
    reader = _csv_reader(_remember_lines(lines, seen), dialect)
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
            cells, fault = _parse_leniently(seen, dialect), str(error)
        raw, count = "".join(seen), len(seen)
        seen.clear()
        if cells is None:
            yield CsvRecord(line, [], raw, fault)
        elif cells:
            yield CsvRecord(line, cells, raw)
        line += count


def line_too_long(line: int) -> Invalid:
    """The refusal of the record that begins in `line`."""
    detail = f"The record that begins in line {line:,} is longer than {MAX_LINE_BYTES:,} bytes; is a quote left open?"
    return Invalid("line-too-long", detail)


class _RecordTooLong(Exception):
    """A record grows beyond the limit while it is read."""


def _remember_lines(lines: Iterable[str], seen: list[str]) -> Iterator[str]:
    size = 0
    for line in lines:
        size = size + len(line) if seen else len(line)
        if size > MAX_LINE_BYTES:
            raise _RecordTooLong
        seen.append(line)
        yield line


def _csv_reader(lines: Iterable[str], dialect: Dialect) -> Iterator[list[str]]:
    mark = dialect.delimiter or SINGLE_CELL_DELIMITER
    if dialect.quote is None:
        return csv.reader(lines, delimiter=mark, quotechar=None, quoting=csv.QUOTE_NONE, strict=True)
    return csv.reader(lines, delimiter=mark, quotechar=dialect.quote, strict=True)


def _parse_leniently(lines: list[str], dialect: Dialect) -> list[str] | None:
    """The cells if all that is wrong are spaces between a closing quote and the delimiter."""
    quote = re.escape(dialect.quote or "")
    ends = f"(?={re.escape(dialect.delimiter or SINGLE_CELL_DELIMITER)}|\r?\n|$)"
    text = re.sub(f"{quote} +{ends}", dialect.quote or "", "".join(lines))
    try:
        return next(_csv_reader(io.StringIO(text, newline="\n"), dialect), [])
    except csv.Error:
        return None
