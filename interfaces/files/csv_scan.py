"""One fast reading of the raw bytes that finds what would spoil the whole file.

A quote that is never closed, a NUL or a byte that is no UTF-8 would otherwise be read as something else and
nobody would notice. Everything runs over megabytes at a time; only a file with an odd number of quotes is
looked at closely.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from domain.errors import Invalid
from interfaces.files.csv_line_ends import lone_returns
from interfaces.files.csv_records import UNCLOSED, records
from interfaces.files.look import bad_encoding
from interfaces.files.source import Dialect

_BLOCK = 1 << 20
_SHORT = 256


@dataclass(frozen=True, slots=True)
class Scan:
    """`size` in bytes, `lines` in the file, and the mean length of a line where lines are longest."""

    size: int
    lines: int
    longest_mean: int


def scan(path: Path, dialect: Dialect) -> Scan:
    """Read the file once. Raises Invalid or UnsupportedFormat naming the line that spoils it."""
    size = newlines = quotes = longest_mean = 0
    returns = False
    rest = last = b""
    with path.open("rb", buffering=0) as file:
        while block := file.read(_BLOCK):
            rest = _checked(rest + block, size - len(rest), newlines)
            found = block.count(b"\n")
            longest_mean = max(longest_mean, len(block) // (found + 1))
            returns = returns or b"\r" in block
            quotes += block.count(b'"')
            size, newlines, last = size + len(block), newlines + found, block[-1:]
    if rest:
        raise bad_encoding(size - len(rest), rest[0], newlines + 1)
    if returns and not newlines:
        raise lone_returns()
    if quotes % 2:
        _check_quotes(path, dialect)
    return Scan(size, newlines + (last != b"\n"), longest_mean)


def is_long(mean: int, columns: int) -> bool:
    """Whether lines of `mean` bytes and so many cells are long enough to be fetched fewer at a time."""
    return mean + 4 * columns > _SHORT


def _checked(data: bytes, offset: int, newlines: int) -> bytes:
    """The bytes at the end of `data` that begin a character the next block ends."""
    if b"\x00" in data:
        line = newlines + data.count(b"\n", 0, data.index(b"\x00")) + 1
        raise Invalid("nul-byte", f"Line {line:,} has a NUL byte, which no text file has.")
    if data.isascii():
        return b""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data" and len(data) - error.start < 4:
            return data[error.start :]
        line = newlines + data.count(b"\n", 0, error.start) + 1
        raise bad_encoding(offset + error.start, data[error.start], line) from None
    return b""


def _check_quotes(path: Path, dialect: Dialect) -> None:
    """An odd number of quotes: either some stand inside cells, or one is never closed. Raises Invalid."""
    for record in records(path, dialect):
        if record.fault == UNCLOSED:
            line = record.line + record.raw.count("\n", 0, _open_quote(record.raw, dialect))
            raise Invalid("unclosed-quote", f"The quote that opens in line {line:,} is never closed.")


def _open_quote(raw: str, dialect: Dialect) -> int:
    """Where in an unfinished record the quote stands that is not closed."""
    cell_ends = f"[{re.escape(dialect.delimiter or chr(31))}\r\n]"
    cell = re.compile(f'"(?:[^"]|"")*"(?={cell_ends})|[^"{cell_ends[1:-1]}][^{cell_ends[1:-1]}]*|{cell_ends}')
    at = 0
    while match := cell.match(raw, at):
        at = match.end()
    return at
