"""The texts that cells of an XLSX workbook share, as JSON: the only part of it that is held in memory."""

import re
from collections.abc import Iterator

from domain.errors import TooLarge
from interfaces.formats.source import Limits
from interfaces.formats.workbook.cells import NULL
from interfaces.formats.workbook.parts import PIECE, Archive, Readable, cell_too_large
from interfaces.formats.workbook.xml import Gathered, parse
from interfaces.formats.xlsx.text import Unexplained, parsed_text, raw_text

MOST_BYTES = 512 << 20
_EACH = 41
"""What Python holds beside the text itself."""

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


def shared_strings(archive: Archive, part: str, nulls: frozenset[bytes]) -> list[bytes]:
    """All of them in order; those in `nulls` are null. Raises TooLarge above 512 MB."""
    strings = _Strings(archive.limits, nulls)
    try:
        with archive.part(part) as stream:
            _scan(stream, strings)
    except Unexplained:
        strings = _Strings(archive.limits, nulls)
        with archive.part(part) as stream:
            _parse(stream, strings)
    return strings.found


class _Strings:
    def __init__(self, limits: Limits, nulls: frozenset[bytes]) -> None:
        self.found: list[bytes] = []
        self.limits = limits
        self._nulls = nulls
        self._size = 0

    def add(self, texts: list[bytes]) -> None:
        self._size += sum(map(len, texts)) + _EACH * len(texts)
        if self._size > MOST_BYTES:
            raise TooLarge("too-much-text", f"The workbook's texts are larger than {MOST_BYTES:,} bytes.")
        if max(map(len, texts), default=0) > self.limits.cell_bytes + 2:
            raise cell_too_large(self.limits)
        if self._nulls:
            texts = [NULL if text in self._nulls else text for text in texts]
        self.found += texts


def _scan(stream: Readable, strings: _Strings) -> None:
    """The fast reading: blocks of whole items, explained to the last byte. Raises Unexplained."""
    data = stream.read(PIECE)
    match = _START.match(data)
    if not match or is_other_encoding(match[0]):
        raise Unexplained
    data = data[match.end() :]
    while True:
        end = data.rfind(b"</si>")
        if end >= 0:
            strings.add(list(_items(data[: end + 5])))
            data = data[end + 5 :]
        more = stream.read(PIECE)
        if not more:
            break
        data += more
        if len(data) > 16 * PIECE:
            raise Unexplained
    while match := _ITEM.match(data):
        strings.add([raw_text(_joined(match))])
        data = data[match.end() :]
    if not _END.fullmatch(data):
        raise Unexplained


def _items(block: bytes) -> Iterator[bytes]:
    try:
        block.decode()
    except UnicodeDecodeError:
        raise Unexplained from None
    if not _PLAIN.fullmatch(block):
        position = 0
        while match := _ITEM.match(block, position):
            yield raw_text(_joined(match))
            position = match.end()
        if position < len(block):
            raise Unexplained
        return
    texts: list[bytes] = _TEXT.findall(block)
    if _SPECIAL.search(b"".join(texts)):
        yield from map(raw_text, texts)
    else:
        yield from (b'"' + b'"\n"'.join(texts) + b'"').split(b"\n")


def _joined(match: "re.Match[bytes]") -> bytes:
    """The text of an item's runs; how it is pronounced is no part of it."""
    return b"".join(_TEXT.findall(_PHONETIC.sub(b"", match[1] or b"")))


def _parse(stream: Readable, strings: _Strings) -> None:
    """All well-formed XML."""
    item = ItemText(strings.limits)

    def end(name: str) -> None:
        item.end(name)
        if name == "si":
            strings.add([parsed_text(item.take())])

    parse(stream, item.start, end, item.text)


class ItemText:
    """Gathers the text of `t` elements outside of phonetic runs."""

    def __init__(self, limits: Limits) -> None:
        self._pieces = Gathered(limits)
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

    def take(self) -> bytes:
        return self._pieces.take()


def is_other_encoding(head: bytes) -> bool:
    """Whether an XML declaration names an encoding other than UTF-8."""
    match = re.search(rb"encoding=[\"']([^\"']*)", head)
    return match is not None and match[1].upper() not in (b"UTF-8", b"US-ASCII", b"ASCII")
