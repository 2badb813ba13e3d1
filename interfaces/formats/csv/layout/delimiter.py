"""Detect the delimiter, quote and escape of a CSV file: parse the first lines with each candidate and score it.

A candidate is good if most records get as many cells as the table's first line, which contains the delimiter. With a
usual delimiter some rows may differ; any other character must split every line into a table with a header, since most
characters also occur in plain text.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from application.imports.file_format import FileOptions
from interfaces.formats.csv.layout.header import TableLayout, detect_layout
from interfaces.formats.csv.layout.header_cells import is_header
from interfaces.formats.csv.layout.preamble import MAX_PREAMBLE
from interfaces.formats.csv.records import UNCLOSED_QUOTE, CsvRecord, parse_text
from interfaces.formats.csv.table import Dialect
from interfaces.formats.csv.text.rewriting import build_cleaner, clean_dialect
from interfaces.formats.known_header import is_known_header

_DELIMITERS = (",", ";", "\t", "|", ":")
_EXCLUDED_DELIMITERS = set("\"'\r\n\\()[]{}<>.-_+*%$€?=´`’“”„")
_MIN_SCORE = 0.3
_MIN_COMPLETE_RECORDS = 2
_SAFE_DELIMITERS = set("\x01\x02\x1c\x1d\x1e\x1f§¦¬^~")


_Score = tuple[bool, float, bool, bool, int, int]
"""The more, the better: first `has_known_names`, then `share`."""


@dataclass(frozen=True, slots=True)
class DialectCandidate:
    """A dialect and the first records parsed with it; `faults` is the number of records with faulty quotes.

    `broken` is such a record if it is the first of the table or in its header.
    """

    dialect: Dialect
    records: list[CsvRecord]
    faults: int
    layout: TableLayout
    score: "_Score"
    broken: CsvRecord | None = None

    @property
    def width(self) -> int:
        return self.layout.width

    @property
    def has_known_names(self) -> bool:
        """Whether the first line has names of the dataset that the file goes into."""
        return self.score[0]

    @property
    def share(self) -> float:
        """The share of the records that have as many cells as the table, less if the first has not."""
        return self.score[1]


def detect_dialect(head: bytes, options: FileOptions, comment: str | None, *, is_all: bool) -> DialectCandidate:
    """Return the best candidate for `head`, which begins with a record and is the whole file if `is_all`.

    The client's `options` always apply. `comment` is the beginning of comment lines.
    """
    best = _best_candidate(head, _usual_dialects(head, options, comment), options, is_all)
    if best and (options.delimiter is not None or best.has_known_names):
        return best
    is_good = best is not None and (best.share >= _MIN_SCORE or _is_ragged_table(best))
    if best and is_good and not options.known_names:
        return best
    single = _try_dialect(head, _build_dialect(options, None, comment), options, is_all)
    if single.has_known_names:
        return single
    if best and is_good:
        return best
    rare = [_build_dialect(options, mark, comment) for mark in _rare_delimiters(head, options)]
    found = [s for s in (_try_dialect(head, dialect, options, is_all) for dialect in rare) if _is_table(s)]
    return max(found, key=lambda s: (s.width, s.dialect.delimiter in _SAFE_DELIMITERS), default=single)


def _best_candidate(
    head: bytes, hypotheses: Iterator[Dialect], options: FileOptions, is_all: bool
) -> DialectCandidate | None:
    best: DialectCandidate | None = None
    for dialect in hypotheses:
        found = _try_dialect(head, dialect, options, is_all)
        if options.delimiter is None and not _splits_first_line(found):
            continue
        if best is None or found.score > best.score:
            if dialect.quote == "'" and options.quote is None and not _is_quoting(found):
                continue
            best = found
    if best and best.dialect.delimiter == "\t" and best.faults and options.quote is None:
        return _try_dialect(head, replace(best.dialect, quote=None), options, is_all)
    return best


def _usual_dialects(head: bytes, options: FileOptions, comment: str | None) -> Iterator[Dialect]:
    marks = _DELIMITERS if options.delimiter is None else (options.delimiter,)
    variants = [_build_dialect(options, None, comment)]
    if options.escape is None and variants[0].quote and b"\\" + variants[0].quote.encode() in head:
        variants.append(replace(variants[0], escape="\\"))
    if options.quote is None and head.count(b"'") > 1 and not re.search(rb'(?:\A|[\r\n,;\t|:])"', head):
        variants.append(replace(variants[0], quote="'"))
        if options.escape is None and b"\\'" in head:
            variants.append(replace(variants[0], quote="'", escape="\\"))
    for variant in variants:
        for mark in marks:
            if options.delimiter or (mark.encode() in head and (mark != ":" or _has_colon_apart_from_times(head))):
                yield replace(variant, delimiter=mark)


def _has_colon_apart_from_times(head: bytes) -> bool:
    return re.search(rb"[^0-9]:|:[^0-9]", head) is not None


def _build_dialect(options: FileOptions, delimiter: str | None, comment: str | None) -> Dialect:
    quote = '"' if options.quote is None else options.quote or None
    escape = options.escape if options.escape and options.escape != quote else None
    return Dialect(delimiter or options.delimiter, False, quote=quote, escape=escape, comment=comment)


def _try_dialect(head: bytes, dialect: Dialect, options: FileOptions, is_all: bool) -> DialectCandidate:
    found = _parse_head(head, dialect, is_all)
    if not is_all and len(found) < _MIN_COMPLETE_RECORDS:
        found = _parse_head(head, dialect, True)
    shown = _show_broken_lines(found, dialect, is_all)
    layout = detect_layout(shown, options)
    top = shown[layout.above : layout.above + max(layout.header, 1)]
    broken = next((record for record in top if record.fault), None)
    faults = sum(record.fault is not None for record in found)
    is_known = bool(top) and layout.header == 1 and is_known_header(top[0].cells, options)
    return DialectCandidate(dialect, shown, faults, layout, (is_known, *_score(shown, layout, faults)), broken)


def _parse_head(head: bytes, dialect: Dialect, ended: bool) -> list[CsvRecord]:
    """The records of `head`; an incomplete one only if the head has `ended`."""
    text, _ = build_cleaner(dialect)(head, ended=ended)
    found = parse_text(text.decode(errors="replace"), clean_dialect(dialect))
    if not ended and found and found[-1].fault == UNCLOSED_QUOTE:
        found.pop()
    return found


def _show_broken_lines(found: Sequence[CsvRecord], dialect: Dialect, is_all: bool) -> list[CsvRecord]:
    """The records without those with faulty quotes; but at the top of a file these are split as if not quoted.

    So a title, a header or a first row with a broken quote is not skipped. Each keeps the fault in its first line.
    """
    shown: list[CsvRecord] = []
    for record in found:
        if record.fault is None:
            shown.append(record)
        elif len(shown) < MAX_PREAMBLE:
            lines = parse_text(record.raw, replace(clean_dialect(dialect), quote=None))
            if not is_all and record.fault == UNCLOSED_QUOTE:
                del lines[1:]
            shown += [replace(line, line=record.line + line.line - 1) for line in lines]
            shown[-len(lines)] = replace(record, cells=lines[0].cells)
    return shown


def _score(found: Sequence[CsvRecord], layout: TableLayout, faults: int) -> tuple[float, bool, bool, int, int]:
    body = found[layout.above :]
    times = sum(_fits(record, layout) for record in body)
    share = times / max(len(body) + faults, 1)
    if body and not _fits(body[0], layout):
        share /= 2
    return round(share, 1), not faults, not layout.above, layout.width, -layout.above


def _fits(record: CsvRecord, layout: TableLayout) -> bool:
    """Whether a record has as many cells as the table, or contains the delimiter and is padded to them."""
    cells = len(record.cells)
    return cells == layout.width or (cells > 1 and layout.padding is not None and layout.padding.applies(cells))


def _splits_first_line(found: DialectCandidate) -> bool:
    """Whether the table's first line contains the delimiter."""
    return len(found.records) > found.layout.above and len(found.records[found.layout.above].cells) > 1


