"""The interface between imports and file formats. The formats know nothing about datasets and settings.

They take `limit_setting` from here, to name in their messages the setting of a limit.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from application.settings import limit_setting as limit_setting
from domain.columns import ColumnType


class TypeGuessFailed(Exception):
    """A row does not fit the types guessed from the first rows: describe the file again with `exhaustive`."""


@dataclass(frozen=True, slots=True)
class RequestedType:
    """The type that a column must have, and the notation of its values (None: to be detected)."""

    type: ColumnType
    format: str | None = None


@dataclass(frozen=True, slots=True)
class KnownColumn:
    """What a dataset remembers of a column: its type, the notation of its values (None: the canonical one), and how
    null was written (None: as an empty cell)."""

    type: ColumnType
    format: str | None = None
    null_text: str | None = None


@dataclass(frozen=True, slots=True)
class FileOptions:
    """What the client specifies about a file; None: detect it.

    `quote` and `escape` can be empty: there is none. `header` is False, or its number of rows. `skip_rows` is the
    number of lines (in a sheet: rows) above the header. `null_values` mean null in every column. `sheet` is a name,
    or a number from 1. `trim`: blanks around values are not part of them (None: where that gives a column a type).
    `columns` are types by column name; the file need not have all of these columns. `names` replace the names in the
    header, in order. `known_names` are the columns of the dataset that the file goes into: a line that consists of
    them is the header. `known_formats` are what it remembers of them, which decides where values can be read in two
    ways. `error_cells` is what becomes of errors such as #N/A in a workbook: `null`, or `reject` for their
    rows (None: null, and text in columns of text). `short_rows`, which have fewer cells than the header: `pad` them
    with nulls, or `reject` them (None: pad those that have as many cells as most rows). `merged` is what becomes of
    cells that are merged into one above them: `fill` repeats its value, `null`. `rows` is a JSON Pointer to the rows
    of a JSON document. `formula_guard`: texts have the apostrophes of that option of exports, which are taken off
    (None: if the file says so). `on_error`: `reject` skips invalid rows and reports them, `abort` fails the import.
    `empty_cells` are null or empty strings in columns of text (`null`, `text`; None: null, but empty strings if they
    are in quotes). `formula_texts`: a cell like `="007"` in a text file is the text in its quotes.

    Clients do not specify those of INTERNAL_OPTIONS.
    """

    delimiter: str | None = None
    quote: str | None = None
    escape: str | None = None
    encoding: str | None = None
    header: bool | int | None = None
    skip_rows: int | None = None
    comment: str | None = None
    null_values: tuple[str, ...] | None = None
    sheet: str | int | None = None
    date_format: str | None = None
    decimal: str | None = None
    trim: bool | None = None
    columns: Mapping[str, RequestedType] = field(default_factory=dict)
    names: tuple[str, ...] | None = None
    known_names: tuple[str, ...] | None = None
    known_formats: Mapping[str, KnownColumn] = field(default_factory=dict)
    error_cells: str | None = None
    short_rows: str | None = None
    merged: str | None = None
    rows: str | None = None
    formula_guard: bool | None = None
    on_error: str = "reject"
    empty_cells: str | None = None
    formula_texts: bool = True


INTERNAL_OPTIONS = ("names", "known_names", "known_formats", "empty_cells", "formula_texts")


class FileColumn(Protocol):
    """A detected column. `format` is the notation of its values, None for the canonical notation; `null_text` is how
    the file writes null, None for empty cells."""

    @property
    def name(self) -> str: ...
    @property
    def type(self) -> ColumnType: ...
    @property
    def format(self) -> str | None: ...
    @property
    def null_text(self) -> str | None: ...


class Table(Protocol):
    """The columns of a file, its detected layout (`found`), notes for people about guesses, and the columns that the
    file itself names as its `key`."""

    @property
    def columns(self) -> Sequence[FileColumn]: ...
    @property
    def notes(self) -> Sequence[str]: ...
    @property
    def found(self) -> Mapping[str, object]: ...
    @property
    def key(self) -> Sequence[str]: ...


class Reject(Protocol):
    """A row that was not imported; `line` is the line of the file where it begins, from 1.

    `raw` is its text, shortened; `cells` are all its cells as text, so that it can be corrected.
    """

    @property
    def line(self) -> int: ...
    @property
    def column(self) -> str | None: ...
    @property
    def code(self) -> str: ...
    @property
    def detail(self) -> str: ...
    @property
    def raw(self) -> str: ...
    @property
    def cells(self) -> Sequence[str | None]: ...


class Block(Protocol):
    """Some thousand rows, each a line with a JSON array of values. `read`: approximate bytes of the file read so far.

    `runs` are the lines of rows: from row `n` of the import (from 0, without rejects) on, lines are consecutive from
    `line`, until the next run. Runs are in order, but not always in the block of their rows.
    """

    @property
    def lines(self) -> bytes: ...
    @property
    def count(self) -> int: ...
    @property
    def read(self) -> int: ...
    @property
    def rejects(self) -> Sequence[Reject]: ...
    @property
    def runs(self) -> Sequence[tuple[int, int]]: ...


class OpenFile(Protocol):
    """An unpacked file of a known format: describe it, find invalid keys, read its rows."""

    def describe(self, *, exhaustive: bool = False) -> Any: ...
    def key_faults(self, table: Any, key: Sequence[str]) -> Mapping[int, Any]: ...
    def rows(self, table: Any, *, excluded: Mapping[int, Any] | None = None) -> Iterator[Block]: ...


class FileOpener(Protocol):
    """Opens files of every known format."""

    def open(self, path: Path, filename: str, options: FileOptions) -> AbstractContextManager[OpenFile]:
        """Unpack the file where it is packed and tell its format; scratch copies go when the block ends.

        Raises Invalid, TooLarge or UnsupportedFormat.
        """
