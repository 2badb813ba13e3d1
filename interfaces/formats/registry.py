"""Opening a file: unpack it, tell its format by its content, and hand on the format's reading of it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, cast

from application.imports.file_format import Options
from interfaces.formats.containers.unpacking import unpacked
from interfaces.formats.scratch import scratch
from interfaces.formats.source import Block, KeyFault, Limits, Source, Table
from interfaces.formats.text.plausibility import looks_like

HEAD_BYTES = 65_536
NDJSON_NAMES = (".ndjson", ".jsonl")
"""The one hint a name gives: the first line of NDJSON may be a JSON file, too."""


class Format(Protocol):
    """One format's module."""

    def describe(self, source: Source, *, exhaustive: bool = False) -> Any: ...
    def key_faults(self, source: Source, table: Any, key: Sequence[str]) -> Mapping[int, KeyFault]: ...
    def rows(
        self, source: Source, table: Any, *, excluded: Mapping[int, KeyFault] | None = None
    ) -> Iterator[Block]: ...


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file and the format that reads it."""

    source: Source
    format: Format

    def describe(self, *, exhaustive: bool = False) -> Table:
        table: Table = self.format.describe(self.source, exhaustive=exhaustive)
        return table

    def key_faults(self, table: Table, key: Sequence[str]) -> Mapping[int, KeyFault]:
        return self.format.key_faults(self.source, table, key)

    def rows(self, table: Table, *, excluded: Mapping[int, KeyFault] | None = None) -> Iterator[Block]:
        return self.format.rows(self.source, table, excluded=excluded)


@dataclass(frozen=True, slots=True)
class Files:
    """Opens files; `scratch` is the folder their copies and spills are made in."""

    scratch: Path
    limits: Limits = field(default_factory=Limits)

    @contextmanager
    def opened(self, path: Path, filename: str, options: Options) -> Iterator[OpenFile]:
        """See `application.imports.file_format.Files`."""
        limits = self.limits
        with scratch(self.scratch) as folder:
            inner = unpacked(
                path, filename, folder, most_bytes=limits.unpacked_bytes, most_ratio=limits.unpacked_ratio
            )
            format = told(inner.path, inner.filename)
            yield OpenFile(Source(inner.path, inner.filename, folder, options, limits), format)


def told(path: Path, filename: str) -> Format:
    """The format of a file that is not packed, by its content. Raises Invalid or UnsupportedFormat.

    The formats are loaded when a file is first opened: a process that opens none saves 25 MB.
    """
    from interfaces.formats import workbook_formats
    from interfaces.formats.csv import csv_reader
    from interfaces.formats.json import json_reader, ndjson
    from interfaces.formats.parquet import parquet_reader

    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if kind := workbook_formats.kind_of(path, head):
        return cast(Format, workbook_formats.FORMATS[kind])
    if parquet_reader.detect(head):
        return parquet_reader
    looks_like(head)
    if json_reader.detect(head):
        return ndjson if filename.lower().endswith(NDJSON_NAMES) else json_reader
    return ndjson if ndjson.detect(head) else csv_reader
