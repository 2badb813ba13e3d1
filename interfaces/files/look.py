"""The first look at an upload: is this a text file at all? Cheap, and long before anything is parsed."""

from domain.errors import Invalid, UnsupportedFormat

_MAGIC = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or an Excel workbook"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"PAR1", "a Parquet file"),
    (b"ARROW1", "an Arrow file"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\xff\xfe", "text in UTF-16"),
    (b"\xfe\xff", "text in UTF-16"),
)
BOM = b"\xef\xbb\xbf"


def looks_like(head: bytes) -> None:
    """Refuse a file by its first bytes (some kilobytes; they may end inside a character).

    Raises Invalid `empty-file`, UnsupportedFormat `unsupported-format` or `unsupported-encoding`.
    """
    for magic, name in _MAGIC:
        if head.startswith(magic):
            code = "unsupported-encoding" if "UTF" in name else "unsupported-format"
            raise UnsupportedFormat(code, f"This looks like {name}; CSV in UTF-8 is read.")
    text = head.removeprefix(BOM).lstrip()
    if not text:
        raise Invalid("empty-file", "The file is empty: it has neither a header nor a row.")
    if b"\x00" in head:
        at = head.index(b"\x00")
        detail = f"Byte {at + 1:,} is NUL: this is no text file, or text in UTF-16; CSV in UTF-8 is read."
        raise UnsupportedFormat("unsupported-format", detail)
    if text[:1] in b"{[":
        raise UnsupportedFormat("unsupported-format", "This looks like JSON; CSV in UTF-8 is read.")
    try:
        head.decode()
    except UnicodeDecodeError as error:
        if error.reason != "unexpected end of data":
            raise bad_encoding(error.start, head[error.start], head.count(b"\n", 0, error.start) + 1) from None


def bad_encoding(offset: int, byte: int, line: int) -> UnsupportedFormat:
    """The refusal of a byte that is no UTF-8: `offset` from 0, `line` from 1."""
    return UnsupportedFormat(
        "unsupported-encoding",
        f"The file is not in UTF-8: line {line:,} has the byte 0x{byte:02X} (byte {offset + 1:,} of the file). "
        "Save it as UTF-8 and send it again.",
    )
