"""The careful reading of a CSV file, record by record with its line: for the first rows and for rejects.

Python's csv module is ten times slower than DuckDB, but knows where each record begins.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from domain.errors import Invalid
from interfaces.files.source import MAX_LINE_BYTES, Dialect

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
    """The records of a file in UTF-8 whose lines end with LF or CRLF, blank lines left out."""
    with path.open(encoding="utf-8-sig", newline="\n") as file:
        yield from parsed(iter(partial(file.readline, MAX_LINE_BYTES + 1), ""), dialect.delimiter)


def parsed(lines: Iterable[str], delimiter: str | None) -> Iterator[Record]:
    """The records that `lines` hold, blank ones left out. Raises Invalid at one that is too long."""
    seen: list[str] = []
    mark = delimiter or SINGLE
    reader = csv.reader(_remembered(lines, seen), delimiter=mark, strict=True)
    line = 1
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
            cells, fault = _relaxed(seen, mark), str(error)
        raw = "".join(seen)
        seen.clear()
        if cells is None:
            yield Record(line, [], raw, fault)
        elif cells:
            yield Record(line, cells, raw)
        line = reader.line_num + 1


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


def _relaxed(lines: list[str], mark: str) -> list[str] | None:
    """The cells if all that is wrong are spaces between a closing quote and the delimiter."""
    text = re.sub(f'" +(?={re.escape(mark)}|\r?\n|$)', '"', "".join(lines))
    try:
        return next(csv.reader(text.splitlines(keepends=True), delimiter=mark, strict=True), [])
    except csv.Error:
        return None
