"""What every file format hands on: a table's description, then blocks of rows ready for storage.

A format is one module with three functions: `describe(source, exhaustive=…)` → a Table, `key_faults(table, key)`
and `rows(table, excluded=…)` → Blocks. Nothing outside knows how its bytes are laid out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from application.imports.file_format import FileOptions
from domain.columns import ColumnType

MAX_RAW_CHARACTERS = 1_000
MAX_LINE_BYTES = 1_048_576
MAX_REJECTS = 100_000
MAX_COLUMNS = 2_000


@dataclass(frozen=True, slots=True)
class SourceLimits:
    """What a reader refuses for being too large."""

    columns: int = MAX_COLUMNS
    cell_bytes: int = MAX_LINE_BYTES
    rejects: int = MAX_REJECTS
    unpacked_bytes: int = 20 * 2**30
    unpacked_ratio: int = 200
    workbook_cells: int = 20_000_000


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file to read: unpacked, of a known format. `scratch` is a folder of its own for copies and spills,
    removed when the reading ends. `filename` is the name as given, for people only."""

    path: Path
    filename: str
    scratch: Path
    options: FileOptions = field(default_factory=FileOptions)
    limits: SourceLimits = field(default_factory=SourceLimits)


@dataclass(frozen=True, slots=True)
class ParsedColumn:
    """A column of a file. `format` is how its values are written where that is not the canonical way, for
    instance `TRUE/FALSE` or `DD.MM.YYYY`."""

    name: str
    type: ColumnType
    format: str | None = None


@dataclass(frozen=True, slots=True)
class ParsedTable:
    """What a file holds. `notes` are sentences for people: what was guessed, why a column stayed text.

    `found` is the layout as an import reports it: at least `format` (csv, ndjson, json, xlsx, xls, xlsb, ods,
    parquet) and what applies of `encoding`, `delimiter`, `quote`, `escape`, `header`, `sheet`, `sheets`.
    Formats subclass it with what their `rows` need.
    """

    columns: tuple[ParsedColumn, ...]
    notes: tuple[str, ...]
    found: Mapping[str, object]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


@dataclass(frozen=True, slots=True)
class ParsedReject:
    """One row that was not read. `line` is the file's line (of a sheet or a Parquet file: the row), from 1,
    where it begins. `code` is one of Frictionless'. `raw` is at most MAX_RAW_CHARACTERS long; `cells` are all
    cells as the file writes them, in column order (surplus ones behind)."""

    line: int
    column: str | None
    code: str
    detail: str
    raw: str
    cells: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True)
class KeyFault:
    """A record without a usable key. `record` counts the file's well-formed records from 0."""

    record: int
    column: str
    detail: str
    code: str = "primary-key"


@dataclass(frozen=True, slots=True)
class ParsedBlock:
    """Some thousand rows: `lines` has one JSON array of values a line, in column order, each ended by a newline
    and none inside (JSON escapes them); `count` of them.

    `read` is about how many bytes of the file have been read so far. `runs` are (row, line) pairs: from row
    number `row` of the import on (from 0, rejects and excluded rows not counted), file lines follow each other
    from `line`, until the next run; ascending over all blocks, though not always in the block of their rows.
    Blocks of rejects have no rows.
    """

    lines: bytes
    count: int
    read: int
    rejects: tuple[ParsedReject, ...] = ()
    runs: tuple[tuple[int, int], ...] = ()
