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

SINGLE = "\x1f"
"""Stands for the delimiter where a line is one cell: the control character that separates units."""

UNCLOSED = "unexpected end of data"
csv.field_size_limit(1 << 30)


@dataclass(frozen=True, slots=True)
class Record:
    """One record: the line where it begins (from 1), its cells, its text, and what is wrong with its quotes."""

    line: int
    cells: list[str]
    raw: str
    fault: str | None = None


def records(path: Path, dialect: Dialect) -> Iterator[Record]:
    """The records of a clean file in UTF-8, skipped and blank lines left out."""
    with path.open(encoding="utf-8-sig", newline="\n") as file:
        lines = iter(partial(file.readline, MAX_LINE_BYTES + 1), "")
        for _ in range(dialect.skipped_lines):
            while (part := next(lines, "\n")) and not part.endswith("\n"):
                pass
        yield from parsed(lines, dialect, dialect.skipped_lines + 1)


def parsed(lines: Iterable[str], dialect: Dialect, line: int = 1) -> Iterator[Record]:
    """The records that `lines` of clean text hold, the first of them line number `line`; blank ones left out.

    Raises Invalid at one that is too long.
    """
    seen: list[str] = []
    reader = _reader(_remembered(lines, seen), dialect)
    while True:
        cells: list[str] | None
        fault = None
        try:
            cells = next(reader)
        except StopIteration:
            return
        except _TooLong:
            raise too_long(line) from None
        except csv.Error as error:
            cells, fault = _relaxed(seen, dialect), str(error)
        raw, count = "".join(seen), len(seen)
        seen.clear()
        if cells is None:
            yield Record(line, [], raw, fault)
        elif cells:
            yield Record(line, cells, raw)
        line += count


def too_long(line: int) -> Invalid:
    """The refusal of the record that begins in `line`."""
    detail = f"The record that begins in line {line:,} is longer than {MAX_LINE_BYTES:,} bytes; is a quote left open?"
    return Invalid("line-too-long", detail)


class _TooLong(Exception):
    """A record grows beyond the limit while it is read."""


def _remembered(lines: Iterable[str], seen: list[str]) -> Iterator[str]:
    size = 0
    for line in lines:
        size = size + len(line) if seen else len(line)
        if size > MAX_LINE_BYTES:
            raise _TooLong
        seen.append(line)
        yield line


def _reader(lines: Iterable[str], dialect: Dialect) -> Iterator[list[str]]:
    mark = dialect.delimiter or SINGLE
    if dialect.quote is None:
        return csv.reader(lines, delimiter=mark, quotechar=None, quoting=csv.QUOTE_NONE, strict=True)
    return csv.reader(lines, delimiter=mark, quotechar=dialect.quote, strict=True)


def _relaxed(lines: list[str], dialect: Dialect) -> list[str] | None:
    """The cells if all that is wrong are spaces between a closing quote and the delimiter."""
    quote = re.escape(dialect.quote or "")
    ends = f"(?={re.escape(dialect.delimiter or SINGLE)}|\r?\n|$)"
    text = re.sub(f"{quote} +{ends}", dialect.quote or "", "".join(lines))
    try:
        return next(_reader(io.StringIO(text, newline="\n"), dialect), [])
    except csv.Error:
        return None
