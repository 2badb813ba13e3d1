"""Detect the dialect of a CSV file from its first rows, and where its table begins."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from application.imports.file_format import FileOptions
from domain.columns import quote_value
from domain.errors import Invalid
from interfaces.formats.csv.layout.delimiter import DialectCandidate, detect_dialect
from interfaces.formats.csv.layout.header import filled_width, greatest_filled_width, join_header_rows
from interfaces.formats.csv.table import Dialect
from interfaces.formats.source import MAX_LINE_BYTES
from interfaces.formats.values.forms import matching_formats

_HEAD_BYTES = 1 << 18
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_SEPARATOR = re.compile(rb'"?sep=([^"])"?\s*', re.IGNORECASE)
_MAX_SHOWN_LINES = 10


@dataclass(frozen=True, slots=True)
class CsvSample:
    """The first rows of a file: `header` has the names as written (None without a header), `rows` the cells below.

    `trailing` is the number of columns after `width` that have no name and, in these rows, no value. `skipped` are
    the non-blank lines above the table, with their numbers. `hides_quotes`: a line above the table has quotes, which
    would confuse a reader that skips it.
    """

    dialect: Dialect
    header: list[str] | None
    rows: list[list[str]]
    width: int
    trailing: int = 0
    skipped: tuple[tuple[int, str], ...] = ()
    hides_quotes: bool = False


def read_sample(path: Path, start: int, options: FileOptions) -> CsvSample:
    """Read the first lines of the text, which begins at byte `start` of the file, and detect their dialect.

    Raises Invalid `empty-file`.
    """
    head, is_all = _read_head(path, start)
    options, top = _read_separator_line(head, options)
    top += options.skip_rows or 0
    rest = head[_end_of_line(head, top) :]
    found = detect_dialect(rest, options, options.comment or None, is_all=is_all)
    comments = 0 if options.comment is not None else _count_comment_lines(rest)
    if comments:
        below = detect_dialect(rest[_end_of_line(rest, comments) :], options, None, is_all=is_all)
        if own := _count_comments_above(rest, comments, below):
            top, rest = top + own, rest[_end_of_line(rest, own) :]
            found = detect_dialect(rest, options, None, is_all=is_all)
    if is_all and not found.faults and (not found.records or not head.strip()):
        raise Invalid("empty-file", "The file is empty: it has neither a header nor a row.")
    return _build_sample(head, top, found)


def _build_sample(head: bytes, top: int, found: DialectCandidate) -> CsvSample:
    layout, quote = found.layout, (found.dialect.quote or "\0").encode()
    table = found.records[layout.above :]
    names, below = table[: layout.header], table[layout.header :]
    first = names[-1] if names else below[0] if below else None
    dialect = replace(found.dialect, header=bool(names), skipped_lines=top + (first.line - 1 if first else 0))
    if names:
        raw = names[-1].raw
        dialect = replace(dialect, header_lines=raw.count("\n") + (not raw.endswith("\n")))
    header = join_header_rows([name.cells for name in names], layout.width) if len(names) > 1 else None
    header = header or (names[0].cells if names else None)
    rows = [record.cells for record in below if len(record.cells) >= layout.width]
    widest = max(layout.width, len(header or ()))
    width = widest
    if header is not None:
        values = [row for row in rows if len(row) <= widest]
        filled = min(layout.width, greatest_filled_width(values, widest)) if values else layout.width
        width = max(filled_width(header), filled, 1)
    above = head[: _end_of_line(head, dialect.skipped_lines)]
    own = top + (names[0].line - 1 if names else first.line - 1 if first else 0)
    return CsvSample(
        dialect,
        header[:width] if header else None,
        [row if len(row) == width else row[:width] for row in rows if len(row) >= width and not any(row[width:])],
        width,
        widest - width,
        tuple(_nonblank_lines(head[: _end_of_line(head, own)])),
        quote in above,
    )


def skipped_notes(sample: CsvSample) -> Iterator[str]:
    """The notes that list the skipped lines above the table."""
    if not sample.skipped:
        return
    first, last = sample.skipped[0][0], sample.skipped[-1][0]
    which = f"Line {first:,}" if first == last else f"Lines {first:,} to {last:,}"
    texts = ", ".join(quote_value(text) for _, text in sample.skipped[:_MAX_SHOWN_LINES])
    more = f" and {len(sample.skipped) - _MAX_SHOWN_LINES:,} more" if len(sample.skipped) > _MAX_SHOWN_LINES else ""
    yield f"{which} above the table {'was' if first == last else 'were'} skipped: {texts}{more}."


def _read_head(path: Path, start: int) -> tuple[bytes, bool]:
    """Read complete lines, about 256 KB (more if lines are long); also return whether that is the whole file."""
    with path.open("rb") as file:
        file.seek(start)
        data = file.read(_HEAD_BYTES)
        while _is_short(data) and len(data) < 4 * MAX_LINE_BYTES and (more := file.read(_HEAD_BYTES)):
            data += more
        is_all = not file.read(1)
    if not is_all:
        data = data[: max(data.rfind(b"\n"), data.rfind(b"\r", 0, -1)) + 1]
    return data, is_all


def _is_short(data: bytes) -> bool:
    text = data.lstrip()
    return text.count(b"\n") < 3 and text.count(b"\r") < 3


def _read_separator_line(head: bytes, options: FileOptions) -> tuple[FileOptions, int]:
    """The options with the delimiter of a first line like `sep=;` (a convention of Excel), and the number of such
    lines, 0 or 1."""
    line = _LINE.match(head)
    found = _SEPARATOR.fullmatch(line[0].decode(errors="replace").encode()) if line else None
    if found is None:
        return options, 0
    return (replace(options, delimiter=found[1].decode()) if options.delimiter is None else options), 1


def _end_of_line(data: bytes, number: int) -> int:
    """The offset after line `number` (from 1) of `data`; 0 for 0."""
    at = 0
    for _ in range(number):
        match = _LINE.match(data, at)
        at = match.end() if match else at
    return at


def _nonblank_lines(data: bytes) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(_split_lines(data), 1):
        if text := line.decode(errors="replace").strip():
            yield number, text


def _split_lines(data: bytes) -> list[bytes]:
    return [line for line in _LINE.findall(data) if line]


def _count_comment_lines(data: bytes) -> int:
    """The number of comment lines at the top, with the blank lines between them."""
    last = 0
    for number, line in enumerate(_split_lines(data), 1):
        if line.startswith(b"#"):
            last = number
        elif line.strip():
            break
    return last


def _count_comments_above(data: bytes, count: int, below: DialectCandidate) -> int:
    """How many of the first `count` lines are comments. A line that has as many cells as the table is not a comment.

    But with a space after the # it is a comment if names and values follow below.
    """
    mark = (below.dialect.delimiter or "").encode()
    cells = [cell for record in below.records[below.layout.above + 1 :] for cell in record.cells if cell]
    has_values = bool(below.layout.header) and any(matching_formats([cell]) for cell in cells[:200])
    for number, line in enumerate(_split_lines(data)[:count], 1):
        is_spaced = re.match(rb"#+(\s|\Z)", line) is not None
        alike = line.count(mark) + 1 == below.width if mark else not is_spaced
        if line.startswith(b"#") and alike and not (is_spaced and has_values):
            return number - 1
    return count if below.records else 0
