"""The parts of a workbook that is a ZIP archive, unpacked in bounded memory whatever the archive claims."""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pyexpat import ExpatError
from typing import Protocol, cast

from domain.errors import Invalid, TooLarge, UnsupportedFormat
from interfaces.formats.source import InputFile, SourceLimits

RATIO_FREE_BYTES = 16 << 20
"""Up to this size no ratio of packed and unpacked bytes does harm."""
PIECE_BYTES = 1 << 18
_ARCHIVE_ERRORS = (OSError, ValueError, NotImplementedError, struct.error, EOFError)
"""What the standard library raises for senseless directories of archives."""
_DAMAGED = "The workbook is damaged or was not stored completely"


class Readable(Protocol):
    """Bytes as they are asked for."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(slots=True)
class ArchivePart:
    """A part being read; counts what comes out. Raises TooLarge past a limit, Invalid for damage."""

    file: Readable
    packed: int
    limits: SourceLimits
    _size: int = field(default=0, init=False)

    def read(self, size: int = PIECE_BYTES, /) -> bytes:
        data = self.file.read(size)
        self._size += len(data)
        if self._size > self.limits.unpacked_bytes:
            detail = f"Unpacked, a part of the workbook is larger than {self.limits.unpacked_bytes:,} bytes"
            raise TooLarge("unpacked-too-large", f"{detail} (setting ROWLEDGER_LIMIT_UNPACKED_BYTES)")
        if self._size > RATIO_FREE_BYTES and self._size > self.packed * self.limits.unpacked_ratio:
            ratio = f"more than {self.limits.unpacked_ratio:,} times as large as packed"
            detail = f"Unpacked, a part of the workbook is {ratio}"
            raise TooLarge("compression-ratio", f"{detail} (setting ROWLEDGER_LIMIT_UNPACKED_RATIO)")
        return data


@dataclass(frozen=True, slots=True)
class WorkbookArchive:
    """A workbook's parts by name, whose case does not matter."""

    zip: zipfile.ZipFile
    limits: SourceLimits
    size: int
    names: dict[str, str]

    def __contains__(self, name: str) -> bool:
        return name.lower() in self.names

    @contextmanager
    def part(self, name: str) -> Iterator[ArchivePart]:
        """Raises Invalid `corrupt-file` where there is no such part."""
        if name not in self:
            raise corrupt_error(f"it lacks its part {name}")
        info = self.zip.getinfo(self.names[name.lower()])
        if info.flag_bits & 1:
            raise encrypted_error()
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise corrupt_error(f"its part {name} is packed in a way no spreadsheet program uses")
        with _open_member(self.zip, info) as file:
            yield ArchivePart(file, max(1, min(info.compress_size, self.size)), self.limits)


@contextmanager
def open_archive(source: InputFile) -> Iterator[WorkbookArchive]:
    """Raises Invalid `corrupt-file` for a damaged archive, there or while its parts are read."""
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
    """What the standard library raises for damaged archives and XML, as a refusal."""
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


def corrupt_error(why: str) -> Invalid:
    return Invalid("corrupt-file", f"{_DAMAGED}: {why}.")


def cell_too_large_error(limits: SourceLimits) -> TooLarge:
    allowed = f"{limits.cell_bytes:,} are allowed (setting ROWLEDGER_LIMIT_CELL_BYTES)"
    return TooLarge("cell-too-large", f"A cell of the workbook has more bytes than {allowed}.")


def encrypted_error() -> UnsupportedFormat:
    detail = "The workbook is encrypted: remove its password in a spreadsheet program and send it again."
    return UnsupportedFormat("encrypted-file", detail)
