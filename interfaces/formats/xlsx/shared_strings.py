"""Reads the shared strings of an XLSX workbook as JSON. They are the only part that is held in memory."""

import re
from collections.abc import Iterator

from domain.errors import TooLarge
from interfaces.formats.source import SourceLimits
from interfaces.formats.workbook.cells import NULL
from interfaces.formats.workbook.parts import (
    PIECE_BYTES,
    Readable,
    WorkbookArchive,
    cell_too_large_error,
)
from interfaces.formats.workbook.xml import CellTextBuffer, parse_xml
from interfaces.formats.xlsx.text import FastScanFailed, decode_parsed_text, decode_raw_text

MAX_STRINGS_BYTES = 512 << 20
_STRING_OVERHEAD_BYTES = 41
"""Memory of a `bytes` object in addition to its content."""

_T = rb'<t(?: xml:space="preserve")?>[^<]*+</t>|<t ?/>'
_PLAIN = re.compile(rb'(?:\s*+<si><t(?: xml:space="preserve")?>[^<]*+</t></si>)*+\s*+')
_PROPERTIES = rb"<rPr>(?:<[A-Za-z]+(?: [^<>]*)?/>)*+</rPr>|<rPr ?/>"
_PARTS = (
    rb"(?:%b|<r>(?:%b)?(?:%b)</r>|<rPh(?: [^<>]*)?>(?:%b)</rPh>|<phoneticPr(?: [^<>]*)?(?:/>|></phoneticPr>))"
    % (_T, _PROPERTIES, _T, _T)
)
_ITEM = re.compile(rb"\s*(?:<si>(%b*)</si>|<si ?/>)" % _PARTS)
_PHONETIC = re.compile(rb"<rPh(?: [^<>]*)?>.*?</rPh>", re.DOTALL)
_TEXT = re.compile(rb'<t(?: xml:space="preserve")?>([^<]*)</t>')
_SPECIAL = re.compile(rb'[\x00-\x1f"\\&]|_x')
_END = re.compile(rb"\s*</sst>\s*")
_START = re.compile(rb"(?:<\?xml [^<>]*\?>)?\s*<sst(?: [^<>]*)?(?<!/)>")


def read_shared_strings(archive: WorkbookArchive, part: str, nulls: frozenset[bytes]) -> list[bytes]:
    """All shared strings in order; those in `nulls` become null. Raises TooLarge above MAX_STRINGS_BYTES."""
    strings = _SharedStrings(archive.limits, nulls)
    try:
        with archive.part(part) as stream:
            _scan_strings(stream, strings)
    except FastScanFailed:
        strings = _SharedStrings(archive.limits, nulls)
        with archive.part(part) as stream:
            _parse_strings(stream, strings)
    return strings.strings


class _SharedStrings:
    def __init__(self, limits: SourceLimits, nulls: frozenset[bytes]) -> None:
        self.strings: list[bytes] = []
        self.limits = limits
        self._nulls = nulls
        self._size = 0

    def add(self, texts: list[bytes]) -> None:
        self._size += sum(map(len, texts)) + _STRING_OVERHEAD_BYTES * len(texts)
        if self._size > MAX_STRINGS_BYTES:
            raise TooLarge("too-much-text", f"The workbook's texts are larger than {MAX_STRINGS_BYTES:,} bytes.")
        if max(map(len, texts), default=0) > self.limits.cell_bytes + 2:
            raise cell_too_large_error(self.limits)
        if self._nulls:
            texts = [NULL if text in self._nulls else text for text in texts]
        self.strings += texts


def _scan_strings(stream: Readable, strings: _SharedStrings) -> None:
    """Read blocks of whole items with regular expressions that must match every byte. Raises FastScanFailed."""
    data = stream.read(PIECE_BYTES)
    match = _START.match(data)
    if not match or declares_other_encoding(match[0]):
        raise FastScanFailed
    data = data[match.end() :]
    while True:
        end = data.rfind(b"</si>")
        if end >= 0:
            strings.add(list(_scan_items(data[: end + 5])))
            data = data[end + 5 :]
        more = stream.read(PIECE_BYTES)
        if not more:
            break
        data += more
        if len(data) > 16 * PIECE_BYTES:
            raise FastScanFailed
    while match := _ITEM.match(data):
        strings.add([decode_raw_text(_join_runs(match))])
        data = data[match.end() :]
    if not _END.fullmatch(data):
        raise FastScanFailed


def _scan_items(block: bytes) -> Iterator[bytes]:
    try:
        block.decode()
    except UnicodeDecodeError:
        raise FastScanFailed from None
    if not _PLAIN.fullmatch(block):
        position = 0
        while match := _ITEM.match(block, position):
            yield decode_raw_text(_join_runs(match))
            position = match.end()
        if position < len(block):
            raise FastScanFailed
        return
    texts: list[bytes] = _TEXT.findall(block)
    if _SPECIAL.search(b"".join(texts)):
        yield from map(decode_raw_text, texts)
    else:
        yield from (b'"' + b'"\n"'.join(texts) + b'"').split(b"\n")


def _join_runs(match: "re.Match[bytes]") -> bytes:
    """The text of an item's runs without phonetic runs."""
    return b"".join(_TEXT.findall(_PHONETIC.sub(b"", match[1] or b"")))


def _parse_strings(stream: Readable, strings: _SharedStrings) -> None:
    """Read any well-formed XML."""
    item = ItemText(strings.limits)

    def end(name: str) -> None:
        item.end(name)
        if name == "si":
            strings.add([decode_parsed_text(item.flush())])

    parse_xml(stream, item.start, end, item.text)


class ItemText:
    """Collects the text of the `t` elements of an item, except phonetic runs."""

    def __init__(self, limits: SourceLimits) -> None:
        self._pieces = CellTextBuffer(limits)
        self._phonetic = 0
        self._inside = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "rPh":
            self._phonetic += 1
        self._inside = name == "t" and not self._phonetic

    def end(self, name: str) -> None:
        if name == "rPh":
            self._phonetic -= 1
        self._inside = False

    def text(self, text: str) -> None:
        if self._inside:
            self._pieces.add(text)

    def flush(self) -> bytes:
        return self._pieces.flush()


def declares_other_encoding(head: bytes) -> bool:
    """Whether an XML declaration names an encoding other than UTF-8."""
    match = re.search(rb"encoding=[\"']([^\"']*)", head)
    return match is not None and match[1].upper() not in (b"UTF-8", b"US-ASCII", b"ASCII")
