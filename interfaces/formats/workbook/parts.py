"""Unpacks the parts of a workbook that is a ZIP archive, within limits of size and compression ratio."""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pyexpat import ExpatError
from typing import Protocol, cast

from application.imports.file_format import limit_setting
from domain.errors import Invalid, TooLarge, UnsupportedFormat
from interfaces.formats.source import InputFile, SourceLimits

RATIO_FREE_BYTES = 16 << 20
"""Up to this size any compression ratio is accepted."""
PIECE_BYTES = 1 << 18
_ARCHIVE_ERRORS = (OSError, ValueError, NotImplementedError, struct.error, EOFError)
"""What the standard library raises for an invalid directory of an archive."""
_DAMAGED = "The workbook is damaged or incomplete"


class Readable(Protocol):
    """A source of bytes."""

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes; empty at the end."""


@dataclass(slots=True)
class ArchivePart:
    """A part of a workbook while it is read. `packed` is its compressed size in bytes.

    `read` raises TooLarge if the unpacked size or the compression ratio exceeds a limit.
    """

    file: Readable
    packed: int
    limits: SourceLimits
    _size: int = field(default=0, init=False)

    def read(self, size: int = PIECE_BYTES, /) -> bytes:
        data = self.file.read(size)
        self._size += len(data)
        if self._size > self.limits.unpacked_bytes:
            detail = f"Unpacked, a part of the workbook is larger than {self.limits.unpacked_bytes:,} bytes"
            raise TooLarge("unpacked-too-large", f"{detail} ({limit_setting('unpacked_bytes')})")
        if self._size > RATIO_FREE_BYTES and self._size > self.packed * self.limits.unpacked_ratio:
            ratio = f"more than {self.limits.unpacked_ratio:,} times its compressed size"
            detail = f"Unpacked, a part of the workbook has {ratio}"
            raise TooLarge("compression-ratio", f"{detail} ({limit_setting('unpacked_ratio')})")
        return data


@dataclass(frozen=True, slots=True)
class WorkbookArchive:
    """A workbook's parts by name, ignoring case. `size` is the archive's, in bytes."""

    zip: zipfile.ZipFile
    limits: SourceLimits
    size: int
    names: dict[str, str]

    def __contains__(self, name: str) -> bool:
        return name.lower() in self.names

    @contextmanager
    def part(self, name: str) -> Iterator[ArchivePart]:
        """Open a part. Raises Invalid `corrupt-file` if it is missing, UnsupportedFormat if it is encrypted."""
        if name not in self:
            raise corrupt_error(f"its part {name} is missing")
        info = self.zip.getinfo(self.names[name.lower()])
        if info.flag_bits & 1:
            raise encrypted_error()
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise corrupt_error(f"its part {name} has a compression method that no spreadsheet program uses")
        with _open_member(self.zip, info) as file:
            yield ArchivePart(file, max(1, min(info.compress_size, self.size)), self.limits)


@contextmanager
def open_archive(source: InputFile) -> Iterator[WorkbookArchive]:
    """Open a workbook as an archive. Raises Invalid `corrupt-file` for damage, here or in the `with` block."""
    with refuse_damage():
        try:
            archive = zipfile.ZipFile(source.path)
        except (zipfile.BadZipFile, *_ARCHIVE_ERRORS):
            raise corrupt_error("its end is missing") from None
        with archive:
            names = {name.lower(): name for name in archive.namelist()}
            yield WorkbookArchive(archive, source.limits, source.path.stat().st_size, names)


@contextmanager
def refuse_damage() -> Iterator[None]:
    """Turn the standard library's errors for damaged archives and XML into Invalid `corrupt-file`."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, UnicodeDecodeError) as error:
        raise corrupt_error(str(error)) from None
    except ExpatError as error:
        raise corrupt_error(f"its XML is not well-formed ({error})") from None


def _open_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> zipfile.ZipExtFile:
    try:
        return cast(zipfile.ZipExtFile, archive.open(info))
    except _ARCHIVE_ERRORS as error:
        raise corrupt_error(str(error)) from None


def corrupt_error(reason: str) -> Invalid:
    """The error for a damaged workbook."""
    return Invalid("corrupt-file", f"{_DAMAGED}: {reason}.")


def cell_too_large_error(limits: SourceLimits) -> TooLarge:
    """The error for a cell beyond the limit."""
    allowed = f"{limits.cell_bytes:,} are allowed ({limit_setting('cell_bytes')})"
    return TooLarge("cell-too-large", f"A cell of the workbook has more bytes than {allowed}.")


def encrypted_error() -> UnsupportedFormat:
    """The error for a workbook with a password."""
    detail = "The workbook is encrypted: remove its password in a spreadsheet program and send it again."
    return UnsupportedFormat("encrypted-file", detail)
