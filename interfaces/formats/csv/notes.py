"""Describe the layout of a CSV file: as fields for programs, and as notes for people."""

from collections.abc import Iterator

from application.imports.file_format import FileOptions
from interfaces.formats.csv.clean_text import CleanText, encoding_notes
from interfaces.formats.csv.layout.dialect import CsvSample, skipped_notes
from interfaces.formats.csv.layout.formula_cells import formula_notes
from interfaces.formats.csv.layout.short_rows import padding_notes
from interfaces.formats.csv.table import dialect_notes


def describe_layout(text: CleanText, sample: CsvSample) -> dict[str, object]:
    """Return the layout as an import reports it: that of the original file, not of a clean copy."""
    return {
        "format": "csv",
        "encoding": text.encoding.name,
        "delimiter": text.file_dialect.delimiter,
        "quote": text.file_dialect.quote,
        "escape": text.file_dialect.escape or text.file_dialect.quote,
        "header": sample.dialect.header,
    }


def text_notes(text: CleanText, sample: CsvSample, options: FileOptions) -> Iterator[str]:
    """The notes on what was guessed and what was skipped."""
    yield from encoding_notes(text.encoding)
    yield from dialect_notes(text.file_dialect)
    yield from text.notes
    yield from skipped_notes(sample)
    yield from padding_notes(sample.padding, sample.widths)
    if text.scanned.has_formulas:
        yield from formula_notes(text.sample)
    if text.file_dialect.quote == "'" and options.quote is None:
        yield "Cells are quoted with apostrophes."
    if text.file_dialect.escape and options.escape is None:
        yield f"Inside cells a quote that is part of the text is escaped with {text.file_dialect.escape}."
    if sample.trailing:
        if sample.trailing == 1:
            yield "The last column has neither a name nor a value and was left out."
        else:
            yield f"The last {sample.trailing:,} columns have neither a name nor a value and were left out."
    if options.names is None:
        yield from _header_notes(sample)


def _header_notes(sample: CsvSample) -> Iterator[str]:
    if not sample.dialect.header:
        yield "There is no header: the first line contains values, so the columns are named column_1, column_2, …"
    elif any(not name.strip() for name in sample.header or ()) or len(set(sample.header or ())) < sample.width:
        yield "Some columns had no name, or a repeated name, in the header and were renamed."
