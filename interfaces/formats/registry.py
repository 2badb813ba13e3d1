"""Open a file: unpack it, detect its format by its content, and read it with the format's module."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

from application.imports.file_format import FileOptions
from interfaces.formats.containers.unpacking import unpack_file
from interfaces.formats.scratch import scratch_folder
from interfaces.formats.source import InputFile, KeyFault, ParsedBlock, ParsedTable, SourceLimits
from interfaces.formats.text.claimed_format import check_claimed_format
from interfaces.formats.text.plausibility import check_plausible_text

HEAD_BYTES = 65_536
NDJSON_SUFFIXES = (".ndjson", ".jsonl")
"""Here the file name matters: the first line of an NDJSON file may also begin a JSON file."""


class FormatReader(Protocol):
    """What the module of a format provides; see `interfaces.formats.source`."""

    def describe(self, source: InputFile, *, exhaustive: bool = False) -> Any: ...
    def key_faults(self, source: InputFile, table: Any, key: Sequence[str]) -> Mapping[int, KeyFault]: ...
    def rows(
        self, source: InputFile, table: Any, *, excluded: Mapping[int, KeyFault] | None = None
    ) -> Generator[ParsedBlock]: ...


@dataclass(frozen=True, slots=True)
class ReadableFile:
    """An unpacked file and the format that reads it. Readings that were not finished are closed by `readings`."""

    source: InputFile
    format: FormatReader
    readings: ExitStack

    def describe(self, *, exhaustive: bool = False) -> ParsedTable:
        """The file's columns; with `exhaustive`, their types fit all rows. Raises Invalid or UnsupportedFormat."""
        table: ParsedTable = self.format.describe(self.source, exhaustive=exhaustive)
        return table

    def key_faults(self, table: ParsedTable, key: Sequence[str]) -> Mapping[int, KeyFault]:
        """The records without a usable key, by record number. Raises Invalid if there are too many."""
        return self.format.key_faults(self.source, table, key)

    def rows(self, table: ParsedTable, *, excluded: Mapping[int, KeyFault] | None = None) -> Iterator[ParsedBlock]:
        """The rows except the `excluded` records, in blocks. Raises TypeGuessFailed or Invalid."""
        return self.readings.enter_context(closing(self.format.rows(self.source, table, excluded=excluded)))


@dataclass(frozen=True, slots=True)
class FileFormats:
    """Opens files of every supported format; temporary copies and spill files are created in `scratch`."""

    scratch: Path
    limits: SourceLimits

    @contextmanager
    def open(self, path: Path, filename: str, options: FileOptions) -> Iterator[ReadableFile]:
        """See `application.imports.file_format.FileOpener`."""
        limits = self.limits
        with scratch_folder(self.scratch) as folder, ExitStack() as readings:
            inner = unpack_file(
                path, filename, folder, max_bytes=limits.unpacked_bytes, max_ratio=limits.unpacked_ratio
            )
            format = detect_format(inner.path, inner.filename, packed_as=filename)
            yield ReadableFile(InputFile(inner.path, inner.filename, folder, limits, options), format, readings)


def detect_format(path: Path, filename: str, *, packed_as: str = "") -> FormatReader:
    """Detect the format of an uncompressed file by its content. Raises Invalid or UnsupportedFormat.

    `packed_as` is the name of the file that it was unpacked from. Names matter only where the content is any text.

    The formats are imported when the first file is opened: a process that opens no file saves 25 MB.
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
    if ndjson.detect(head):
        return ndjson
    check_claimed_format(head, len(head) < HEAD_BYTES, (filename, packed_as))
    return csv_reader
