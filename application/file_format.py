"""What an import asks of a file format; the formats themselves are interfaces and know no datasets."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from domain.columns import ColumnType


class Misfit(Exception):
    """A row breaks the type its column was given from the first rows: describe again with `exhaustive`."""


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
    """A record that was not taken; `line` is the line of the file where it begins, from 1."""

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


class Block(Protocol):
    """Some thousand rows: one JSON array of values a line. `read`: about how many bytes of the file so far."""

    @property
    def lines(self) -> bytes: ...
    @property
    def count(self) -> int: ...
    @property
    def read(self) -> int: ...
    @property
    def rejects(self) -> Sequence[Reject]: ...


class FileFormat(Protocol):
    """One format: describe a file, find rows without a usable key, read the rows."""

    def describe(self, path: Path, *, exhaustive: bool = False) -> Any: ...
    def key_faults(self, path: Path, table: Any, key: Sequence[str], *, scratch: Path) -> Mapping[int, Any]: ...
    def rows(self, path: Path, table: Any, *, excluded: Mapping[int, Any] | None = None) -> Iterator[Block]: ...
