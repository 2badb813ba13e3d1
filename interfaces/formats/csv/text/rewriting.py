"""Text in whatever manner, rewritten the one way the fast reading is sure of, line by line.

Records end with LF (line ends inside quotes are content and stay), quotes stand at the very ends of a cell and
are doubled inside, comments are blank lines. The lines keep their numbers. One regular expression runs over
megabytes at a time; each match is a line end, a quoted cell or a comment.
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
LINE_ENDS = (b"\n", b"\r\n", b"\r")
_BLOCK = 1 << 20


class TextCleaner(Protocol):
    def __call__(self, data: bytes, *, ended: bool) -> tuple[bytes, bytes]: ...


def rewrite_text(
    path: Path, dialect: Dialect, *, start: int = 0, blank: int = 0, seen: Counter[bytes] | None = None
) -> Iterator[bytes]:
    """The text from byte `start` on, made clean; the first `blank` lines become empty ones.

    `seen` counts the line ends outside quotes, as COMMENT the comments, and as BAD_QUOTE the cells that go on after
    their closing quote or are never closed. Raises Invalid `line-too-long` where no record ends for megabytes.
    """
    clean = build_cleaner(dialect, seen)
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
            if blank:
                rest = b"" if ended else rest[-1:]
                continue
            done, rest = clean(rest, ended=ended)
            lines += done.count(b"\n")
            if len(rest) > _BLOCK + MAX_LINE_BYTES:
                raise line_too_long(lines)
            yield done


def build_cleaner(dialect: Dialect, seen: Counter[bytes] | None = None) -> TextCleaner:
    """A function of some text that begins with a record: (its records made clean, the rest without an end).

    `ended` says that nothing follows the text, so that its last record ends there.
    """
    pattern = re.compile(_token_pattern(dialect).encode("latin-1"), re.DOTALL)
    edit = _build_escape_edit(dialect) if dialect.escape else _build_edit(dialect)
    kinds = Counter[bytes]() if seen is None else seen

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
    """How text is written after it was cleaned."""
    quote = '"' if dialect.escape else dialect.quote
    return Dialect(dialect.delimiter, dialect.header, dialect.skipped_lines, dialect.header_lines, quote)


def _first_line_end(data: bytes, ended: bool) -> int:
    """Where the first line of `data` is over, 0 if that is not known yet."""
    match = re.search(rb"\r\n|\n|\r(?!\Z)" if not ended else rb"\r\n|\n|\r", data)
    return match.end() if match else 0


def _token_pattern(dialect: Dialect) -> str:
    """Alternatives that each begin with a literal, so that the search leaps from one candidate to the next.

    Of a quoted cell the group `body` is what stands between its quotes, `open` that without a proper end;
    `text` is a cell that only looks quoted. Bytes are written as characters of Latin-1.
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
    """A character of a cell. Its repetitions are not possessive: early versions of Python 3.11 forget what stands
    in a lookahead inside of those."""
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
    """Cells without their escapes. What is escaped without need keeps its escape: `\\N`, `C:\\temp`."""
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
