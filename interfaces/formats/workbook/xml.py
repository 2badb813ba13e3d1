"""XML as a stream of events, by the standard library's expat: bounded depth and memory, neither DTD nor entities."""

from collections.abc import Callable
from pyexpat import ParserCreate

from interfaces.formats.source import Limits
from interfaces.formats.workbook.parts import PIECE, Readable, cell_too_large, corrupt

_DEEPEST = 256
_LONGEST_MARKUP = 16 << 20

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]
Text = Callable[[str], None]


class Gathered:
    """The text of one cell as it comes in. Raises TooLarge."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._pieces: list[str] = []
        self._size = 0

    def add(self, text: str) -> None:
        self._pieces.append(text)
        self._size += len(text)
        if self._size > self._limits.cell_bytes:
            raise cell_too_large(self._limits)

    def take(self) -> bytes:
        """All of it in UTF-8; the next cell begins."""
        found = "".join(self._pieces).encode()
        self._pieces.clear()
        self._size = 0
        return found


def parse(stream: Readable, start: Start, end: End | None = None, text: Text | None = None) -> None:
    """Call `start`, `end` and `text` for the stream's events. Names are without their namespace, those of
    attributes too. Raises Invalid `corrupt-file`, or ExpatError for what is not well-formed."""
    parser = ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    depth = 0

    def starts(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise corrupt("its XML is nested too deeply")
        start(name.rpartition(" ")[2], {key.rpartition(" ")[2]: value for key, value in attributes.items()})

    def ends(name: str) -> None:
        nonlocal depth
        depth -= 1
        if end is not None:
            end(name.rpartition(" ")[2])

    def refuse(*_: object) -> None:
        raise corrupt("its XML has a DTD, which no spreadsheet program writes")

    parser.StartElementHandler = starts
    parser.EndElementHandler = ends
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    if text is not None:
        parser.CharacterDataHandler = text
    fed = 0
    while data := stream.read(PIECE):
        parser.Parse(data, False)
        fed += len(data)
        if fed - max(parser.CurrentByteIndex, 0) > _LONGEST_MARKUP:
            raise corrupt("its XML has a tag of many megabytes")
    parser.Parse(b"", True)
