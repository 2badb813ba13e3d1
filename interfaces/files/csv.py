"""CSV files in UTF-8: what they hold, and their rows as JSON lines that no Python loop has touched.

The types guessed from the first rows are checked on every row as it is read; where one does not hold, `rows`
raises Misfit, and a description of all rows takes the guess's place. So most files are parsed once only, and
still no row is ever loaded that breaks its column's type.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

from domain.errors import Invalid
from domain.schema import unique_names
from interfaces.files.csv_dialect import Sample, sample
from interfaces.files.csv_keys import key_faults
from interfaces.files.csv_lines import json_lines
from interfaces.files.csv_rejects import rejects
from interfaces.files.csv_scan import is_long, scan
from interfaces.files.csv_types import guessed, settled_by_all
from interfaces.files.source import MAX_COLUMNS, Block, FileColumn, KeyFault, Table

__all__ = ["describe", "key_faults", "rows"]

_REJECTS = 1_000


def describe(path: Path, *, exhaustive: bool = False) -> Table:
    """The file's columns and types, from its first rows, or with `exhaustive` from all of them.

    Raises Invalid or UnsupportedFormat where the file as a whole cannot be trusted: an unclosed quote, a NUL,
    a byte that is no UTF-8, lone carriage returns, too many columns.
    """
    seen = sample(path)
    if seen.width > MAX_COLUMNS:
        raise Invalid("too-many-columns", f"The file has {seen.width:,} columns; {MAX_COLUMNS:,} are allowed.")
    scanned = scan(path, seen.dialect)
    names = unique_names([*(seen.header or ()), *[""] * seen.width][: seen.width])
    guesses = guessed(seen, names)
    if exhaustive:
        guesses = settled_by_all(path, seen, guesses, names)
    columns = tuple(FileColumn(name, guess.form) for name, guess in zip(names, guesses, strict=True))
    notes = (*_dialect_notes(seen), *(guess.note for guess in guesses if guess.note))
    long_lines = is_long(scanned.longest_mean, seen.width)
    return Table(columns, seen.dialect, scanned.size, scanned.lines, long_lines, notes)


def rows(path: Path, table: Table, *, excluded: Mapping[int, KeyFault] | None = None) -> Iterator[Block]:
    """All rows but the excluded ones, then the rejects, in blocks of up to 10,000 rows or 4 MB.

    Raises Misfit (throw away what was read and describe again), or Invalid if too many rows were rejected,
    a line is too long or quotes are ambiguous.
    """
    left_out = excluded or {}
    numbers = sorted(left_out)
    header, accepted, breaks = table.dialect.header_lines, 0, 0
    for data, count in json_lines(path, table):
        inside = _within(numbers, accepted, accepted + count)
        breaks += _line_breaks(data)
        accepted += count
        kept = _without(data, [number - (accepted - count) for number in inside]) if inside else data
        read = table.size * (header + accepted + breaks) // max(table.lines, 1)
        yield Block(kept, count - len(inside), min(read, table.size))
    if left_out or header + accepted + breaks != table.lines:
        found = rejects(path, table, left_out, accepted)
        while some := tuple(islice(found, _REJECTS)):
            yield Block(b"", 0, table.size, some)


def _line_breaks(data: bytes) -> int:
    """How many line breaks stand inside cells; with the rows they must add up to the lines of the file.

    If they do not, there are blank lines or rejects to look for.
    """
    if b"\\\\" in data:
        data = data.replace(b"\\\\", b"")
    return data.count(b"\\n")


def _within(numbers: list[int], start: int, end: int) -> list[int]:
    return numbers[bisect_left(numbers, start) : bisect_left(numbers, end)]


def _without(data: bytes, places: list[int]) -> bytes:
    """`data` without the lines at `places`."""
    lines = data.split(b"\n")
    for place in reversed(places):
        del lines[place]
    return b"\n".join(lines)


def _dialect_notes(seen: Sample) -> Iterator[str]:
    match seen.dialect.delimiter:
        case None:
            yield "Each line is one cell: no delimiter splits the first lines alike."
        case "\t":
            yield "Cells are separated by tabs."
        case mark:
            yield f"Cells are separated by {mark!r}."
    if not seen.dialect.header:
        yield "There is no header: the first line holds values, so columns are called column_1, column_2, …"
    elif any(not name.strip() for name in seen.header or ()) or len(set(seen.header or ())) < seen.width:
        yield "Some columns had no name of their own in the header and were given one."
