"""Open a file: unpack it, detect its format by its content, and read it with the format's module."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, cast

from application.imports.file_format import FileOptions
from interfaces.formats.containers import zip_member
from interfaces.formats.containers.unpacking import UnpackedFile, unpack_file, write_unpacked
from interfaces.formats.data_package import package_reader
from interfaces.formats.data_package.package_reader import PackagedTable
from interfaces.formats.known_header import is_known_name
from interfaces.formats.scratch import scratch_folder
from interfaces.formats.source import InputFile, KeyFault, ParsedBlock, ParsedTable, SourceLimits
from interfaces.formats.text.claimed_format import check_claimed_format
from interfaces.formats.text.plausibility import check_plausible_text

HEAD_BYTES = 65_536
_MORE_BYTES, _MAX_LINE_BYTES = 1 << 20, 16 << 20
_NO_OPTIONS = FileOptions()

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
    """An unpacked file and the format that reads it. Readings that were not finished are closed by `readings`.

    `packaged` is what a data package says about it, if it comes from one.
    """

    source: InputFile
    format: FormatReader
    readings: ExitStack
    packaged: PackagedTable | None = None

    def describe(self, *, exhaustive: bool = False) -> ParsedTable:
        """The file's columns; with `exhaustive`, their types fit all rows. Raises Invalid or UnsupportedFormat."""
        table: ParsedTable = self.format.describe(self.source, exhaustive=exhaustive)
        if self.packaged is None:
            return table
        package_reader.check_names(self.packaged, table.names)
        return replace(table, notes=(*self.packaged.notes, *table.notes), key=self.packaged.key)

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
        with scratch_folder(self.scratch) as folder, ExitStack() as readings:
            inner = self._unpack(path, filename, folder)
            packaged = package_reader.find_table(inner.path, options) if zip_member.is_zip_file(inner.path) else None
            if packaged is not None:
                inner, options = self._take_out(inner.path, packaged, folder), packaged.options
            packed_as = filename if packaged is None else ""
            format = detect_format(inner.path, inner.filename, packed_as=packed_as, options=options)
            source = InputFile(inner.path, inner.filename, folder, self.limits, options)
            yield ReadableFile(source, format, readings, packaged)

    def _unpack(self, path: Path, filename: str, folder: Path) -> UnpackedFile:
        return unpack_file(
            path, filename, folder, max_bytes=self.limits.unpacked_bytes, max_ratio=self.limits.unpacked_ratio
        )

    def _take_out(self, path: Path, packaged: PackagedTable, folder: Path) -> UnpackedFile:
        """The unpacked table of the data package at `path`."""
        pieces = package_reader.checked_pieces(packaged, zip_member.open_member(path, packaged.member))
        limits = self.limits
        taken = write_unpacked(
            pieces,
            path.stat().st_size,
            folder,
            max_bytes=limits.unpacked_bytes,
            max_ratio=limits.unpacked_ratio,
        )
        return self._unpack(taken, packaged.filename, folder)


def _read_head(path: Path) -> bytes:
    """The first bytes of a file. Of what may be JSON, at least the first line and some of the next one."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        if head.lstrip()[:1] in (b"{", b"["):
            while b"\n" not in head.strip() and len(head) < _MAX_LINE_BYTES and (more := file.read(_MORE_BYTES)):
                head += more
    return head


def detect_format(
    path: Path, filename: str, *, packed_as: str = "", options: FileOptions = _NO_OPTIONS
) -> FormatReader:
    """Detect the format of an uncompressed file by its content. Raises Invalid or UnsupportedFormat.

    `packed_as` is the name of the file that it was unpacked from. Names matter only where the content is any text.
    Of the options, it matters which columns the dataset has: one may have a name that looks like JSON.

    The formats are imported when the first file is opened: a process that opens no file saves 25 MB.
    """
    from interfaces.formats import workbook_formats
    from interfaces.formats.csv import csv_reader
    from interfaces.formats.json import json_reader, ndjson
    from interfaces.formats.json.scanning.text import decode_head
    from interfaces.formats.parquet import parquet_reader

    head = _read_head(path)
    if kind := workbook_formats.detect_workbook_format(path, head):
        return cast(FormatReader, workbook_formats.WORKBOOK_READERS[kind])
    if parquet_reader.detect(head):
        return parquet_reader
    check_plausible_text(head[:HEAD_BYTES])
    if is_known_name(decode_head(head).lstrip().split(b"\n", 1)[0], options):
        return csv_reader
    if json_reader.detect(head):
        return ndjson if filename.lower().endswith(NDJSON_SUFFIXES) else json_reader
    if ndjson.detect(head):
        return ndjson
    check_claimed_format(head, len(head) < HEAD_BYTES, (filename, packed_as))
    return csv_reader
