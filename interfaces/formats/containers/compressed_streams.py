"""Decompress gzip, bzip2 and Zstandard streams piece by piece. A file may have several members, and nothing else.

Memory is bounded for any file: gzip and bzip2 return pieces of at most 1 MB. Zstandard has no such limit, so it
gets little input at a time (a block of 4 bytes may decompress to 128 KB).
Formats: RFC 1952 (gzip), RFC 8878 (Zstandard).
"""

import bz2
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import zstandard

from domain.errors import Invalid, TooLarge

MAX_WINDOW_BYTES = 128 * 2**20
"""The largest window that a Zstandard stream may use."""

_HEAD_BYTES = 16
_READ_BYTES = 16_384
_ZSTD_READ_BYTES = 1_024
_PIECE_BYTES = 1 << 20

_BZIP2_BLOCKS = (b"\x31\x41\x59\x26\x53\x59", b"\x17\x72\x45\x38\x50\x90")
_ZSTD_SKIPPABLE = tuple(bytes((low, 0x2A, 0x4D, 0x18)) for low in range(0x50, 0x60))


def detect_compression(head: bytes) -> str | None:
    """Return `gzip`, `bzip2` or `zstd`, given a file's first 16 bytes, or None."""
    if head.startswith(b"\x1f\x8b\x08"):
        return "gzip"
    if head.startswith(b"BZh") and head[3:4] in b"123456789" and head[4:10] in _BZIP2_BLOCKS:
        return "bzip2"
    if head.startswith((b"\x28\xb5\x2f\xfd", *_ZSTD_SKIPPABLE)):
        return "zstd"
    return None


def decompress(path: Path, kind: str) -> Iterator[bytes]:
    """Yield the decompressed bytes, at most a few megabytes at a time. `kind` is from `detect_compression`.

    Raises Invalid `truncated-file` or `corrupt-file` naming the byte, or TooLarge `window-too-large`.
    """
    begin, size = _MEMBER_TYPES[kind]
    member, at, fresh = begin(), 0, True
    with path.open("rb") as file:
        data = file.read(size)
        while data:
            if fresh and at:
                data = data if len(data) >= _HEAD_BYTES else data + file.read(size)
                if detect_compression(data[:_HEAD_BYTES]) != kind:
                    _check_padding(path, kind, at)
                    return
                member = begin()
            try:
                yield from member.feed(data)
            except (zlib.error, OSError, EOFError, zstandard.ZstdError) as error:
                raise _decompression_error(kind, at, error) from None
            at += len(data) - len(member.rest)
            fresh, data = member.ended, member.rest or file.read(size)
    if not fresh:
        detail = f"The {kind} file is incomplete: it ends after {at:,} bytes, and more must follow. Send it again"
        raise Invalid("truncated-file", detail)


class _CompressedMember(Protocol):
    """One compressed stream of a file that may contain several. `rest` is the input after its end."""

    ended: bool
    rest: bytes

    def feed(self, data: bytes) -> Iterator[bytes]: ...


class _GzipMember:
    def __init__(self) -> None:
        self._stream = zlib.decompressobj(wbits=31)
        self.ended, self.rest = False, b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        while True:
            piece = self._stream.decompress(data, _PIECE_BYTES)
            yield piece
            data = self._stream.unconsumed_tail
            if self._stream.eof or (not data and len(piece) < _PIECE_BYTES):
                break
        self.ended, self.rest = self._stream.eof, self._stream.unused_data


class _Bzip2Member:
    def __init__(self) -> None:
        self._stream = bz2.BZ2Decompressor()
        self.ended, self.rest = False, b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        yield self._stream.decompress(data, _PIECE_BYTES)
        while not (self._stream.needs_input or self._stream.eof):
            yield self._stream.decompress(b"", _PIECE_BYTES)
        self.ended, self.rest = self._stream.eof, self._stream.unused_data


class _ZstdMember:
    def __init__(self) -> None:
        self._stream = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW_BYTES).decompressobj()
        self.ended, self.rest = False, b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        yield self._stream.decompress(data)
        self.ended, self.rest = self._stream.eof, self._stream.unused_data


_MEMBER_TYPES: dict[str, tuple[Callable[[], _CompressedMember], int]] = {
    "gzip": (_GzipMember, _READ_BYTES),
    "bzip2": (_Bzip2Member, _READ_BYTES),
    "zstd": (_ZstdMember, _ZSTD_READ_BYTES),
}


def _check_padding(path: Path, kind: str, end: int) -> None:
    """Allow zeros after the end: they are padding, for example from tapes. Raises Invalid for other bytes."""
    with path.open("rb") as file:
        file.seek(end)
        while data := file.read(_PIECE_BYTES):
            if data.strip(b"\x00"):
                detail = f"The {kind} file ends at byte {end:,}, but {path.stat().st_size - end:,} other bytes follow"
                raise Invalid("corrupt-file", detail)


def _decompression_error(kind: str, at: int, error: Exception) -> Invalid | TooLarge:
    if "requires too much memory" in str(error):
        detail = (
            f"Unpacking the zstd file takes more than {MAX_WINDOW_BYTES >> 20} MB of memory;"
            " pack it without --long and --ultra"
        )
        return TooLarge("window-too-large", detail)
    return Invalid("corrupt-file", f"The {kind} file is damaged near byte {at:,} ({error}). Send it again")
