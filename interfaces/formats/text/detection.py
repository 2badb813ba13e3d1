"""Detect the encoding of a text file: by its byte order mark, by the positions of NUL bytes, or by a guess.

The guess is made by chardetng, the detector of Firefox (https://github.com/hsivonen/chardetng).
"""

import re
from pathlib import Path

from chardetng_py import EncodingDetector  # type: ignore[import-untyped]

from domain.errors import UnsupportedFormat
from interfaces.formats.text.encodings import Encoding, find_encoding
from interfaces.formats.text.western_symbols import has_only_symbols

HEAD_BYTES = 1 << 16
_BLOCK = 1 << 20
_BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32le"),
    (b"\x00\x00\xfe\xff", "utf-32be"),
    (b"\xff\xfe", "utf-16le"),
    (b"\xfe\xff", "utf-16be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
_INVALID_BYTE = re.compile("[\udc80-\udcff]")
_VALID_CHARACTER = re.compile("[^\x00-\x7f\udc80-\udcff]")
_STRUCTURE = set("\r\n,;\t|")
_ISO_2022_JP_ESCAPE = re.compile(rb"\x1b\$[@B]")


def detect_marked_encoding(head: bytes) -> Encoding | None:
    """Return the encoding shown by a byte order mark, NUL positions or ISO-2022-JP escapes; None without such.

    `head` is the first kilobytes of the file.
    """
    for mark, name in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return _marked_encoding(name, mark, head)
    if by_nuls := _detect_by_nuls(head):
        return find_encoding(by_nuls)
    if _ISO_2022_JP_ESCAPE.search(head) and head.isascii():
        return find_encoding("iso-2022-jp")
    return None


def apply_mark(chosen: Encoding, head: bytes) -> Encoding:
    """Return the client's encoding with the file's byte order mark, if any; the mark decides the byte order."""
    found = next(((mark, name) for mark, name in _BYTE_ORDER_MARKS if head.startswith(mark)), None)
    if found is None or find_encoding(found[1]).codec[:6] != chosen.codec[:6]:
        return chosen
    return _marked_encoding(found[1], found[0], head)


def _marked_encoding(name: str, mark: bytes, head: bytes) -> Encoding:
    """The encoding with the length of its byte order marks: programs that add one twice leave two."""
    known, marks = find_encoding(name), 1
    while head.startswith(mark, marks * len(mark)):
        marks += 1
    return Encoding(known.name, known.codec, marks * len(mark))


def guess_encoding(path: Path, refusal: UnsupportedFormat) -> Encoding:
    """Guess the encoding of a file that is not valid UTF-8.

    Raises `refusal` if the file is damaged UTF-8: more non-ASCII characters decode than bytes do not.
    """
    if _is_damaged(path):
        raise refusal
    if has_only_symbols(path):
        found = find_encoding("windows-1252")
        return Encoding(found.name, found.codec, guessed=True)
    detector = EncodingDetector()
    fed = 0
    with path.open("rb") as file:
        while fed < _BLOCK and (block := file.read(_BLOCK)):
            if not block.isascii():
                part = block if not fed else b"\n".join(_non_ascii_lines(block))
                detector.feed(part, last=False)
                fed += len(part)
    found = find_encoding(detector.guess(tld=None, allow_utf8=False))
    return Encoding(found.name, found.codec, guessed=True)


def _non_ascii_lines(block: bytes) -> list[bytes]:
    """The lines with non-ASCII bytes, the only ones that help to guess the encoding."""
    return [line for line in block.split(b"\n") if not line.isascii()]


def _is_damaged(path: Path) -> bool:
    whole = broken = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            if not block.isascii():
                text = block.decode("utf-8", "surrogateescape")
                whole += sum(1 for _ in _VALID_CHARACTER.finditer(text))
                broken += sum(1 for _ in _INVALID_BYTE.finditer(text))
    return whole > broken


def _detect_by_nuls(head: bytes) -> str | None:
    """Detect UTF-16 or UTF-32 without a byte order mark: ASCII characters have their NUL bytes in the same place."""
    if b"\x00" not in head or len(head) < 4:
        return None
    shares = [part.count(0) / len(part) for part in (head[at::4] for at in range(4))]
    for name, zero, other in (
        ("utf-32le", (1, 2, 3), (0,)),
        ("utf-32be", (0, 1, 2), (3,)),
        ("utf-16le", (1, 3), (0, 2)),
        ("utf-16be", (0, 2), (1, 3)),
    ):
        least = 0.9 if name.startswith("utf-32") else 0.02
        if min(shares[at] for at in zero) >= least and max(shares[at] for at in other) < 0.01:
            text = head.decode(find_encoding(name).codec, "ignore")
            return name if _STRUCTURE & set(text) else None
    return None
