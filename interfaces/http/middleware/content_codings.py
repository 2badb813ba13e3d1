"""Content codings: Zstandard and gzip, at levels that are fast for a page of records."""

import threading
import zlib
from functools import lru_cache
from typing import Literal, Protocol

import zstandard

from interfaces.http.quality import parse_quality

GZIP_LEVEL = 3
ZSTD_LEVEL = 1

GZIP_WINDOW = 31
"""zlib's largest window, with a gzip header."""

Coding = Literal["zstd", "gzip"]

_thread_local = threading.local()


class Compressor(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...

    def flush(self, mode: int = ..., /) -> bytes: ...


@lru_cache(maxsize=256)
def coding_for(accepted: bytes) -> Coding | None:
    """The supported coding with the highest weight in an `Accept-Encoding` header; None if there is none."""
    weights: dict[str, float] = {}
    for part in accepted.decode("latin-1").lower().split(","):
        weights[part.partition(";")[0].strip()] = parse_quality(part)
    codings: tuple[Coding, ...] = ("zstd", "gzip")
    weighted = [(weights.get(coding, weights.get("*", 0)), coding) for coding in codings]
    weight, best = max(weighted, key=lambda one: one[0])
    return best if weight > 0 else None


def compress_content(content: bytes, coding: Coding) -> bytes:
    """Compress content as a whole."""
    if coding == "zstd":
        return _zstd_compressor().compress(content)
    compressor = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, GZIP_WINDOW)
    return compressor.compress(content) + compressor.flush()


class StreamCompressor:
    """Compresses content piece by piece; each piece can be decompressed as soon as it arrives."""

    def __init__(self, coding: Coding) -> None:
        self._compressor: Compressor
        if coding == "zstd":
            self._compressor = zstandard.ZstdCompressor(level=ZSTD_LEVEL).compressobj()
            self._flush, self._finish = zstandard.COMPRESSOBJ_FLUSH_BLOCK, zstandard.COMPRESSOBJ_FLUSH_FINISH
        else:
            self._compressor = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, GZIP_WINDOW)
            self._flush, self._finish = zlib.Z_SYNC_FLUSH, zlib.Z_FINISH

    def piece(self, content: bytes, more: bool) -> bytes:
        mode = self._flush if more else self._finish
        return self._compressor.compress(content) + self._compressor.flush(mode)


def _zstd_compressor() -> zstandard.ZstdCompressor:
    """This thread's compressor: creating one takes as long as compressing a page."""
    if (compressor := getattr(_thread_local, "zstd", None)) is None:
        compressor = _thread_local.zstd = zstandard.ZstdCompressor(level=ZSTD_LEVEL)
    return compressor
