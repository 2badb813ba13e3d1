"""Read files in ZIP archives. The names and sizes that an archive states are shown, but never relied on."""

import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from io import BufferedReader, FileIO
from pathlib import Path, PurePosixPath

from domain.errors import Invalid

MAX_DIRECTORY_BYTES = 8 * 2**20
"""The largest directory of an archive that is read: about 80,000 names."""

MAX_SHOWN_NAMES = 5
_PIECE_BYTES = 1 << 20
_ENCRYPTED = 0x1
_ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, OSError, NotImplementedError)
_METHODS = {9: "Deflate64", 12: "bzip2", 14: "LZMA", 93: "Zstandard", 95: "xz", 98: "PPMd"}
_OPEN_DOCUMENT = b"application/vnd.oasis.opendocument"
DESCRIPTOR = "datapackage.json"
"""The file that describes a data package."""


def is_zip(head: bytes) -> bool:
    """Whether a file that begins with `head` may be a ZIP archive, also an empty one."""
    return head.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def is_zip_file(path: Path) -> bool:
    """Whether the file may be a ZIP archive."""
    with path.open("rb") as file:
        return is_zip(file.read(4))


def is_document(path: Path) -> bool:
    """Whether the archive is a file of Office or OpenDocument, or a data package. Raises Invalid if it is damaged."""
    with _ZipArchive(path) as archive:
        names = set(archive.namelist())
        if find_descriptor([member.filename for member in _list_members(archive)]) is not None:
            return True
        if "[Content_Types].xml" in names:
            folders = ("xl/", "word/", "ppt/", "visio/")
            return "_rels/.rels" in names or any(name.startswith(folders) for name in names)
        return "mimetype" in names and _is_open_document(archive)


def list_files(path: Path) -> Sequence[str]:
    """The names of the files in the archive, with their folders. Raises Invalid if it cannot be read."""
    with _ZipArchive(path) as archive:
        return [member.filename for member in _list_members(archive)]


def is_data_package(path: Path) -> bool:
    """Whether the file is an archive that describes its tables. Raises Invalid for one that cannot be read."""
    return is_zip_file(path) and find_descriptor(list_files(path)) is not None


def find_descriptor(names: Sequence[str]) -> str | None:
    """The file that describes a data package: at the top, or in the only folder with one. None: it has none."""
    found = [name for name in names if PurePosixPath(name).name == DESCRIPTOR and name.count("/") <= 1]
    return DESCRIPTOR if DESCRIPTOR in found else found[0] if len(found) == 1 else None


def open_member(path: Path, name: str) -> Iterator[bytes]:
    """The unpacked bytes of the file `name`, at most 1 MB at a time. Raises Invalid, also while they are read."""
    with _ZipArchive(path) as archive:
        member = archive.getinfo(name)
    return _open_readable(path, member)


def open_only_member(path: Path) -> tuple[str, Iterator[bytes]]:
    """Return the file's name, without folders, and an iterator of its unpacked bytes, at most 1 MB at a time.

    Raises Invalid, also while the bytes are read.
    """
    with _ZipArchive(path) as archive:
        files = _list_members(archive)
    names = [member.filename for member in files]
    if len(files) != 1:
        shown = ", ".join(repr(name[:100]) for name in names[:MAX_SHOWN_NAMES]) + (
            " …" if len(names) > MAX_SHOWN_NAMES else ""
        )
        what = f"{len(names):,} files ({shown})" if names else "no file"
        detail = f"The ZIP archive holds {what}; it must hold exactly one"
        raise Invalid("several-files" if names else "empty-archive", detail)
    return PurePosixPath(names[0].replace("\\", "/")).name, _open_readable(path, files[0])


class _ZipArchive(zipfile.ZipFile):
    """An archive opened for reading. Raises Invalid if the file is not a ZIP archive."""

    def __init__(self, path: Path) -> None:
        self._source = _BoundedZipStream(FileIO(path))
        try:
            super().__init__(self._source)
        except _ZIP_ERRORS as error:
            self._source.close()
            raise _unreadable_error(path, error) from None

    def close(self) -> None:
        super().close()
        self._source.close()


class _BoundedZipStream(BufferedReader):
    """The archive's bytes. ZipFile reads the directory at once, of any stated size: beyond a limit it is refused."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > MAX_DIRECTORY_BYTES:
            raise zipfile.BadZipFile(f"its list of files would take {size:,} bytes")
        return super().read(size)


def _is_ignored(member: zipfile.ZipInfo) -> bool:
    """Whether the member is a folder or was added by macOS."""
    parts = PurePosixPath(member.filename).parts
    return member.is_dir() or "__MACOSX" in parts or parts[-1:] == (".DS_Store",)


def _is_open_document(archive: zipfile.ZipFile) -> bool:
    try:
        with archive.open("mimetype") as file:
            return file.read(len(_OPEN_DOCUMENT)) == _OPEN_DOCUMENT
    except (*_ZIP_ERRORS, RuntimeError):
        return False


def _list_members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    return [member for member in archive.infolist() if not _is_ignored(member)]


def _open_readable(path: Path, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """The bytes of a member that can be unpacked. Raises Invalid."""
    if member.flag_bits & _ENCRYPTED:
        detail = f"{member.filename[:100]!r} in the ZIP archive is encrypted; send it without a password"
        raise Invalid("encrypted-file", detail)
    if (method := member.compress_type) not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        detail = f"The ZIP archive is packed with {_METHODS.get(method, f'method {method}')}; only deflate is read"
        raise Invalid("unsupported-compression", detail)
    return _read_member(path, member)


def _read_member(path: Path, member: zipfile.ZipInfo) -> Iterator[bytes]:
    size = 0
    with _ZipArchive(path) as archive:
        try:
            with archive.open(member) as file:
                while piece := file.read(_PIECE_BYTES):
                    size += len(piece)
                    yield piece
        except _ZIP_ERRORS as error:
            raise _damaged_error(member, size, error) from None
    if size != member.file_size:
        detail = f"it states {member.file_size:,} bytes"
        raise _damaged_error(member, size, zipfile.BadZipFile(detail))


def _unreadable_error(path: Path, error: Exception) -> Invalid:
    if isinstance(error, zipfile.BadZipFile) and "not a zip file" in str(error):
        detail = (
            f"The ZIP archive is incomplete: its list of files, which is at the end, is missing in its"
            f" {path.stat().st_size:,} bytes. Send it again"
        )
        return Invalid("truncated-file", detail)
    return Invalid("corrupt-file", f"The ZIP archive cannot be read: {error}. Send it again")


def _damaged_error(member: zipfile.ZipInfo, size: int, error: Exception) -> Invalid:
    why = str(error) or "it ends too early"
    code = "truncated-file" if isinstance(error, EOFError) else "corrupt-file"
    detail = f"{member.filename[:100]!r} in the ZIP archive is damaged after {size:,} unpacked bytes ({why})"
    return Invalid(code, f"{detail}. Send it again")
