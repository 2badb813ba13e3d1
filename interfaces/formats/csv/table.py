"""What is known of a CSV file once it was described: how it is written, and how its columns' values are."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from interfaces.formats.source import ParsedTable
from interfaces.formats.values.form import ValueFormat


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a text file separates its cells. `delimiter` None: one cell a line, whatever stands in it.

    `header`: the first record below the skipped lines holds the names, and spans `header_lines` lines. The
    skipped ones are blank, or were of no use (titles, comments, upper rows of the header).
    `quote` None: cells are never quoted. `escape`: what stands before a quote inside quotes; None: it is doubled.
    `comment`: what lines begin with that are no records. Cleaned text has neither escapes nor comments.
    `line_end` is LF or CRLF. `blank_lines`: a line without a value may be a blank one, which is no record.
    """

    delimiter: str | None
    header: bool
    skipped_lines: int = 0
    header_lines: int = 0
    quote: str | None = '"'
    escape: str | None = None
    comment: str | None = None
    line_end: str = "\n"
    blank_lines: bool = True


@dataclass(frozen=True, slots=True)
class CsvTable(ParsedTable):
    """`path` is the text to read: the file itself, or a copy of it in UTF-8 with the same lines.

    `forms` are the ways the columns' values are written, checked again on every row. Of columns in `forced`
    the type was said beforehand: rows that break it are rejects, not misfits. `long_lines` says that lines are
    long somewhere, so that rows are fetched fewer at a time.
    """

    path: Path
    dialect: Dialect
    forms: tuple[ValueFormat, ...]
    size: int
    lines: int
    long_lines: bool
    forced: frozenset[int] = frozenset()


def dialect_notes(dialect: Dialect) -> Iterator[str]:
    """The sentences that say how cells are separated."""
    match dialect.delimiter:
        case None:
            yield "Each line is one cell: no delimiter splits the first lines alike."
        case "\t":
            yield "Cells are separated by tabs."
        case mark:
            yield f"Cells are separated by {mark!r}."
