"""What every file format hands on: a table's description, then blocks of rows ready for storage.

A format is one module with the functions of `application.file_format.FileFormat`; nothing outside knows how its
bytes are laid out.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from application.file_format import Misfit
from domain.columns import ColumnType
from interfaces.files.forms import Form

__all__ = ["Block", "Dialect", "FileColumn", "KeyFault", "Misfit", "Reject", "Table"]

MAX_COLUMNS = 2_000
MAX_LINE_BYTES = 1_048_576
MAX_REJECTS = 100_000
MAX_RAW_CHARACTERS = 1_000


@dataclass(frozen=True, slots=True)
class FileColumn:
    """A column of a file. `form` is how its values are written, checked again on every row when read."""

    name: str
    form: Form

    @property
    def type(self) -> ColumnType:
        return self.form.type

    @property
    def format(self) -> str | None:
        """How the file writes the values where that is not the canonical way, for instance `TRUE/FALSE`."""
        return self.form.format


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a text file separates its cells. `delimiter` None: one cell a line, whatever stands in it."""

    delimiter: str | None
    header: bool
    leading_blank_lines: int = 0
    header_lines: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """What a file holds: its columns, how it is written, its size in bytes and its number of lines.

    `notes` are sentences for people: what was guessed and why a column stayed text. `long_lines` says that
    lines are long somewhere, so that rows are fetched fewer at a time.
    """

    columns: tuple[FileColumn, ...]
    dialect: Dialect
    size: int
    lines: int
    long_lines: bool
    notes: tuple[str, ...] = ()

    @property
    def found(self) -> Mapping[str, object]:
        """The layout as an import reports it."""
        return {
            "format": "csv",
            "encoding": "utf-8",
            "delimiter": self.dialect.delimiter,
            "header": self.dialect.header,
        }

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


@dataclass(frozen=True, slots=True)
class Reject:
    """One record that was not read. `line` is the file's line, from 1, where the record begins."""

    line: int
    column: str | None
    code: str
    detail: str
    raw: str


@dataclass(frozen=True, slots=True)
class KeyFault:
    """A record without a usable key. `record` counts the file's well-formed records from 0."""

    record: int
    column: str
    detail: str
    code: str = "primary-key"


@dataclass(frozen=True, slots=True)
class Block:
    """Some thousand rows: `lines` has one JSON array of values a line, in column order; `count` of them.

    `read` is about how many bytes of the file have been read so far. Blocks of rejects come last and have
    no rows.
    """

    lines: bytes
    count: int
    read: int
    rejects: tuple[Reject, ...] = ()
