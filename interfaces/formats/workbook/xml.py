"""Parses XML as a stream of events with expat: bounded depth and memory, no DTD or entities."""

from collections.abc import Callable
from pyexpat import ParserCreate

from interfaces.formats.source import SourceLimits
from interfaces.formats.workbook.parts import (
    PIECE_BYTES,
    Readable,
    cell_too_large_error,
    corrupt_error,
)

_MAX_DEPTH = 256
_MAX_MARKUP_BYTES = 16 << 20
_OPEN_DOCUMENT = "urn:oasis:names:tc:opendocument:xmlns:"

StartHandler = Callable[[str, dict[str, str]], None]
EndHandler = Callable[[str], None]
TextHandler = Callable[[str], None]


class CellTextBuffer:
    """Collects the text of one cell. Raises TooLarge if it exceeds the limit."""

    def __init__(self, limits: SourceLimits) -> None:
        self._limits = limits
        self._pieces: list[str] = []
        self._size = 0

    def add(self, text: str) -> None:
        self._pieces.append(text)
        self._size += len(text)
        if self._size > self._limits.cell_bytes:
            raise cell_too_large_error(self._limits)

    def flush(self) -> bytes:
        """Return the text in UTF-8 and clear the buffer for the next cell."""
        text = "".join(self._pieces).encode()
        self._pieces.clear()
        self._size = 0
        return text


def parse_xml(
    stream: Readable, start: StartHandler, end: EndHandler | None = None, text: TextHandler | None = None
) -> None:
    """Call `start`, `end` and `text` for the elements of an Office Open XML part, by their names without a namespace.

    An extension is skipped with everything inside: an `extLst`, and any element in another namespace than the root's.
    Programs store there what older programs must ignore, under names that mean something else elsewhere.

    Raises Invalid `corrupt-file` for a DTD or too deep nesting, ExpatError for XML that is not well-formed.
    """
    elements = _OwnElements(start, end, text)
    _parse_events(stream, elements.start, elements.end, elements.text)


def parse_open_document(
    stream: Readable, start: StartHandler, end: EndHandler | None = None, text: TextHandler | None = None
) -> None:
    """Call `start`, `end` and `text` for the elements of an OpenDocument part, by their names without a namespace.

    Elements in namespaces of other owners keep their namespace, because they may contain text of the cell. Raises as
    `parse_xml` does.
    """

    def starts(name: str, attributes: dict[str, str]) -> None:
        start(_open_document_name(name), {key.rpartition(" ")[2]: value for key, value in attributes.items()})

    def ends(name: str) -> None:
        if end is not None:
            end(_open_document_name(name))

    _parse_events(stream, starts, ends, text)


class _OwnElements:
    """Passes on the elements in the namespace of the root element, except extensions."""

    def __init__(self, start: StartHandler, end: EndHandler | None, text: TextHandler | None) -> None:
        self._start, self._end, self._text = start, end, text
        self._namespace: str | None = None
        self._skipped = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, local = name.rpartition(" ")
        if self._namespace is None:
            self._namespace = namespace
        if self._skipped or namespace != self._namespace or local == "extLst":
            self._skipped += 1
        else:
            self._start(local, _own_attributes(attributes))

    def end(self, name: str) -> None:
        if self._skipped:
            self._skipped -= 1
        elif self._end is not None:
            self._end(name.rpartition(" ")[2])

    def text(self, text: str) -> None:
        if self._text is not None and not self._skipped:
            self._text(text)


def _own_attributes(attributes: dict[str, str]) -> dict[str, str]:
    """The attributes without a namespace, and references to relationships (`r:id`)."""
    own = {}
    for key, value in attributes.items():
        namespace, _, local = key.rpartition(" ")
        if not namespace or namespace.endswith("/relationships"):
            own[local] = value
    return own


def _open_document_name(name: str) -> str:
    namespace, _, local = name.rpartition(" ")
    return local if not namespace or namespace.startswith(_OPEN_DOCUMENT) else name


def _parse_events(stream: Readable, start: StartHandler, end: EndHandler, text: TextHandler | None) -> None:
    """Names of elements and attributes are a namespace, a space and the local name."""
    parser = ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    depth = 0

    def starts(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _MAX_DEPTH:
            raise corrupt_error("its XML is nested too deeply")
        start(name, attributes)

    def ends(name: str) -> None:
        nonlocal depth
        depth -= 1
        end(name)

    def refuse(*_: object) -> None:
        raise corrupt_error("its XML has a DTD, which no spreadsheet program writes")

    parser.StartElementHandler = starts
    parser.EndElementHandler = ends
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    if text is not None:
        parser.CharacterDataHandler = text
    fed = 0
    while data := stream.read(PIECE_BYTES):
        parser.Parse(data, False)
        fed += len(data)
        if fed - max(parser.CurrentByteIndex, 0) > _MAX_MARKUP_BYTES:
            raise corrupt_error("its XML has a tag of many megabytes")
    parser.Parse(b"", True)
