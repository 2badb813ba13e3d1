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
    """Call `start`, `end` and `text` for the stream's events. Names of elements and attributes have no namespace.

    Raises Invalid `corrupt-file` for a DTD or too deep nesting, ExpatError for XML that is not well-formed.
    """
    parser = ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    depth = 0

    def starts(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _MAX_DEPTH:
            raise corrupt_error("its XML is nested too deeply")
        start(name.rpartition(" ")[2], {key.rpartition(" ")[2]: value for key, value in attributes.items()})

    def ends(name: str) -> None:
        nonlocal depth
        depth -= 1
        if end is not None:
            end(name.rpartition(" ")[2])

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
