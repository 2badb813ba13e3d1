"""The formats of a dataset's columns, for changes of their types."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from domain.columns import ColumnType
from interfaces.formats.values.forms import find_format
from interfaces.formats.values.original_notation import format_original

if TYPE_CHECKING:
    from interfaces.formats.column_texts import ColumnTextReader


@dataclass(frozen=True, slots=True)
class ColumnNotations:
    """Implements `application.columns.column_ports.ValueNotations`. Readers spill to the folder `scratch`."""

    scratch: Path

    def normalize_format(self, type: ColumnType, format: str) -> str | None:
        return find_format(type, format).format

    def write(self, type: ColumnType, format: str, canonical: str) -> str:
        return format_original(type, format, canonical)

    @contextmanager
    def open_reader(self) -> Iterator["ColumnTextReader"]:
        """DuckDB is imported with the first reader: a process that needs none saves 25 MB."""
        from interfaces.formats.column_texts import open_text_reader

        with open_text_reader(self.scratch) as reader:
            yield reader
