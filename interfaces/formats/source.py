"""The types that every file format reads and returns: the input file, its table, blocks of rows ready for storage.

A format is one module with three functions: `describe(source, exhaustive=…)` returns a ParsedTable,
`key_faults(source, table, key)` the records without a usable key, `rows(source, table, excluded=…)` ParsedBlocks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from application.imports.file_format import FileOptions
from domain.columns import ColumnType

MAX_RAW_CHARACTERS = 1_000
MAX_LINE_BYTES = 1_048_576


@dataclass(frozen=True, slots=True)
class SourceLimits:
    """The largest input a reader accepts. `unpacked_ratio` is unpacked bytes per packed byte."""

    columns: int
    cell_bytes: int
    rejects: int
    unpacked_bytes: int
    unpacked_ratio: int
    workbook_cells: int


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file to read: unpacked, of a known format. `scratch` is a folder for temporary copies and spill files,
    which is removed after the file was read. `filename` is the client's name for it, used only in messages."""

    path: Path
    filename: str
    scratch: Path
    limits: SourceLimits
    options: FileOptions = field(default_factory=FileOptions)


@dataclass(frozen=True, slots=True)
class ParsedColumn:
    """A column of a file. `format` describes how its values are written if that is not the canonical way, for
    example `TRUE/FALSE` or `DD.MM.YYYY`. `null_text` is how null is written, None for empty cells."""

    name: str
    type: ColumnType
    format: str | None = None
    null_text: str | None = None


@dataclass(frozen=True, slots=True)
class ParsedTable:
    """The content of a file. `notes` are sentences for people: what was guessed, why a column stayed text.

    `found` is the layout as an import reports it: at least `format` (csv, ndjson, json, xlsx, xls, xlsb, ods,
    parquet), and those that apply of `encoding`, `delimiter`, `quote`, `escape`, `header`, `sheet`, `sheets`.
    `key` are the columns that the file itself names as its key. A format subclasses it to add what its `rows` needs.
    """

    columns: tuple[ParsedColumn, ...]
    notes: tuple[str, ...]
    found: Mapping[str, object]
    key: tuple[str, ...] = field(default=(), kw_only=True)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


@dataclass(frozen=True, slots=True)
class ParsedReject:
    """A rejected row. `line` is the line of the file (in a sheet or a Parquet file: the row) where it begins,
    from 1. `code` is an error code of Frictionless (https://specs.frictionlessdata.io). `raw` has at most
    MAX_RAW_CHARACTERS characters. `cells` are all cells as the file writes them, in column order, extra ones last."""

    line: int
    column: str | None
    code: str
    detail: str
    raw: str
    cells: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True)
class KeyFault:
    """A record without a usable key. `record` is its number among the well-formed records of the file, from 0."""

    record: int
    column: str
    detail: str
    code: str = "primary-key"


@dataclass(frozen=True, slots=True)
class ParsedBlock:
    """Several thousand rows: `lines` has `count` lines, each a JSON array of values in column order followed by a
    newline. There are no line breaks inside a line, since JSON escapes them.

    `read` is the approximate number of bytes of the file that have been read. `runs` are (row, line) pairs: from
    row `row` of the import (from 0, without rejects and excluded rows) the file lines are consecutive, starting at
    `line`, until the next run. Runs ascend over all blocks, but may come in a later block than their rows.
    Blocks with rejects have no rows.
    """

    lines: bytes
    count: int
    read: int
    rejects: tuple[ParsedReject, ...] = ()
    runs: tuple[tuple[int, int], ...] = ()
