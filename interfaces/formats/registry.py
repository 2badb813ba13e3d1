"""Opening a file: unpack it, tell its format by its content, and hand on the format's reading of it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, cast

from application.imports.file_format import FileOptions
from interfaces.formats.containers.unpacking import unpack_file
from interfaces.formats.scratch import scratch_folder
from interfaces.formats.source import InputFile, KeyFault, ParsedBlock, ParsedTable, SourceLimits
from interfaces.formats.text.plausibility import check_plausible_text

HEAD_BYTES = 65_536
NDJSON_SUFFIXES = (".ndjson", ".jsonl")
"""The one hint a name gives: the first line of NDJSON may be a JSON file, too."""


class FormatReader(Protocol):
    """One format's module."""

    def describe(self, source: InputFile, *, exhaustive: bool = False) -> Any: ...
    def key_faults(self, source: InputFile, table: Any, key: Sequence[str]) -> Mapping[int, KeyFault]: ...
    def rows(
        self, source: InputFile, table: Any, *, excluded: Mapping[int, KeyFault] | None = None
    ) -> Iterator[ParsedBlock]: ...


@dataclass(frozen=True, slots=True)
class ReadableFile:
    """A file and the format that reads it."""

    source: InputFile
    format: FormatReader

    def describe(self, *, exhaustive: bool = False) -> ParsedTable:
        table: ParsedTable = self.format.describe(self.source, exhaustive=exhaustive)
        return table

    def key_faults(self, table: ParsedTable, key: Sequence[str]) -> Mapping[int, KeyFault]:
        return self.format.key_faults(self.source, table, key)

    def rows(self, table: ParsedTable, *, excluded: Mapping[int, KeyFault] | None = None) -> Iterator[ParsedBlock]:
        return self.format.rows(self.source, table, excluded=excluded)


@dataclass(frozen=True, slots=True)
class FileFormats:
    """Opens files; `scratch` is the folder their copies and spills are made in."""

    scratch: Path
    limits: SourceLimits = field(default_factory=SourceLimits)

    @contextmanager
    def open_file(self, path: Path, filename: str, options: FileOptions) -> Iterator[ReadableFile]:
        """See `application.imports.file_format.Files`."""
        limits = self.limits
        with scratch_folder(self.scratch) as folder:
            inner = unpack_file(
                path, filename, folder, most_bytes=limits.unpacked_bytes, most_ratio=limits.unpacked_ratio
            )
            format = detect_format(inner.path, inner.filename)
            yield ReadableFile(InputFile(inner.path, inner.filename, folder, options, limits), format)


def detect_format(path: Path, filename: str) -> FormatReader:
    """The format of a file that is not packed, by its content. Raises Invalid or UnsupportedFormat.

    The formats are loaded when a file is first opened: a process that opens none saves 25 MB.
    """
    from interfaces.formats import workbook_formats
    from interfaces.formats.csv import csv_reader
    from interfaces.formats.json import json_reader, ndjson
    from interfaces.formats.parquet import parquet_reader

    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if kind := workbook_formats.detect_workbook_format(path, head):
        return cast(FormatReader, workbook_formats.WORKBOOK_READERS[kind])
    if parquet_reader.detect(head):
        return parquet_reader
    check_plausible_text(head)
    if json_reader.detect(head):
        return ndjson if filename.lower().endswith(NDJSON_SUFFIXES) else json_reader
    return ndjson if ndjson.detect(head) else csv_reader
