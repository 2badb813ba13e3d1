"""Reads the members of a JSON object one by one."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

import msgspec

from domain.errors import Invalid
from interfaces.formats.json.scanning.elements import ElementBatch, read_elements
from interfaces.formats.json.scanning.window import JsonWindow


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an object: its name, its value as text, and the line where the value begins."""

    name: str
    value: bytes
    line: int


def read_members(window: JsonWindow) -> Iterator[Member]:
    """Yield the members of the object at the window's position, and move past it. Raises Invalid."""
    for name in read_names(window):
        window.peek()
        line = window.line
        yield Member(name, window.read_value(), line)


def read_names(window: JsonWindow) -> Iterator[str]:
    """Yield the names of an object's members. The caller must consume each value before the next name."""
    window.expect(b"{")
    if window.peek() == b"}":
        window.expect(b"}")
        return
    while True:
        yield read_member_name(window)
        if window.peek() == b"}":
            window.expect(b"}")
            return
        window.expect(b",")


def read_member_name(window: JsonWindow) -> str:
    """Consume a member's name and the colon behind it. Raises Invalid."""
    if window.peek() != b'"':
        window.expect(b'"')
    line = window.line
    try:
        name = msgspec.json.decode(window.read_value(), type=str)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Invalid("invalid-json", f"Line {line:,} has a name that is not a JSON string: {error}.") from None
    window.expect(b":")
    return name


def open_value(value: bytes, line: int) -> JsonWindow:
    """A window on a value that was read, which begins in `line`."""
    window = JsonWindow(BytesIO(value), len(value))
    window.line = line
    return window


def split_array(value: bytes, line: int) -> ElementBatch:
    """The elements of an array that was read, with their lines."""
    elements: list[bytes] = []
    lines: list[int] = []
    for some, places in read_elements(open_value(value, line)):
        elements += some
        lines += places
    return elements, lines
