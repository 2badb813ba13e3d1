"""Convert text to UTF-8 strictly: a byte that is invalid in its encoding is refused, naming its line."""

import codecs
from collections.abc import Iterable, Iterator
from pathlib import Path

from domain.errors import TooLarge, UnsupportedFormat
from interfaces.formats.text.encodings import Encoding

_BLOCK = 1 << 20


def transcode(path: Path, encoding: Encoding, copy: Path, limit: int) -> None:
    """Write the text of `path` to `copy` in UTF-8 without a byte order mark.

    Raises UnsupportedFormat `unsupported-encoding`, or TooLarge `file-too-large` beyond `limit` bytes.
    """
    write_limited(copy, (text.encode() for text in decode_file(path, encoding)), limit)


def write_limited(copy: Path, blocks: Iterable[bytes], limit: int) -> None:
    """Write `blocks` to `copy`. Raises TooLarge `file-too-large` beyond `limit` bytes."""
    size = 0
    with copy.open("wb") as file:
        for block in blocks:
            size += len(block)
            if size > limit:
                raise TooLarge(
                    "file-too-large",
                    f"Converted to UTF-8, the text is larger than {limit:,} bytes, the most that is read.",
                )
            file.write(block)


def decode_file(path: Path, encoding: Encoding) -> Iterator[str]:
    """Yield the text in blocks of about 1 MB. Raises UnsupportedFormat `unsupported-encoding`."""
    decoder = codecs.getincrementaldecoder(encoding.codec)()
    lines, at, held, ends_in_return = 1, encoding.bom, b"", False
    with path.open("rb") as file:
        file.seek(encoding.bom)
        while True:
            block = file.read(_BLOCK)
            try:
                text = decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                data = held + block
                before = data[: error.start].decode(encoding.codec, "ignore")
                lines += _count_line_ends(before, ends_in_return)
                raise undecodable_byte(encoding, at - len(held) + error.start, data[error.start], lines) from None
            if text:
                yield text
                lines += _count_line_ends(text, ends_in_return)
                ends_in_return = text[-1] == "\r"
            if not block:
                return
            at, held = at + len(block), decoder.getstate()[0]


def undecodable_byte(encoding: Encoding, offset: int, byte: int, line: int) -> UnsupportedFormat:
    """The error for a byte that is invalid in `encoding`: `offset` from 0, `line` from 1."""
    at = f"line {line:,} has the byte 0x{byte:02X} (byte {offset + 1:,} of the file)"
    where = f"{at}, which {encoding.name} does not have"
    if encoding.guessed:
        detail = f"The text is not UTF-8. It looks like {encoding.name}, but {where}; set options.encoding."
    else:
        detail = f"The text cannot be read as {encoding.name}: {where}."
    return UnsupportedFormat("unsupported-encoding", detail)


def _count_line_ends(text: str, after_return: bool) -> int:
    """The number of line ends in `text`: LF, CR or CRLF."""
    split = after_return and text.startswith("\n")
    return text.count("\n") + text.count("\r") - text.count("\r\n") - split
