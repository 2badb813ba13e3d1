"""Check by its first bytes whether an upload is a text file at all, before anything is parsed."""

from domain.errors import Invalid, UnsupportedFormat
from interfaces.formats.text.detection import detect_marked_encoding
from interfaces.formats.text.encodings import Encoding
from interfaces.formats.text.other_formats import name_other_format, name_other_text

_NO_CONTROLS = bytes({*range(256)} - {*range(0x20), 0x7F} | set(b"\t\n\r\f"))
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
    if name := name_other_format(head):
        raise _other_format_error(name)
    text = head_as_utf8(head)
    if not text.strip():
        raise Invalid("empty-file", "The file is empty: it has neither a header nor a row.")
    if name := name_other_text(text):
        raise _other_format_error(name)
    if _detect_wide_encoding(head) is None:
        _check_controls(head)


def head_as_utf8(head: bytes) -> bytes:
    """The beginning of a text without its mark and leading blanks: UTF-16 and UTF-32 as UTF-8, others unchanged."""
    if wide := _detect_wide_encoding(head):
        return head[wide.bom :].decode(wide.codec, "ignore").lstrip().encode("utf-8", "ignore")
    return head.removeprefix(BOM).lstrip()


def _detect_wide_encoding(head: bytes) -> Encoding | None:
    found = detect_marked_encoding(head)
    return found if found is not None and found.name.startswith(("utf-16", "utf-32")) else None


def _other_format_error(name: str) -> UnsupportedFormat:
    return UnsupportedFormat("unsupported-format", f"This looks like {name}; {SUPPORTED_FORMATS}.")


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