def _is_ragged_table(found: DialectCandidate) -> bool:
    """Whether rows of many widths are a table: its first line has names, and at least half of the lines are split.

    In prose, which has commas too, a blank follows a comma.
    """
    names, *rows = [record.cells for record in found.records[found.layout.above :]]
    tidy = all(name.strip() and not name.startswith(" ") for name in names) and len(set(names)) == len(names)
    split = sum(len(row) > 1 for row in rows)
    return found.dialect.delimiter != ":" and found.layout.header > 0 and tidy and split * 2 >= len(rows)


def _is_quoting(found: DialectCandidate) -> bool:
    """Whether apostrophes are quotes: they also enclose the names, or some cells contain the delimiter."""
    head, *below = found.records[found.layout.above :] or [CsvRecord(1, [], "")]
    mark = found.dialect.delimiter or ""
    return not found.faults and (head.raw.startswith("'") or any(mark in cell for r in below for cell in r.cells))


def _rare_delimiters(head: bytes, options: FileOptions) -> list[str]:
    """The non-word characters that occur in the first line and in more than half of the first hundred lines."""
    lines = head.decode(errors="replace").strip("\r\n").split("\n", 101)[:100]
    if len(lines) < 2 or options.delimiter is not None:
        return []
    marks = (mark for mark in dict.fromkeys(lines[0]) if not mark.isalnum() and mark not in _EXCLUDED_DELIMITERS)
    return [
        mark for mark in marks if mark not in _DELIMITERS and sum(mark in line for line in lines) * 2 > len(lines)
    ]


def _is_table(found: DialectCandidate) -> bool:
    """Whether a rare delimiter splits all rows into the same number of cells, below a header."""
    rows = [record.cells for record in found.records]
    if found.faults or found.layout.above or found.width < 2 or {len(row) for row in rows} != {found.width}:
        return False
    if found.dialect.delimiter in _SAFE_DELIMITERS:
        return True
    names = rows[0]
    if not all(name.strip() for name in names) or len(set(names)) < len(names) or not is_header(names, rows[1:]):
        return False
    return found.dialect.delimiter != " " or (found.width > 2 and len(rows) > 2)
