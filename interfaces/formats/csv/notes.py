"""What a description of a CSV file says of its layout: for programs, and in sentences for people."""

from collections.abc import Iterator

from application.imports.file_format import FileOptions
from interfaces.formats.csv.clean_text import CleanText, encoding_notes
from interfaces.formats.csv.layout.dialect import CsvSample, skipped_notes
from interfaces.formats.csv.table import dialect_notes


def describe_layout(text: CleanText, seen: CsvSample) -> dict[str, object]:
    """The layout as an import reports it: of the file itself, not of a clean copy."""
    return {
        "format": "csv",
        "encoding": text.encoding.name,
        "delimiter": text.written.delimiter,
        "quote": text.written.quote,
        "escape": text.written.escape or text.written.quote,
        "header": seen.dialect.header,
    }


def text_notes(text: CleanText, seen: CsvSample, options: FileOptions) -> Iterator[str]:
    """What was guessed and what was left out."""
    yield from encoding_notes(text.encoding)
    yield from dialect_notes(text.written)
    yield from text.notes
    yield from skipped_notes(seen)
    if text.written.quote == "'" and options.quote is None:
        yield "Cells are quoted with apostrophes."
    if text.written.escape and options.escape is None:
        yield f"Inside cells {text.written.escape} stands before a quote that is part of the text."
    if seen.trailing:
        columns = "column has" if seen.trailing == 1 else f"{seen.trailing:,} columns have"
        yield f"The last {columns} neither a name nor a value, and was left out."
    if options.names is None:
        yield from _header_notes(seen)


def _header_notes(seen: CsvSample) -> Iterator[str]:
    if not seen.dialect.header:
        yield "There is no header: the first line holds values, so columns are called column_1, column_2, …"
    elif any(not name.strip() for name in seen.header or ()) or len(set(seen.header or ())) < seen.width:
        yield "Some columns had no name of their own in the header and were given one."
