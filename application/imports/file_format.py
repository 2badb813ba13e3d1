"""What an import asks of file formats; the formats themselves are interfaces and know no datasets."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from domain.columns import ColumnType


class TypeGuessFailed(Exception):
    """A row breaks the type its column was given from the first rows: describe again with `exhaustive`."""


@dataclass(frozen=True, slots=True)
class RequestedType:
    """The type a column must have, and how the file writes its values (None: to be found)."""

    type: ColumnType
    format: str | None = None


@dataclass(frozen=True, slots=True)
class FileOptions:
    """What the sender says of a file instead of having it guessed; None: guess.

    `quote` and `escape` may be empty: there is none. `header` is False, or the number of rows it spans.
    `skip_rows` are lines (of a sheet: rows) above the header. `null_values` stand for null in every column.
    `sheet` is a name, or a number from 1. `columns` gives types by column name, `names` replaces the header's
    names, in order. A file need not have all of `columns`. `on_error`: `reject` leaves bad rows out and reports
    them, `abort` fails the import.
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
    columns: Mapping[str, RequestedType] = field(default_factory=dict)
    names: tuple[str, ...] | None = None
    on_error: str = "reject"


class FileColumn(Protocol):
    """A column as found. `format` is how the file writes its values; None where that is the canonical way."""

    @property
    def name(self) -> str: ...
    @property
    def type(self) -> ColumnType: ...
    @property
    def format(self) -> str | None: ...


class Table(Protocol):
    """A file's columns, what was found of its layout, and notes for people on what was guessed."""

    @property
    def columns(self) -> Sequence[FileColumn]: ...
    @property
    def notes(self) -> Sequence[str]: ...
    @property
    def found(self) -> Mapping[str, object]: ...


class Reject(Protocol):
    """A row that was not taken; `line` is the line of the file where it begins, from 1.

    `raw` is its text, shortened; `cells` are all of its cells as text, by which it can be mended.
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
    """Some thousand rows: one JSON array of values a line. `read`: about how many bytes of the file so far.

    `runs` say where rows stood in the file: from row number `n` of the import (from 0, rejects not counted) on,
    lines follow each other from `line`, until the next run. They come in order, but not always with their rows.
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
    """A file that was unpacked and whose format is known: describe it, find unusable keys, read the rows."""

    def describe(self, *, exhaustive: bool = False) -> Any: ...
    def key_faults(self, table: Any, key: Sequence[str]) -> Mapping[int, Any]: ...
    def rows(self, table: Any, *, excluded: Mapping[int, Any] | None = None) -> Iterator[Block]: ...


class FileOpener(Protocol):
    """Opens files of every known format."""

    def open(self, path: Path, filename: str, options: FileOptions) -> AbstractContextManager[OpenFile]:
        """Unpack the file where it is packed and tell its format; scratch copies go when the block ends.

        Raises Invalid, TooLarge or UnsupportedFormat.
        """
