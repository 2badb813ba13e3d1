"""Finds the rows of a JSON document by a JSON Pointer (RFC 6901): `/response/items`."""

from collections.abc import Callable, Sequence

from domain.columns import quote_value
from domain.errors import Fault, Invalid, suggest_nearest
from domain.json_pointer import parse_pointer
from interfaces.formats.json.object_rows import RowsAndNotes
from interfaces.formats.json.scanning.elements import read_elements
from interfaces.formats.json.scanning.members import open_value, read_names
from interfaces.formats.json.scanning.window import JsonWindow

RowReader = Callable[[JsonWindow], RowsAndNotes]

_MAX_NAMES = 100


def read_at_pointer(window: JsonWindow, pointer: str, read: RowReader) -> RowsAndNotes:
    """What `read` returns for the value at a pointer. The rest of the document is read, so that it must be valid.

    Raises Invalid `invalid-options` if there is no such value.
    """
    return _Descent(pointer, read).descend(window, parse_pointer(pointer), "")


class _Descent:
    """The way to the value at `pointer`."""

    def __init__(self, pointer: str, read: RowReader) -> None:
        self._pointer = pointer
        self._read = read

    def descend(self, window: JsonWindow, tokens: Sequence[str], above: str) -> RowsAndNotes:
        """Read the value that the remaining `tokens` lead to, from the value at the window's position."""
        if not tokens:
            return self._read(window)
        match window.peek():
            case b"{":
                return self._descend_object(window, tokens, above)
            case b"[":
                return self._descend_array(window, tokens, above)
            case _:
                raise self._missing(above, "is neither an object nor an array")

    def _descend_object(self, window: JsonWindow, tokens: Sequence[str], above: str) -> RowsAndNotes:
        found: list[RowsAndNotes] = []
        names: list[str] = []
        for name in read_names(window):
            if name == tokens[0] and not found:
                found.append(self.descend(window, tokens[1:], f"{above}/{name}"))
                continue
            if len(names) < _MAX_NAMES:
                names.append(name)
            skip_value(window)
        if found:
            return found[0]
        hint = suggest_nearest(tokens[0], names) if names else "it is empty"
        raise self._missing(above, f"has no member {quote_value(tokens[0])}: {hint}")

    def _descend_array(self, window: JsonWindow, tokens: Sequence[str], above: str) -> RowsAndNotes:
        wanted = int(tokens[0]) if tokens[0].isdecimal() and tokens[0] == str(int(tokens[0])) else -1
        found: list[RowsAndNotes] = []
        count = 0
        for elements, lines in read_elements(window):
            if 0 <= wanted - count < len(elements):
                inner = open_value(elements[wanted - count], lines[wanted - count])
                found.append(self.descend(inner, tokens[1:], f"{above}/{wanted}"))
            count += len(elements)
        if found:
            return found[0]
        raise self._missing(above, f"has {count:,} elements and no {quote_value(tokens[0])}")

    def _missing(self, above: str, why: str) -> Invalid:
        where = f"the value at {quote_value(above)}" if above else "the document"
        detail = f"options.rows is {quote_value(self._pointer)}, but {where} {why}"
        return Invalid("invalid-options", detail, (Fault("options/rows", "invalid-options", detail),))


def skip_value(window: JsonWindow) -> None:
    """Move past a value; an array can be of any length."""
    if window.peek() != b"[":
        window.read_value()
        return
    for _ in read_elements(window):
        continue
