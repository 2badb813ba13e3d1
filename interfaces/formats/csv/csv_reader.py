"""CSV files: what they hold, and their rows as JSON lines that no Python loop has touched.

The types guessed from the first rows are checked on every row as it is read; where one does not hold, `rows`
raises Misfit, and a description of all rows takes the guess's place. So most files are parsed once only, and
still no row is ever loaded that breaks its column's type.
"""

from collections.abc import Iterator, Mapping, Sequence

from domain.errors import Invalid
from interfaces.formats.csv import keys
from interfaces.formats.csv.careful_reading import CsvRejectReader
from interfaces.formats.csv.clean_text import prepare_clean_text
from interfaces.formats.csv.fast_reading import CsvRowReader
from interfaces.formats.csv.layout.names import column_names, include_trailing_columns
from interfaces.formats.csv.notes import describe_layout, text_notes
from interfaces.formats.csv.table import CsvTable
from interfaces.formats.csv.text.byte_scan import has_long_lines
from interfaces.formats.csv.types.detection import guess_columns, resolve_columns
from interfaces.formats.source import InputFile, KeyFault, ParsedBlock, ParsedColumn
from interfaces.formats.spool.line_runs import run_blocks

__all__ = ["describe", "key_faults", "rows"]


def describe(source: InputFile, *, exhaustive: bool = False) -> CsvTable:
    """The file's columns and types, from its first rows, or with `exhaustive` from all of them.

    Raises Invalid or UnsupportedFormat where the file as a whole cannot be trusted: an unclosed quote, a NUL,
    a byte its encoding does not have, too many columns; or where the options do not fit it.
    """
    text = prepare_clean_text(source)
    seen, scanned = include_trailing_columns(text.path, text.seen), text.scanned
    if seen.width > source.limits.columns:
        allowed = f"{source.limits.columns:,} are allowed (setting ROWLEDGER_LIMIT_COLUMNS)"
        raise Invalid("too-many-columns", f"The file has {seen.width:,} columns; {allowed}.")
    names = column_names(seen, source.options)
    guesses = guess_columns(seen, names, source.options)
    if exhaustive or any(guess.unsettled for guess in guesses):
        guesses = resolve_columns(text.path, seen, guesses, names, source.options)
    forms = tuple(guess.form for guess in guesses)
    columns = tuple(ParsedColumn(name, form.type, form.format) for name, form in zip(names, forms, strict=True))
    notes = (*text_notes(text, seen, source.options), *(note for guess in guesses for note in guess.notes))
    return CsvTable(
        columns,
        notes,
        describe_layout(text, seen),
        text.path,
        seen.dialect,
        forms,
        scanned.size,
        scanned.lines,
        has_long_lines(scanned.longest_mean, seen.width),
        frozenset(at for at, guess in enumerate(guesses) if guess.forced),
    )


def key_faults(source: InputFile, table: CsvTable, key: Sequence[str]) -> Mapping[int, KeyFault]:
    """Faults by record number; of records with one key the first is kept. Raises Invalid if there are too many."""
    return keys.find_key_faults(table, key, source.scratch, source.limits.rejects)


def rows(
    source: InputFile, table: CsvTable, *, excluded: Mapping[int, KeyFault] | None = None
) -> Iterator[ParsedBlock]:
    """All rows but the excluded ones, then the rejects, in blocks of up to 10,000 rows or 4 MB, then the runs.

    Raises Misfit (throw away what was read and describe again), or Invalid if too many rows were rejected,
    a line is too long or quotes are ambiguous.
    """
    reading = CsvRowReader(table, excluded or {}, source.limits.rejects)
    yield from reading.blocks()
    if reading.read_all:
        yield from run_blocks(reading.runs.lines, table.size)
        return
    careful = CsvRejectReader(table, excluded or {}, reading.unfit, reading.records, source.limits)
    yield from careful.blocks()
    yield from run_blocks(careful.runs.lines, table.size)
