"""Scan the bytes of a CSV file once for faults that make the whole file unusable, and for text that needs cleaning.

An unclosed quote, a NUL or an invalid byte would otherwise be misread without an error. The scan works on megabytes
at a time; only a file with an odd number of quotes is parsed in detail.
"""

import re
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from domain.errors import Invalid
from interfaces.formats.csv.records import SINGLE_CELL_DELIMITER, UNCLOSED_QUOTE, read_records
from interfaces.formats.csv.table import Dialect
from interfaces.formats.csv.text.quote_faults import quote_error
from interfaces.formats.text.plausibility import invalid_utf8

_BLOCK = 1 << 20
_MAX_SHORT_LINE = 256
_OVERLAP = 64


@dataclass(frozen=True, slots=True)
class ByteScan:
    """The result of a scan: `size` in bytes, the numbers of `lines` and `quotes`.

    `longest_mean` is the mean line length in bytes, in the block where it is greatest. `line_end` is LF or CRLF if
    all line breaks of the file are the same, inside quotes or not; else None. `is_loose`: there are spaces between
    quotes and delimiters, or comments. `has_formulas`: some cells begin like `="0001234"`.
    """

    size: int
    lines: int
    longest_mean: int
    quotes: int
    line_end: str | None
    is_loose: bool
    has_formulas: bool


def scan_bytes(path: Path, dialect: Dialect) -> ByteScan:
    """Scan the file. Raises Invalid `nul-byte` or UnsupportedFormat `unsupported-encoding`, naming the line."""
    size = newlines = returns = pairs = quotes = longest_mean = 0
    quote = (dialect.quote or "").encode()
    loose = _loose_patterns(dialect)
    formulas = [(b'="', _formula_pattern(dialect))]
    is_loose = has_formulas = False
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
            texts = (block, (last or b"\n") + block[:_OVERLAP])
            if not is_loose and (quoted or dialect.comment):
                is_loose = _contains(texts, loose)
            has_formulas = has_formulas or _contains(texts, formulas)
            size, newlines, last = size + len(block), newlines + found, block[-_OVERLAP:]
    if rest:
        raise invalid_utf8(size - len(rest), rest[0], newlines + 1)
    line_end = "\n" if not returns else "\r\n" if returns == newlines == pairs else None
    return ByteScan(size, newlines + (last[-1:] != b"\n"), longest_mean, quotes, line_end, is_loose, has_formulas)


def has_long_lines(mean: int, columns: int) -> bool:
    """Whether lines of `mean` bytes and `columns` cells are so long that fewer should be fetched at a time."""
    return mean + 4 * columns > _MAX_SHORT_LINE


def _loose_patterns(dialect: Dialect) -> list[tuple[bytes, re.Pattern[bytes]]]:
    """The patterns that clean text must not contain, each with a literal part, which is searched first for speed."""
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


def _contains(texts: Sequence[bytes], patterns: Sequence[tuple[bytes, re.Pattern[bytes]]]) -> bool:
    """Whether a pattern, of which its literal part is searched first, is found in one of the texts."""
    return any(sign in text and pattern.search(text) is not None for sign, pattern in patterns for text in texts)


def _formula_pattern(dialect: Dialect) -> re.Pattern[bytes]:
    """The pattern of the beginning of a cell like `="0001234"`, which may be in quotes."""
    mark = re.escape((dialect.delimiter or SINGLE_CELL_DELIMITER).encode())
    return re.compile(b'(?:%b|[\r\n])(?:="|"="")' % mark)


def _check_block(data: bytes, offset: int, newlines: int) -> bytes:
    """Check that `data` is UTF-8 without NULs; return the incomplete character at its end."""
    if b"\x00" in data:
        line = newlines + data.count(b"\n", 0, data.index(b"\x00")) + 1
        raise Invalid("nul-byte", f"Line {line:,} has a NUL byte, which text files must not contain.")
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
    """Check text with an odd number of quotes: some are inside unquoted cells, or one is never closed.

    Raises Invalid `unclosed-quote`.
    """
    with closing(read_records(path, dialect)) as records:
        for record in records:
            if record.fault == UNCLOSED_QUOTE:
                raise quote_error(record, dialect)
