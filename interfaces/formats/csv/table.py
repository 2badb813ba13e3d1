"""The dialect of a CSV file, and its description with the formats of its columns."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from interfaces.formats.source import ParsedTable
from interfaces.formats.values.form import ValueFormat

ODD_ROW_MARK = "\ufdd0"
"""The last cell of a row that must be rejected although DuckDB would accept it: a code point that is no character."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a text file separates its cells. `delimiter` None: each line is a single cell.

    `header`: the first record below the skipped lines contains the names and spans `header_lines` lines. Skipped
    lines are blank or not part of the table (titles, comments, upper rows of the header).
    `quote` None: cells are never quoted. `escape` is the character before a quote inside quotes; None: it is doubled.
    `comment` is the beginning of lines that are comments. Clean text has neither escapes nor comments.
    `line_end` is LF or CRLF. `blank_lines`: a line without a value may be a blank line, which is not a record.
    `trims`: the blanks around a cell are not part of its value. `empty_cells` are null (`null`) or empty strings
    (`text`); None: null, but empty strings if they are in quotes.
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
    trims: bool = False
    empty_cells: str | None = None


@dataclass(frozen=True, slots=True)
class Padding:
    """Which short rows get blank cells up to `width`: those with `cells` cells, or all (None)."""

    width: int
    cells: int | None = None

    def applies(self, cells: int) -> bool:
        """Whether rows with this number of cells are padded."""
        return cells < self.width and self.cells in (None, cells)

    def pad(self, row: list[str], width: int | None = None) -> list[str]:
        """The row with blank cells up to `width` (None: the padding's own), if rows of its length are padded."""
        missing = (width or self.width) - len(row)
        return [*row, *[""] * missing] if missing > 0 and self.applies(len(row)) else row


@dataclass(frozen=True, slots=True)
class CsvTable(ParsedTable):
    """The description of a CSV file. `path` is the text to read: the file, or a UTF-8 copy with the same lines.
    `written` is the same text before short rows were padded as `padding` says; both are the same without padding.

    `forms` are the value formats of the columns, checked on every row. `enforced` are the indexes of columns whose
    declared type some rows do not fit: such rows are rejected instead of raising TypeGuessFailed. `size` is in bytes.
    `formula_texts` are the columns in which a cell like `="0001234"` is the text in its quotes. `long_lines`: some
    lines are long, so that fewer rows are fetched at a time.
    """

    path: Path
    written: Path
    dialect: Dialect
    forms: tuple[ValueFormat, ...]
    size: int
    lines: int
    long_lines: bool
    enforced: frozenset[int] = frozenset()
    padding: Padding | None = None
    formula_texts: frozenset[int] = frozenset()


def dialect_notes(dialect: Dialect) -> Iterator[str]:
    """The notes that say how cells are separated."""
    match dialect.delimiter:
        case None:
            yield "Each line is one cell: no delimiter splits the first lines into the same number of cells."
        case "\t":
            yield "Cells are separated by tabs."
        case mark:
            yield f"Cells are separated by {mark!r}."
