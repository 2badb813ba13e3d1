"""Prepare the text of a CSV file for the fast pass: strict UTF-8, and the same line end after every record.

A file that is already clean is read in place. Otherwise a clean copy with the same lines is written to the source's
scratch folder, so that rows and rejects have the line numbers of the original file.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from os import SEEK_END
from pathlib import Path

from domain.errors import Invalid, UnsupportedFormat
from domain.export_marks import NO_MARKS
from interfaces.formats.csv.layout.dialect import CsvSample, read_sample, unguard_sample
from interfaces.formats.csv.options import check_options
from interfaces.formats.csv.table import Dialect
from interfaces.formats.csv.text.byte_scan import ByteScan, check_quotes, scan_bytes
from interfaces.formats.csv.text.guarded_text import GUARD, GUARD_NOTE, build_unguard
from interfaces.formats.csv.text.odd_rows import find_odd_rows, mark_odd_rows
from interfaces.formats.csv.text.rewriting import (
    BAD_QUOTE,
    COMMENT,
    END_MARK,
    LINE_ENDS,
    clean_dialect,
    rewrite_text,
)
from interfaces.formats.csv.text.short_rows import pad_short_rows
from interfaces.formats.source import InputFile
from interfaces.formats.text import detection
from interfaces.formats.text.encodings import Encoding, find_encoding
from interfaces.formats.text.plausibility import BOM
from interfaces.formats.text.transcoding import transcode, write_limited


@dataclass(frozen=True, slots=True)
class CleanText:
    """Clean text at `path`, and `sample`, its first rows with its dialect. `file_dialect` and `encoding` are those of
    the original file. `written` is the text without the blank cells of padded rows."""

    path: Path
    written: Path
    sample: CsvSample
    scanned: ByteScan
    file_dialect: Dialect
    encoding: Encoding
    notes: tuple[str, ...]


def prepare_clean_text(source: InputFile) -> CleanText:
    """Return the file as clean text. Raises Invalid, TooLarge or UnsupportedFormat if the whole file is unusable."""
    check_options(source.options)
    with source.path.open("rb") as file:
        head = file.read(detection.HEAD_BYTES)
    if source.options.encoding is not None:
        return _prepare_in_encoding(source, detection.apply_mark(find_encoding(source.options.encoding), head))
    found = detection.detect_marked_encoding(head) or find_encoding("utf-8")
    try:
        return _prepare_in_encoding(source, found)
    except UnsupportedFormat as refusal:
        if not found.is_utf8 or found.bom:
            raise
        found = detection.guess_encoding(source.path, refusal)
    return _prepare_in_encoding(source, found)


def encoding_notes(found: Encoding) -> Iterator[str]:
    """The note that the encoding was guessed, if it was."""
    if found.guessed:
        yield f"The text is not UTF-8; it was read as {found.name}, a guess: set options.encoding if that is wrong."


def _prepare_in_encoding(source: InputFile, chosen: Encoding) -> CleanText:
    """Read the file in the `chosen` encoding. Raises UnsupportedFormat if it has another encoding."""
    path, start = source.path, chosen.bom
    if not chosen.is_utf8:
        path, start = source.scratch / "text-in-utf-8", 0
        transcode(source.path, chosen, path, source.limits.unpacked_bytes)
    sample = read_sample(path, start, source.options)
    scanned = scan_bytes(path, sample.dialect)
    notes: list[str] = []
    if _quotes_are_text(path, start, sample, scanned, source):
        sample = read_sample(path, start, replace(source.options, quote=""))
        scanned = scan_bytes(path, sample.dialect)
    if sample.dialect.delimiter == "\t" and not sample.dialect.quote and source.options.quote is None:
        notes.append("Quotes are part of the text: tabs separate the cells, and the quotes are not balanced.")
    file_dialect = sample.dialect
    line_end = _line_end(path, start, file_dialect, scanned)
    has_marks = _has_odd_bom(chosen, file_dialect) or _has_end_mark(path)
    is_dirty = scanned.is_loose or sample.hides_quotes or sample.marks.guarded or has_marks
    if line_end is None or is_dirty or file_dialect.escape:
        copy, line_end = source.scratch / "clean-text", "\n"
        found = Counter[bytes]()
        blocks = rewrite_text(path, file_dialect, start=start, blank=file_dialect.skipped_lines, counts=found)
        if sample.marks.guarded:
            blocks = map(build_unguard(clean_dialect(file_dialect), found), blocks)
        write_limited(copy, blocks, source.limits.unpacked_bytes)
        if found[GUARD]:
            notes.append(GUARD_NOTE)
        if count := found[COMMENT]:
            lines = "one line" if count == 1 else f"{count:,} lines"
            notes.append(f"Comments, which begin with {file_dialect.comment!r}, were skipped: {lines} of the table.")
        path = copy
        scanned = scan_bytes(path, clean_dialect(file_dialect))
    options = source.options
    dialect = replace(clean_dialect(file_dialect), line_end=line_end, trims=options.trim is True)
    sample = unguard_sample(replace(sample, dialect=replace(dialect, empty_cells=options.empty_cells)))
    if scanned.quotes % 2:
        check_quotes(path, sample.dialect)
    header, limit = sample.repeatable_header, sample.surplus_limit
    if odd := find_odd_rows(path, sample.dialect, header, limit, has_quotes=scanned.quotes > 0):
        copy, width = source.scratch / "marked-text", sample.width + sample.trailing
        write_limited(copy, mark_odd_rows(path, sample.dialect, odd, width), source.limits.unpacked_bytes)
        path, scanned = copy, scan_bytes(copy, sample.dialect)
    written = path
    if sample.padding and sample.dialect.delimiter is not None:
        copy, has_quotes = source.scratch / "padded-text", scanned.quotes > 0
        padded = pad_short_rows(written, sample.dialect, sample.padding, has_quotes=has_quotes)
        write_limited(copy, padded, source.limits.unpacked_bytes)
        path, scanned = copy, scan_bytes(copy, sample.dialect)
    if sample.marks != NO_MARKS or not source.options.formula_texts:
        scanned = replace(scanned, has_formulas=False)
    return CleanText(path, written, sample, scanned, file_dialect, chosen, tuple(notes))


def _has_end_mark(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-min(len(END_MARK), path.stat().st_size), SEEK_END)
        return file.read() == END_MARK


def _has_odd_bom(chosen: Encoding, dialect: Dialect) -> bool:
    """Whether there is a second mark, or one before a header of several lines, whose quotes DuckDB ignores."""
    return chosen.is_utf8 and (chosen.bom > len(BOM) or (chosen.bom > 0 and dialect.header_lines > 1))


def _line_end(path: Path, start: int, dialect: Dialect, scanned: ByteScan) -> str | None:
    """LF or CRLF if every record of the file ends with it, else None."""
    if scanned.line_end or not scanned.quotes:
        return scanned.line_end
    kinds = Counter[bytes]()
    for _ in rewrite_text(path, dialect, start=start, blank=dialect.skipped_lines, counts=kinds):
        if len(kinds.keys() & LINE_ENDS) > 1:
            return None
    found = kinds.keys() & LINE_ENDS or {b"\n"}
    return {b"\n": "\n", b"\r\n": "\r\n"}.get(found.pop())


def _quotes_are_text(path: Path, start: int, sample: CsvSample, scanned: ByteScan, source: InputFile) -> bool:
    """Whether quotes in a tab-separated file are ordinary characters, as text/tab-separated-values defines them."""
    if sample.dialect.delimiter != "\t" or source.options.quote is not None or not scanned.quotes:
        return False
    kinds = Counter[bytes]()
    try:
        blank = sample.dialect.skipped_lines
        for _ in rewrite_text(path, sample.dialect, start=start, blank=blank, counts=kinds):
            if BAD_QUOTE in kinds:
                return True
    except Invalid:
        return True
    return False
