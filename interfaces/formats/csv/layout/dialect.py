"""Detect the dialect of a CSV file from its first rows, and where its table begins."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from application.imports.file_format import FileOptions
from domain.columns import quote_value
from domain.errors import Invalid
from domain.export_marks import NO_MARKS, ExportMarks
from domain.formula_guard import unguard_formula
from interfaces.formats.csv.layout.delimiter import DialectCandidate, detect_dialect
from interfaces.formats.csv.layout.header import join_header_rows
from interfaces.formats.csv.layout.header_cells import filled_width
from interfaces.formats.csv.layout.preamble import greatest_filled_width
from interfaces.formats.csv.records import parse_text
from interfaces.formats.csv.table import Dialect, Padding
from interfaces.formats.csv.text.guarded_text import find_marks
from interfaces.formats.csv.text.quote_faults import quote_error
from interfaces.formats.csv.text.rewriting import END_MARK, build_cleaner, clean_dialect
from interfaces.formats.known_header import is_known_header, is_known_name
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
    would confuse a reader that skips it. `allows_surplus`: most rows have blank cells behind the last column.
    `padding` says which short rows are padded; the rows are. `widths` are their numbers of cells before, `lines` the
    numbers of the rows' lines. `is_all`: the file has no other rows. `formula_texts` are the columns in which cells
    like `="0001234"` were replaced by the text in their quotes. `marks` say whether it is an export of ours.
    """

    dialect: Dialect
    header: list[str] | None
    rows: list[list[str]]
    width: int
    trailing: int = 0
    skipped: tuple[tuple[int, str], ...] = ()
    hides_quotes: bool = False
    allows_surplus: bool = False
    padding: Padding | None = None
    widths: tuple[int, ...] = ()
    lines: tuple[int, ...] = ()
    is_all: bool = False
    formula_texts: frozenset[int] = frozenset()
    marks: ExportMarks = NO_MARKS

    @property
    def repeatable_header(self) -> list[str] | None:
        """The names, if a row with the same cells is not data but the header once more."""
        return self.header if self.dialect.header and self.width > 1 else None

    @property
    def surplus_limit(self) -> int | None:
        """The number of cells beyond which a row must not have blank cells."""
        return None if self.allows_surplus else self.width + self.trailing


def read_sample(path: Path, start: int, options: FileOptions) -> CsvSample:
    """Read the first lines of the text, which begins at byte `start` of the file, and detect their dialect.

    Raises Invalid `empty-file`; `bad-quote` or `unclosed-quote` if the table's first record has a faulty quote.
    """
    head, is_all = _read_head(path, start)
    options, top = _read_separator_line(head, options)
    top += options.skip_rows or 0
    rest = head[_end_of_line(head, top) :]
    found = detect_dialect(rest, options, options.comment or None, is_all=is_all)
    comments = 0 if options.comment is not None else _count_comment_lines(rest)
    if comments:
        below = detect_dialect(rest[_end_of_line(rest, comments) :], options, None, is_all=is_all)
        if own := _count_comments_above(rest, comments, below, options):
            top, rest = top + own, rest[_end_of_line(rest, own) :]
            found = detect_dialect(rest, options, None, is_all=is_all)
    if found.broken is not None:
        raise quote_error(found.broken, clean_dialect(found.dialect), top)
    if is_all and not found.faults and (not found.records or not head.strip()):
        raise Invalid("empty-file", "The file is empty: it has neither a header nor a row.")
    sample = _build_sample(head, top, found, is_all=is_all)
    if options.formula_guard is None:
        return sample
    return replace(sample, marks=replace(sample.marks, guarded=options.formula_guard))


def unguard_sample(sample: CsvSample) -> CsvSample:
    """The sample without the apostrophes of the formula guard, if it has them."""
    if not sample.marks.guarded:
        return sample
    header = sample.header and list(map(unguard_formula, sample.header))
    return replace(sample, header=header, rows=[list(map(unguard_formula, row)) for row in sample.rows])


