"""Rewrite CSV text of any supported dialect as clean text for the fast pass.

In clean text records end with LF (line ends inside quotes are content and stay), quotes are the first and last
character of a cell and are doubled inside, and comments are blank lines. Lines keep their numbers. One regular
expression processes megabytes at a time; each match is a line end, a quoted cell or a comment.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from interfaces.formats.csv.records import SINGLE_CELL_DELIMITER, line_too_long
from interfaces.formats.csv.table import Dialect
from interfaces.formats.source import MAX_LINE_BYTES

BAD_QUOTE = b'"'
COMMENT = b"#"
END_MARK = b"\x1a"
"""Ctrl-Z, which ends a text file of DOS and is not part of it."""
LINE_ENDS = (b"\n", b"\r\n", b"\r")
_BLOCK = 1 << 20


class TextCleaner(Protocol):
    def __call__(self, data: bytes, *, ended: bool) -> tuple[bytes, bytes]: ...


def rewrite_text(
    path: Path, dialect: Dialect, *, start: int = 0, blank: int = 0, counts: Counter[bytes] | None = None
) -> Iterator[bytes]:
    """Yield the text from byte `start` on as clean text; the first `blank` lines become empty lines.

    `counts` counts the line ends outside quotes, comments (as COMMENT), and cells that continue after their closing
    quote or are never closed (as BAD_QUOTE). Raises Invalid `line-too-long` if a record exceeds about 2 MB.
    """
    clean = build_cleaner(dialect, counts)
    lines, rest, ended = 1, b"", False
    with path.open("rb") as file:
        file.seek(start)
        while not ended:
            block = file.read(_BLOCK)
            ended = not block
            rest += block
            while blank and (end := _first_line_end(rest, ended)):
                rest, blank, lines = rest[end:], blank - 1, lines + 1
                yield b"\n"
            if ended:
                rest = rest.rstrip(END_MARK)
            if blank:
                rest = b"" if ended else rest[-1:]
                continue
            done, rest = clean(rest, ended=ended)
            lines += done.count(b"\n")
            if len(rest) > _BLOCK + MAX_LINE_BYTES:
                raise line_too_long(lines)
            yield done


def build_cleaner(dialect: Dialect, counts: Counter[bytes] | None = None) -> TextCleaner:
    """Build a function that takes text beginning with a record, and returns (clean records, incomplete rest).

    Its argument `ended` says that nothing follows the text, so that the last record ends there.
    """
    pattern = re.compile(_token_pattern(dialect).encode("latin-1"), re.DOTALL)
    edit = _build_escape_edit(dialect) if dialect.escape else _build_edit(dialect)
    kinds = Counter[bytes]() if counts is None else counts

    def clean(data: bytes, *, ended: bool) -> tuple[bytes, bytes]:
        held = b"\r" if data.endswith(b"\r") and not ended else b""
        data = b"\n" + data.removesuffix(held)
        parts: list[bytes] = []
        at = complete = 1
        count = 0
        for match in pattern.finditer(data, 1):
            text = match[0]
            if text in LINE_ENDS:
                kinds[text] += 1
                parts += (data[at : match.start()], b"\n")
                at = complete = match.end()
                count = len(parts)
            elif match.end() < len(data) or ended:
                if match.lastgroup in (None, "open"):
                    kinds[BAD_QUOTE if match.lastgroup else COMMENT] += 1
                parts += (data[at : match.start()], edit(match))
                at = match.end()
            else:
                break
        if ended:
            return b"".join((*parts, data[at:])), b""
        return b"".join(parts[:count]), data[complete:] + held

    return clean


def clean_dialect(dialect: Dialect) -> Dialect:
    """Return the dialect of the text after cleaning."""
    quote = '"' if dialect.escape else dialect.quote
    return Dialect(dialect.delimiter, dialect.header, dialect.skipped_lines, dialect.header_lines, quote)


def _first_line_end(data: bytes, ended: bool) -> int:
    """The offset after the first line of `data`, or 0 if it is incomplete."""
    match = re.search(rb"\r\n|\n|\r(?!\Z)" if not ended else rb"\r\n|\n|\r", data)
    return match.end() if match else 0


def _token_pattern(dialect: Dialect) -> str:
    """The pattern of line ends, cells and comments. Each alternative begins with a literal, which is searched fast.

    In a quoted cell the group `body` is the text between its quotes, or `open` if it has no proper end. `text` is a
    cell that only looks quoted. Bytes are written as Latin-1 characters.
    """
    mark = _escape_latin1(dialect.delimiter or SINGLE_CELL_DELIMITER)
    blanks = "" if dialect.delimiter == " " else " *+"
    over = rf"{blanks}(?={mark}|[\r\n]|\Z)"
    found = [r"\r\n|\r|\n"]
    if dialect.comment:
        comment = _escape_latin1(dialect.comment)
        found.append(rf"{comment}(?<=[\r\n]{comment})[^\r\n]*+")
    if dialect.quote:
        quote = _escape_latin1(dialect.quote)
        escape = _escape_latin1(dialect.escape) if dialect.escape else ""
        escaped = f"|{escape}." if escape else ""
        body = f"(?:[^{quote}{escape}]++|{quote}{quote}{escaped})*+"
        found.append(
            rf"{quote}(?:(?<={mark}{quote})|(?<=[\r\n]{quote}))(?:(?P<body>{body}){quote}{over}|(?P<open>{body}))"
        )
        if not escape and blanks:
            start = rf"(?:(?<={mark} )|(?<=[\r\n] ))"
            closed = rf"{quote}(?P<inner>{body}){quote}{over}|(?P<unclosed>{quote}{body}\Z)"
            found.append(rf" {start} *+(?:{closed}|(?P<text>{quote}{_cell_character(mark)}*))")
    if dialect.escape:
        escape = _escape_latin1(dialect.escape)
        found.append(rf"(?:(?<={mark})|(?<=[\r\n]))(?P<plain>(?:{escape}.|{_cell_character(mark)})+)")
    return "|".join(found)


def _cell_character(mark: str) -> str:
    """The pattern of a character of a cell. It must not be repeated possessively: early versions of Python 3.11
    ignore a lookahead inside possessive repetitions."""
    return rf"(?:(?!{mark})[^\r\n])"


def _escape_latin1(text: str) -> str:
    return re.escape(text.encode().decode("latin-1"))


def _build_edit(dialect: Dialect) -> Callable[[re.Match[bytes]], bytes]:
    quote = (dialect.quote or "").encode()

    def edit(match: re.Match[bytes]) -> bytes:
        match match.lastgroup:
            case "body" | "inner":
                return quote + match[match.lastgroup] + quote
            case "text":
                return quote + match[0].replace(quote, quote * 2) + quote
            case "unclosed":
                return match["unclosed"]
            case None:
                return b""
        return match[0]

    return edit


def _build_escape_edit(dialect: Dialect) -> Callable[[re.Match[bytes]], bytes]:
    """Build a function that removes escapes from a cell. Needless escapes stay: `\\N`, `C:\\temp`."""
    quote, escape, mark = ((part or "").encode() for part in (dialect.quote, dialect.escape, dialect.delimiter))
    needed = b"|".join(re.escape(part) for part in (mark, quote, escape, b"\r", b"\n") if part)
    escaped = re.compile(re.escape(escape) + b"(" + needed + b")" + (b"|" + re.escape(quote) * 2 if quote else b""))
    unsafe = re.compile(b' *"|[\r\n]' + (b"|" + re.escape(mark) if mark else b""))

    def edit(match: re.Match[bytes]) -> bytes:
        match match.lastgroup:
            case "body":
                return _quote_cell(escaped.sub(lambda found: found[1] or quote, match["body"]))
            case "plain":
                if quote and match[0].startswith(quote):
                    return match[0]
                value = re.sub(re.escape(escape) + b"(" + needed + b")", rb"\1", match[0])
                return _quote_cell(value) if unsafe.search(value) else value
            case None:
                return b""
        return match[0]

    return edit


def _quote_cell(value: bytes) -> bytes:
    return b'"' + value.replace(b'"', b'""') + b'"'
