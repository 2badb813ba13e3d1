"""Provides a JSON file as UTF-8: the file itself, or a converted copy if it has another encoding."""

import codecs
from dataclasses import dataclass
from pathlib import Path

from domain.errors import Invalid, UnsupportedFormat
from interfaces.formats.source import InputFile
from interfaces.formats.text.plausibility import BOM, invalid_utf8

_BLOCK_BYTES = 1 << 20
_BOMS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Utf8Text:
    """The file at `path` is UTF-8 from byte `start` on; `encoding` is that of the original file."""

    path: Path
    start: int
    encoding: str


def convert_to_utf8(source: InputFile) -> Utf8Text:
    """The file as UTF-8. Raises Invalid if it cannot be decoded, UnsupportedFormat for an unknown encoding."""
    with source.path.open("rb") as file:
        head = file.read(4)
    encoding = _detect_encoding(head, source.options.encoding)
    if encoding == "utf-8":
        return Utf8Text(source.path, len(BOM) if head.startswith(BOM) else 0, encoding)
    return Utf8Text(_transcode(source, encoding), 0, encoding)


def decode_head(head: bytes) -> bytes:
    """The first bytes of a file as UTF-8, for format detection. They may end within a character."""
    try:
        encoding = _detect_encoding(head[:4], None)
    except UnsupportedFormat:
        return head
    if encoding == "utf-8":
        return head.removeprefix(BOM)
    return codecs.getincrementaldecoder(encoding)("replace").decode(head).encode()


def check_utf8(data: bytes, line: int, offset: int) -> None:
    """Raise UnsupportedFormat for invalid UTF-8; `data` begins in `line`, at byte `offset` of the file."""
    if data.isascii():
        return
    try:
        data.decode()
    except UnicodeDecodeError as error:
        at = error.start
        raise invalid_utf8(offset + at, data[at], line + data.count(b"\n", 0, at)) from None


def _detect_encoding(head: bytes, declared: str | None) -> str:
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding
    if declared is not None and not head.startswith(BOM):
        try:
            return codecs.lookup(declared).name
        except LookupError:
            detail = (
                f"There is no encoding {declared!r}; known are utf-8, utf-16, windows-1252, shift_jis and others."
            )
            raise UnsupportedFormat("unsupported-encoding", detail) from None
    if len(head) > 1 and head[0] and not head[1]:
        return "utf-16-le"
    if len(head) > 1 and head[1] and not head[0]:
        return "utf-16-be"
    return "utf-8"


def _transcode(source: InputFile, encoding: str) -> Path:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    path, line = source.scratch / "text.utf-8", 1
    with source.path.open("rb") as file, path.open("wb") as copy:
        while True:
            block = file.read(_BLOCK_BYTES)
            try:
                data = decoder.decode(block, final=not block).encode()
            except UnicodeError as error:
                detail = f"Line {line:,} or one of the next is not written in {encoding}: {error}."
                raise Invalid("unsupported-encoding", detail) from None
            copy.write(data)
            line += data.count(b"\n")
            if not block:
                return path
