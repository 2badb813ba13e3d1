"""Detect packed files by their content, and unpack them to a scratch folder with bounded memory and disk space.

A container is gzip, bzip2, Zstandard, or a ZIP with exactly one file. A ZIP that is a document (Office, OpenDocument)
or a data package is not a container. Limits are checked while unpacking: stated sizes are not trusted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from application.imports.file_format import limit_setting
from domain.errors import Invalid, TooLarge
from interfaces.formats.containers import compressed_streams, zip_member

MAX_CONTAINER_DEPTH = 3
"""How many containers may be nested."""

MIN_RATIO_CHECK_BYTES = 16 * 2**20
"""The compression ratio is checked only if the unpacked file is larger than this."""

SUFFIXES = {"gzip": (".gz",), "bzip2": (".bz2",), "zstd": (".zst", ".zstd")}


@dataclass(frozen=True, slots=True)
class UnpackedFile:
    """A file taken out of its `containers`, outermost first. If there are none, `path` is the original file."""

    path: Path
    filename: str
    containers: tuple[str, ...]


def unpack_file(path: Path, filename: str, scratch: Path, *, max_bytes: int, max_ratio: int) -> UnpackedFile:
    """Unpack `path`, which may be packed up to three times, to a new file in `scratch`; or return it as it is.

    `max_ratio` is the number of unpacked bytes allowed per byte of `path`, over all containers together.
    Raises Invalid (`truncated-file`, `corrupt-file`, `encrypted-file`, `several-files`, `empty-archive`,
    `nested-too-deep`, `unsupported-compression`) or TooLarge (`unpacked-too-large`, `compression-ratio`,
    `window-too-large`); no file stays in `scratch` then. The file at `path` is never changed.
    """
    guard = _UnpackingLimits(path.stat().st_size, max_bytes, max_ratio)
    here = UnpackedFile(path, filename, ())
    try:
        while container := detect_container(here.path):
            if len(here.containers) == MAX_CONTAINER_DEPTH:
                raise Invalid(
                    "nested-too-deep",
                    f"The file is packed more than {MAX_CONTAINER_DEPTH} times; unpack it first",
                )
            inner = _unpack_once(here, container, scratch, guard)
            _remove_intermediate(here, path)
            here = inner
    except BaseException:
        _remove_intermediate(here, path)
        raise
    return here


def write_unpacked(pieces: Iterator[bytes], packed: int, scratch: Path, *, max_bytes: int, max_ratio: int) -> Path:
    """Write unpacked bytes of a file of `packed` bytes to a new file in `scratch`.

    Raises TooLarge and what the pieces raise; no file stays in `scratch` then.
    """
    return _write_file(pieces, scratch, _UnpackingLimits(packed, max_bytes, max_ratio))


def detect_container(path: Path) -> str | None:
    """Return `gzip`, `bzip2`, `zstd` or `zip`, by the file's first bytes; None for all others, also documents.

    Raises Invalid for a ZIP that cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(16)
    if zip_member.is_zip(head):
        return None if zip_member.is_document(path) else "zip"
    return compressed_streams.detect_compression(head)


@dataclass(frozen=True, slots=True)
class _UnpackingLimits:
    """The limits for unpacking a file of `packed` bytes."""

    packed: int
    max_bytes: int
    max_ratio: int

    def check(self, size: int) -> None:
        """Raise TooLarge if the unpacked `size` exceeds a limit."""
        if size > self.max_bytes:
            detail = f"Unpacked, the file is larger than {self.max_bytes:,} bytes"
            raise TooLarge("unpacked-too-large", f"{detail} ({limit_setting('unpacked_bytes')})")
        if size > MIN_RATIO_CHECK_BYTES and size > self.packed * self.max_ratio:
            detail = f"Unpacked, the file is more than {self.max_ratio:,} times as large as its {self.packed:,} bytes"
            raise TooLarge("compression-ratio", f"{detail} ({limit_setting('unpacked_ratio')})")


def _unpack_once(outer: UnpackedFile, container: str, scratch: Path, guard: _UnpackingLimits) -> UnpackedFile:
    if container == "zip":
        name, pieces = zip_member.open_only_member(outer.path)
        filename = name or _remove_suffix(outer.filename, (".zip",))
    else:
        filename = _remove_suffix(outer.filename, SUFFIXES[container])
        pieces = compressed_streams.decompress(outer.path, container)
    target = _write_file(pieces, scratch, guard)
    return UnpackedFile(target, filename, (*outer.containers, container))


def _write_file(pieces: Iterator[bytes], scratch: Path, guard: _UnpackingLimits) -> Path:
    target, size = scratch / f"unpacked-{uuid4().hex}", 0
    try:
        with target.open("wb") as file:
            for piece in pieces:
                size += len(piece)
                guard.check(size)
                file.write(piece)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return target


def _remove_intermediate(here: UnpackedFile, original: Path) -> None:
    """Delete an intermediate file, but never the original."""
    if here.path != original:
        here.path.unlink(missing_ok=True)


def _remove_suffix(filename: str, endings: tuple[str, ...]) -> str:
    for ending in endings:
        if filename.lower().endswith(ending) and len(filename) > len(ending):
            return filename[: -len(ending)]
    return filename
