"""Check by its first bytes whether an upload is a text file at all, before anything is parsed."""

from domain.errors import Invalid, UnsupportedFormat
from interfaces.formats.text.detection import detect_marked_encoding
from interfaces.formats.text.encodings import Encoding

_MAGIC = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF", "a PDF document"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"ARROW1", "an Arrow file"),
    (b"SQLite format 3", "an SQLite database"),
)
_MARKUP = ((b"<!doctype html", "an HTML page"), (b"<html", "an HTML page"), (b"<?xml", "an XML document"))
"""Error pages, and what some programs save with the file name of a table. Read as text they are not a table."""
_NO_CONTROLS = bytes({*range(256)} - {*range(0x20), 0x7F} | set(b"\t\n\r\f"))
_MAX_MARKUP_LENGTH = max(len(begins) for begins, _ in _MARKUP)
_MIN_CONTROL_KINDS = 4
_MAX_CONTROL_SHARE = 0.05
SUPPORTED_FORMATS = (
    "CSV, JSON, NDJSON, Parquet, XLSX, XLS, XLSB and ODS are read, also packed by gzip, bzip2, zstd or zip"
)
BOM = b"\xef\xbb\xbf"


def check_plausible_text(head: bytes) -> None:
    """Check the first kilobytes of a file; they may end inside a character.

    Raises Invalid `empty-file` or UnsupportedFormat `unsupported-format`.
    """
    for magic, name in _MAGIC:
        if head.startswith(magic):
            raise UnsupportedFormat("unsupported-format", f"This looks like {name}; {SUPPORTED_FORMATS}.")
    found = detect_marked_encoding(head)
    wide = found is not None and found.name.startswith(("utf-16", "utf-32"))
    text = _head_as_utf8(head, found) if found and wide else head.removeprefix(BOM).lstrip()
    if not text.strip():
        raise Invalid("empty-file", "The file is empty: it has neither a header nor a row.")
    for begins, name in _MARKUP:
        if text[:_MAX_MARKUP_LENGTH].lower().startswith(begins):
            raise UnsupportedFormat("unsupported-format", f"This looks like {name}; {SUPPORTED_FORMATS}.")
    if not wide:
        _check_controls(head)


def _head_as_utf8(head: bytes, encoding: Encoding) -> bytes:
    """The beginning of a UTF-16 or UTF-32 text, as UTF-8 without leading white space."""
    return head[encoding.bom :].decode(encoding.codec, "ignore").lstrip().encode("utf-8", "ignore")


def _check_controls(head: bytes) -> None:
    """Refuse bytes that do not occur in text: a NUL, or control characters of many kinds."""
    if b"\x00" in head:
        detail = f"Byte {head.index(0) + 1:,} is NUL: this is not a text file; {SUPPORTED_FORMATS}."
        raise UnsupportedFormat("unsupported-format", detail)
    found = head.translate(None, _NO_CONTROLS)
    if len(set(found)) >= _MIN_CONTROL_KINDS and len(found) > _MAX_CONTROL_SHARE * len(head):
        detail = f"{len(found) / len(head):.0%} of the first bytes are control characters: this is not a text file."
        raise UnsupportedFormat("unsupported-format", detail)


def invalid_utf8(offset: int, byte: int, line: int) -> UnsupportedFormat:
    """The error for a byte that is not valid UTF-8: `offset` from 0, `line` from 1."""
    return UnsupportedFormat(
        "unsupported-encoding",
        f"The file is not in UTF-8: line {line:,} has the byte 0x{byte:02X} (byte {offset + 1:,} of the file). "
        "Save it as UTF-8 and send it again.",
    )
