"""Read CSV files: describe their columns, and return their rows as JSON lines without a Python loop over the rows.

The types guessed from the first rows are checked on every row. If a row does not fit, `rows` raises
TypeGuessFailed, and the file must be described again from all rows. So most files are parsed only once, and no row
is loaded that does not fit its column's type. Format: RFC 4180 and its common variants.
"""

from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import replace

from application.imports.file_format import limit_setting
from domain.columns import ColumnType
from domain.errors import Invalid
from interfaces.formats.csv import keys
from interfaces.formats.csv.careful_reading import CsvRejectReader
from interfaces.formats.csv.clean_text import prepare_clean_text
from interfaces.formats.csv.fast_reading import CsvRowReader
from interfaces.formats.csv.layout.formula_cells import unwrap_sample
from interfaces.formats.csv.layout.names import column_names, include_trailing_columns
from interfaces.formats.csv.notes import describe_layout, text_notes
from interfaces.formats.csv.table import CsvTable
from interfaces.formats.csv.text.byte_scan import has_long_lines
from interfaces.formats.csv.types.detection import guess_columns, null_text, resolve_columns
from interfaces.formats.csv.types.mismatches import mismatch_notes
from interfaces.formats.source import InputFile, KeyFault, ParsedBlock, ParsedColumn
from interfaces.formats.spool.line_runs import run_blocks
from interfaces.formats.values.forms import allowed_formats

__all__ = ["describe", "key_faults", "rows"]


def describe(source: InputFile, *, exhaustive: bool = False) -> CsvTable:
    """Return the file's columns and types, from its first rows, or with `exhaustive` from all rows.

    Raises Invalid or UnsupportedFormat if the file is faulty as a whole (an unclosed quote, a NUL, a byte that is
    invalid in its encoding, too many columns), or if the options do not fit the file.
    """
    text = prepare_clean_text(source)
    sample, scanned = include_trailing_columns(text.path, text.sample), text.scanned
    if sample.width > source.limits.columns:
        allowed = f"{source.limits.columns:,} are allowed ({limit_setting('columns')})"
        raise Invalid("too-many-columns", f"The file has {sample.width:,} columns; {allowed}.")
    names = column_names(sample, source.options)
    if scanned.has_formulas:
        sample = unwrap_sample(sample, [at for at, name in enumerate(names) if name in source.options.columns])
    first = guesses = guess_columns(sample, names, source.options)
    if exhaustive or any(guess.unresolved for guess in guesses):
        guesses = resolve_columns(text.path, sample, guesses, names, source.options)
    forms = tuple(guess.form for guess in guesses)
    columns = tuple(
        ParsedColumn(name, form.type, form.format, null_text(form, [row[at] for row in sample.rows]))
        for at, (name, form) in enumerate(zip(names, forms, strict=True))
    )
    notes = (*text_notes(text, sample, source.options), *(note for guess in guesses for note in guess.notes))
    table = CsvTable(
        columns,
        notes,
        describe_layout(text, sample),
        text.path,
        text.written,
        sample.dialect,
        forms,
        scanned.size,
        scanned.lines,
        has_long_lines(scanned.longest_mean, sample.width),
        frozenset(at for at, guess in enumerate(guesses) if guess.enforced),
        sample.padding,
        sample.formula_texts.union(_text_columns(columns) if scanned.has_formulas else ()),
    )
    mismatches = mismatch_notes(table, sample, first, guesses, allowed_formats(source.options))
    return replace(table, notes=(*table.notes, *mismatches))


def key_faults(source: InputFile, table: CsvTable, key: Sequence[str]) -> Mapping[int, KeyFault]:
    """Return the faults by record number. The first record with a key keeps it.

    Raises Invalid `too-many-rejects`.
    """
    return keys.find_key_faults(table, key, source.scratch, source.limits.rejects)


def rows(
    source: InputFile, table: CsvTable, *, excluded: Mapping[int, KeyFault] | None = None
) -> Generator[ParsedBlock]:
    """Yield the rows except the `excluded` ones, in blocks of up to 10,000 rows or 4 MB, then rejects, then runs.

    Raises TypeGuessFailed (discard the blocks and describe the file again), or Invalid if too many rows were
    rejected, a line is too long or quotes are ambiguous.
    """
    reading = CsvRowReader(table, excluded or {}, source.limits.rejects)
    yield from reading.blocks()
    if reading.read_all:
        yield from run_blocks(reading.runs.lines, table.size)
        return
    rejects = CsvRejectReader(table, excluded or {}, reading.mistyped, reading.records, source.limits)
    yield from rejects.blocks()
    yield from run_blocks(rejects.runs.lines, table.size)


def _text_columns(columns: Sequence[ParsedColumn]) -> Iterable[int]:
    return (at for at, column in enumerate(columns) if column.type is ColumnType.STRING)
