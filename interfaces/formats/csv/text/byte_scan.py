"""One fast reading of the raw bytes that finds what would spoil the whole file, and what must be cleaned first.

A quote that is never closed, a NUL or a byte that is no UTF-8 would otherwise be read as something else and
nobody would notice. Everything runs over megabytes at a time; only a file with an odd number of quotes is
looked at closely.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from domain.errors import Invalid
from interfaces.formats.csv.records import SINGLE_CELL_DELIMITER, UNCLOSED_QUOTE, read_records
from interfaces.formats.csv.table import Dialect
from interfaces.formats.text.plausibility import invalid_utf8

_BLOCK = 1 << 20
_MAX_SHORT_LINE = 256
_OVERLAP = 64


@dataclass(frozen=True, slots=True)
class ByteScan:
    """`size` in bytes, `lines` in the file, and the mean length of a line where lines are longest.

    `line_end` is LF or CRLF where every line break in the file is one, inside quotes or not; else None.
    `is_loose`: there are spaces between quotes and delimiters, or comments.
    """

    size: int
    lines: int
    longest_mean: int
    quotes: int
    line_end: str | None
    is_loose: bool


def scan_bytes(path: Path, dialect: Dialect) -> ByteScan:
    """Read the file once. Raises Invalid or UnsupportedFormat naming the line that spoils it."""
    size = newlines = returns = pairs = quotes = longest_mean = 0
    quote = (dialect.quote or "").encode()
    loose = _loose_patterns(dialect)
    is_loose = False
    rest = last = b""
    with path.open("rb", buffering=0) as file:
        while block := file.read(_BLOCK):
            rest = _check_block(rest + block, size - len(rest), newlines)
            found = block.count(b"\n")
            longest_mean = max(longest_mean, len(block) // (found + 1))
            if b"\r" in block or last.endswith(b"\r"):
                returns += block.count(b"\r")
                pairs += block.count(b"\r\n") + (last.endswith(b"\r") and block.startswith(b"\n"))
            quoted = block.count(quote) if quote else 0
            quotes += quoted
            if not is_loose and (quoted or dialect.comment):
                edge = (last or b"\n") + block[:_OVERLAP]
                is_loose = any(
                    sign in text and pattern.search(text) for sign, pattern in loose for text in (block, edge)
                )
            size, newlines, last = size + len(block), newlines + found, block[-_OVERLAP:]
    if rest:
        raise invalid_utf8(size - len(rest), rest[0], newlines + 1)
    line_end = "\n" if not returns else "\r\n" if returns == newlines == pairs else None
    return ByteScan(size, newlines + (last[-1:] != b"\n"), longest_mean, quotes, line_end, is_loose)


def has_long_lines(mean: int, columns: int) -> bool:
    """Whether lines of `mean` bytes and so many cells are long enough to be fetched fewer at a time."""
    return mean + 4 * columns > _MAX_SHORT_LINE


def _loose_patterns(dialect: Dialect) -> list[tuple[bytes, re.Pattern[bytes]]]:
    """What must not stand in clean text, each with a literal part of it, which is sought first for speed."""
    found: list[tuple[bytes, bytes]] = []
    quoted = (dialect.quote or "").encode()
    mark = re.escape((dialect.delimiter or SINGLE_CELL_DELIMITER).encode())
    if dialect.quote and dialect.delimiter != " ":
        quote = re.escape(dialect.quote.encode())
        before = b"(?:(?<=%b %b)|(?<=[\r\n ] %b))" % (mark, quote, quote)
        doubled = b"%b(?!%b|[ \r\n]|\\Z)" % (quote, mark)
        found.append((b" " + quoted, b" %b%b(?!%b)" % (quote, before, doubled)))
        found.append((quoted + b" ", b"%b (?= *(?:%b|[\r\n]))" % (quote, mark)))
    if dialect.comment:
        comment = re.escape(dialect.comment.encode())
        found.append((dialect.comment.encode(), b"%b(?<=[\r\n]%b)" % (comment, comment)))
    return [(sign, re.compile(pattern)) for sign, pattern in found]


def _check_block(data: bytes, offset: int, newlines: int) -> bytes:
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
        raise invalid_utf8(offset + error.start, data[error.start], line) from None
    return b""


def check_quotes(path: Path, dialect: Dialect) -> None:
    """Clean text has an odd number of quotes: either some stand inside cells, or one is never closed.

    Raises Invalid.
    """
    for record in read_records(path, dialect):
        if record.fault == UNCLOSED_QUOTE:
            line = record.line + record.raw.count("\n", 0, _find_open_quote(record.raw, dialect))
            raise Invalid("unclosed-quote", f"The quote that opens in line {line:,} is never closed.")


def _find_open_quote(raw: str, dialect: Dialect) -> int:
    """Where in an unfinished record the quote stands that is not closed."""
    end, quote = re.escape(dialect.delimiter or chr(31)), re.escape(dialect.quote or "")
    body = f"(?:[^{quote}]|{quote}{quote})*"
    cell = re.compile(f"{quote}{body}{quote} *(?=[{end}\r\n])|[^{quote}{end}\r\n][^{end}\r\n]*|[{end}\r\n]")
    at = 0
    while match := cell.match(raw, at):
        at = match.end()
    return at
