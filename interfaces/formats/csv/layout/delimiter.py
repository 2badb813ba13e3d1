"""Detect the delimiter, quote and escape of a CSV file: parse the first lines with each candidate and score it.

A candidate is good if most records get the same number of cells. With a usual delimiter some rows may differ; any
other character must split every line into a table with a header, since most characters also occur in plain text.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from application.imports.file_format import FileOptions
from interfaces.formats.csv.layout.header import TableLayout, detect_layout, is_header
from interfaces.formats.csv.records import UNCLOSED_QUOTE, CsvRecord, parse_text
from interfaces.formats.csv.table import Dialect
from interfaces.formats.csv.text.rewriting import build_cleaner, clean_dialect

_DELIMITERS = (",", ";", "\t", "|", ":")
_EXCLUDED_DELIMITERS = set("\"'\r\n\\()[]{}<>.-_+*%$€?=´`’“”„")
_MIN_SCORE = 0.3
_SAFE_DELIMITERS = set("\x01\x02\x1c\x1d\x1e\x1f§¦¬^~")


@dataclass(frozen=True, slots=True)
class DialectCandidate:
    """A dialect and the first records parsed with it; `faults` is the number of records with faulty quotes."""

    dialect: Dialect
    records: list[CsvRecord]
    faults: int
    layout: TableLayout
    score: tuple[float, bool, bool, int, int]

    @property
    def width(self) -> int:
        return self.layout.width


def detect_dialect(head: bytes, options: FileOptions, comment: str | None, *, is_all: bool) -> DialectCandidate:
    """Return the best candidate for `head`, which begins with a record and is the whole file if `is_all`.

    The client's `options` always apply. `comment` is the beginning of comment lines.
    """
    best = _best_candidate(head, _usual_dialects(head, options, comment), options, is_all)
    if options.delimiter is not None and best:
        return best
    if best and best.score[0] >= _MIN_SCORE and not _may_be_prose(best):
        return best
    single = _try_dialect(head, _build_dialect(options, None, comment), options, is_all)
    if best and best.score[0] >= _MIN_SCORE and len(single.records) == 1:
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
        if found.width < 2 and options.delimiter is None:
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
    text, _ = build_cleaner(dialect)(head, ended=is_all)
    found = parse_text(text.decode(errors="replace"), clean_dialect(dialect))
    if not is_all and found and found[-1].fault == UNCLOSED_QUOTE:
        found.pop()
    good = [record for record in found if record.cells]
    faults = len(found) - len(good)
    layout = detect_layout(good, options)
    return DialectCandidate(dialect, good, faults, layout, _score(good, layout, faults))


def _score(found: Sequence[CsvRecord], layout: TableLayout, faults: int) -> tuple[float, bool, bool, int, int]:
    body = found[layout.above :]
    times = Counter(len(record.cells) for record in body)[layout.width]
    share = times / max(len(body) + faults, 1) * (1.0 if layout.is_plain else 0.5)
    return round(share, 1), not faults, not layout.above, layout.width, -layout.above


def _may_be_prose(best: DialectCandidate) -> bool:
    """Whether the delimiter may only be part of the text in a single column with a name."""
    return len(best.records[best.layout.above].cells) == 1


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
