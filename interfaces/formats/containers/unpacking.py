"""Packed files: told by content, unpacked to a scratch folder in bounded memory and disk.

A container is gzip, bzip2, Zstandard, or a ZIP holding exactly one file. A ZIP that is itself a document (Office,
OpenDocument) is none. What claims to be small and is not ends at a limit while it is being unpacked: sizes that a
file states of itself are never believed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from domain.errors import Invalid, TooLarge
from interfaces.formats.containers import compressed_streams, zip_member

MAX_CONTAINER_DEPTH = 3
"""How often a file may be packed."""

MIN_RATIO_CHECK_BYTES = 16 * 2**20
"""Up to this size a file may be packed as tightly as it likes."""

SUFFIXES = {"gzip": (".gz",), "bzip2": (".bz2",), "zstd": (".zst", ".zstd")}


@dataclass(frozen=True, slots=True)
class UnpackedFile:
    """A file out of its containers (outermost first; none: the file as it came, at its own path)."""

    path: Path
    filename: str
    containers: tuple[str, ...]


def unpack_file(path: Path, filename: str, scratch: Path, *, most_bytes: int, most_ratio: int) -> UnpackedFile:
    """The file that `path` holds, packed up to three times; a new file in `scratch` unless it was not packed.

    `most_ratio` is what may come out for each byte of `path`, over all containers together.
    Raises Invalid (`truncated-file`, `corrupt-file`, `encrypted-file`, `several-files`, `nested-too-deep`,
    `unsupported-compression`) or TooLarge (`unpacked-too-large`, `compression-ratio`, `window-too-large`), and
    leaves nothing in `scratch` then. The file at `path` is never changed.
    """
    guard = _UnpackingLimits(path.stat().st_size, most_bytes, most_ratio)
    here = UnpackedFile(path, filename, ())
    try:
        while container := detect_container(here.path):
            if len(here.containers) == MAX_CONTAINER_DEPTH:
                raise Invalid(
                    "nested-too-deep",
                    f"The file is packed more than {MAX_CONTAINER_DEPTH} times over; unpack it first",
                )
            inner = _unpack_once(here, container, scratch, guard)
            _remove_intermediate(here, path)
            here = inner
    except BaseException:
        _remove_intermediate(here, path)
        raise
    return here


def detect_container(path: Path) -> str | None:
    """`gzip`, `bzip2`, `zstd` or `zip` by the file's first bytes; None for anything else, documents among it.

    Raises Invalid for a ZIP that cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(16)
    if zip_member.is_zip(head):
        return None if zip_member.is_document(path) else "zip"
    return compressed_streams.detect_compression(head)


@dataclass(frozen=True, slots=True)
class _UnpackingLimits:
    """What may come out of a file of `packed` bytes."""

    packed: int
    most_bytes: int
    most_ratio: int

    def check(self, size: int) -> None:
        """Raises TooLarge for an unpacked size that is past a limit."""
        if size > self.most_bytes:
            detail = f"Unpacked, the file is larger than {self.most_bytes:,} bytes"
            raise TooLarge("unpacked-too-large", f"{detail} (setting ROWLEDGER_LIMIT_UNPACKED_BYTES)")
        if size > MIN_RATIO_CHECK_BYTES and size > self.packed * self.most_ratio:
            detail = (
                f"Unpacked, the file is more than {self.most_ratio:,} times as large as its {self.packed:,} bytes"
            )
            raise TooLarge("compression-ratio", f"{detail} (setting ROWLEDGER_LIMIT_UNPACKED_RATIO)")


def _unpack_once(outer: UnpackedFile, container: str, scratch: Path, guard: _UnpackingLimits) -> UnpackedFile:
    target = scratch / f"unpacked-{uuid4().hex}"
    if container == "zip":
        name, pieces = zip_member.open_only_member(outer.path)
        filename = name or _remove_suffix(outer.filename, (".zip",))
    else:
        filename = _remove_suffix(outer.filename, SUFFIXES[container])
        pieces = compressed_streams.decompress(outer.path, container)
    try:
        _write_pieces(target, pieces, guard)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return UnpackedFile(target, filename, (*outer.containers, container))


def _write_pieces(target: Path, pieces: Iterator[bytes], guard: _UnpackingLimits) -> None:
    size = 0
    with target.open("wb") as file:
        for piece in pieces:
            size += len(piece)
            guard.check(size)
            file.write(piece)


def _remove_intermediate(here: UnpackedFile, original: Path) -> None:
    """Remove what was unpacked on the way; the original stays."""
    if here.path != original:
        here.path.unlink(missing_ok=True)


def _remove_suffix(filename: str, endings: tuple[str, ...]) -> str:
    for ending in endings:
        if filename.lower().endswith(ending) and len(filename) > len(ending):
            return filename[: -len(ending)]
    return filename
