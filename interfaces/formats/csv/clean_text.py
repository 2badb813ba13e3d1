"""From the bytes of a CSV file to text the fast reading is sure of: strict UTF-8, records ended in one way.

A file that is so already is read in place. Of any other a clean copy is made in the source's scratch folder,
with the same lines, so that rows and rejects name the lines of the file itself.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from domain.errors import Invalid, UnsupportedFormat
from interfaces.formats.csv.layout.dialect import CsvSample, read_sample
from interfaces.formats.csv.options import check_options
from interfaces.formats.csv.table import Dialect
from interfaces.formats.csv.text.byte_scan import ByteScan, check_quotes, scan_bytes
from interfaces.formats.csv.text.rewriting import (
    BAD_QUOTE,
    COMMENT,
    LINE_ENDS,
    clean_dialect,
    rewrite_text,
)
from interfaces.formats.source import InputFile
from interfaces.formats.text import detection
from interfaces.formats.text.encodings import Encoding, find_encoding
from interfaces.formats.text.transcoding import transcode, write_limited


@dataclass(frozen=True, slots=True)
class CleanText:
    """`path` is clean text, `seen` its first rows with the dialect it is read by; `written` is the file's own."""

    path: Path
    seen: CsvSample
    scanned: ByteScan
    written: Dialect
    encoding: Encoding
    notes: tuple[str, ...]


def prepare_clean_text(source: InputFile) -> CleanText:
    """The file as clean text. Raises Invalid, TooLarge or UnsupportedFormat where it cannot be trusted as a whole."""
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
    if found.guessed:
        yield (f"The text is not UTF-8; it was read as {found.name}, a guess: say options.encoding if that is wrong.")


def _prepare_in_encoding(source: InputFile, chosen: Encoding) -> CleanText:
    """The file read in one encoding. Raises UnsupportedFormat where it is not in that one."""
    path, start = source.path, chosen.bom
    if not chosen.is_utf8:
        path, start = source.scratch / "text-in-utf-8", 0
        transcode(source.path, chosen, path, source.limits.unpacked_bytes)
    seen = read_sample(path, start, source.options)
    scanned = scan_bytes(path, seen.dialect)
    notes: list[str] = []
    if _quotes_are_text(path, start, seen, scanned, source):
        seen = read_sample(path, start, replace(source.options, quote=""))
        scanned = scan_bytes(path, seen.dialect)
    if seen.dialect.delimiter == "\t" and not seen.dialect.quote and source.options.quote is None:
        notes.append("Quotes are part of the text: tabs separate the cells, and the quotes do not come in pairs.")
    written = seen.dialect
    line_end = _line_end(path, start, written, scanned)
    if line_end is None or scanned.is_loose or seen.hides_quotes or written.escape:
        copy, line_end = source.scratch / "clean-text", "\n"
        found = Counter[bytes]()
        blocks = rewrite_text(path, written, start=start, blank=written.skipped_lines, seen=found)
        write_limited(copy, blocks, source.limits.unpacked_bytes)
        if count := found[COMMENT]:
            lines = "one line" if count == 1 else f"{count:,} lines"
            notes.append(f"Comments, which begin with {written.comment!r}, were left out: {lines} of the table.")
        path = copy
        scanned = scan_bytes(path, clean_dialect(written))
    seen = replace(seen, dialect=replace(clean_dialect(written), line_end=line_end))
    if scanned.quotes % 2:
        check_quotes(path, seen.dialect)
    return CleanText(path, seen, scanned, written, chosen, tuple(notes))


def _line_end(path: Path, start: int, dialect: Dialect, scanned: ByteScan) -> str | None:
    """LF or CRLF if every record of the file ends that way; None if they do not."""
    if scanned.line_end or not scanned.quotes:
        return scanned.line_end
    kinds = Counter[bytes]()
    for _ in rewrite_text(path, dialect, start=start, blank=dialect.skipped_lines, seen=kinds):
        if len(kinds.keys() & LINE_ENDS) > 1:
            return None
    found = kinds.keys() & LINE_ENDS or {b"\n"}
    return {b"\n": "\n", b"\r\n": "\r\n"}.get(found.pop())


def _quotes_are_text(path: Path, start: int, seen: CsvSample, scanned: ByteScan, source: InputFile) -> bool:
    """Whether quotes of a file with tabs are as its registered format has them: characters like any other."""
    if seen.dialect.delimiter != "\t" or source.options.quote is not None or not scanned.quotes:
        return False
    kinds = Counter[bytes]()
    try:
        blank = seen.dialect.skipped_lines
        for _ in rewrite_text(path, seen.dialect, start=start, blank=blank, seen=kinds):
            if BAD_QUOTE in kinds:
                return True
    except Invalid:
        return True
    return False