def _build_sample(head: bytes, top: int, found: DialectCandidate, *, is_all: bool) -> CsvSample:
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
    widest = max(layout.width, len(header or ()))
    records = [r for r in below if r.fault is None and (len(names) != 1 or widest < 2 or r.cells != names[0].cells)]
    body = [layout.padding.pad(r.cells) if layout.padding else r.cells for r in records]
    surplus = sum(len(row) > widest and not any(row[widest:]) for row in body)
    allows_surplus = surplus * 2 > len(body)
    rows = [row for row in body if len(row) >= layout.width and (allows_surplus or len(row) <= widest)]
    width = widest
    if header is not None:
        values = [row for row in rows if len(row) <= widest]
        filled = min(layout.width, greatest_filled_width(values, widest)) if values else layout.width
        width = max(filled_width(header), filled, 1)
    kept = [
        (row[:width], top + record.line)
        for row, record in zip(body, records, strict=True)
        if layout.width <= len(row) >= width and not any(row[width:]) and (allows_surplus or len(row) <= widest)
    ]
    above = head[: _end_of_line(head, dialect.skipped_lines)]
    own = top + (names[0].line - 1 if names else first.line - 1 if first else 0)
    return CsvSample(
        dialect,
        header[:width] if header else None,
        [row for row, _ in kept],
        width,
        widest - width,
        tuple(_nonblank_lines(head[: _end_of_line(head, own)])),
        quote in above,
        allows_surplus,
        layout.padding,
        tuple(len(record.cells) for record in records),
        tuple(line for _, line in kept),
        is_all,
        marks=find_marks(names[0], dialect) if len(names) == 1 else NO_MARKS,
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
    data = data.rstrip(END_MARK) if is_all else data[: max(data.rfind(b"\n"), data.rfind(b"\r", 0, -1)) + 1]
    return data, is_all


def _is_short(data: bytes) -> bool:
    text = data.lstrip()
    return text.count(b"\n") < 3 and text.count(b"\r") < 3


def _read_separator_line(head: bytes, options: FileOptions) -> tuple[FileOptions, int]:
    """The options with the delimiter of a first line like `sep=;` (a convention of Excel), and the number of such
    lines, 0 or 1. A name of the dataset is no such line, nor one that contradicts the given delimiter."""
    line = _LINE.match(head)
    found = _SEPARATOR.fullmatch(line[0].decode(errors="replace").encode()) if line else None
    if line is None or found is None or is_known_name(line[0], options):
        return options, 0
    delimiter = found[1].decode()
    return (replace(options, delimiter=delimiter), 1) if options.delimiter in (None, delimiter) else (options, 0)


def _end_of_line(data: bytes, number: int) -> int:
    """The offset after line `number` (from 1) of `data`, or its end; 0 for 0."""
    at = 0
    for _ in range(number):
        match = _LINE.match(data, at)
        if match is None or match.end() == at:
            break
        at = match.end()
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


def _count_comments_above(data: bytes, count: int, below: DialectCandidate, options: FileOptions) -> int:
    """How many of the first `count` lines are comments. A line that has as many cells as the table is not a comment.

    But with a space after the # it is a comment if names, none of them blank, and values follow below; unless it has
    quotes.
    """
    first, *rows = [record.cells for record in below.records[below.layout.above :]] or [[]]
    cells = [cell for row in rows for cell in row if cell]
    has_names = bool(below.layout.header) and all(name.strip() for name in first)
    has_values = has_names and any(matching_formats([cell]) for cell in cells[:200])
    for number, line in enumerate(_split_lines(data)[:count], 1):
        if not line.startswith(b"#"):
            continue
        names = _split_cells(line, below)
        is_spaced = re.match(rb"#+(\s|\Z)", line) is not None
        alike = len(names) == below.width if below.dialect.delimiter else not is_spaced
        is_quoted = (below.dialect.quote or "\0").encode() in line
        is_doubtful = is_spaced and has_values and not is_quoted and options.header != 1
        if is_known_header(names, options) or (alike and not is_doubtful):
            return number - 1
    return count if below.records else 0


def _split_cells(line: bytes, found: DialectCandidate) -> list[str]:
    text, _ = build_cleaner(found.dialect)(line, ended=True)
    records = parse_text(text.decode(errors="replace"), clean_dialect(found.dialect))
    return records[0].cells if records else []
