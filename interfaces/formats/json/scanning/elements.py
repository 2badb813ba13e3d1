"""Reads the elements of a long JSON array window by window, each with the line where it begins.

A window is cut after its last `}` that a comma follows, and parsed as a whole. If the parser accepts it, the cut was
between two elements: inside a string or a nested object the cut would leave invalid JSON. Otherwise the elements are
found one by one by their brackets.
"""

import re
from collections.abc import Iterator, Sequence

import msgspec

from interfaces.formats.json.scanning.window import (
    JsonWindow,
    find_value_end,
    truncated_error,
    unexpected_error,
)

ElementBatch = tuple[Sequence[bytes], Sequence[int]]

_MAX_TRIES = 3
_MAX_BATCH_ELEMENTS = 10_000
_COMMA = re.compile(rb"\}(?=[ \t\r\n]*,)")
_SEPARATOR = re.compile(rb"[ \t\r\n,]*")
_decode_array = msgspec.json.Decoder(list[msgspec.Raw]).decode


def read_elements(window: JsonWindow) -> Iterator[ElementBatch]:
    """Yield the elements of the array at the window's position with their lines, and move past the array.

    Raises Invalid for what is not a JSON array.
    """
    first_line = window.line
    window.expect(b"[")
    if window.peek() == b"]":
        window.at += 1
        return
    while True:
        batch = _parse_window(window) or _scan_window(window)
        if batch is not None:
            yield batch
            if _skip_separator(window, first_line):
                return
        elif not window.read_more() and find_value_end(window, window.at, whole=True) < 0:
            raise truncated_error(window.line)


def _skip_separator(window: JsonWindow, first_line: int) -> bool:
    """Move past the comma or closing bracket after an element; return whether the array ended."""
    mark = window.peek()
    if mark not in (b",", b"]"):
        raise unexpected_error(mark, window.line, "a comma or ]") if mark else truncated_error(first_line)
    window.at += 1
    if mark == b",":
        window.peek()
    return mark == b"]"


def _parse_window(window: JsonWindow) -> ElementBatch | None:
    end = len(window.data)
    for _ in range(_MAX_TRIES):
        end = _find_last_object_end(window, end)
        if end < 0:
            return None
        text = window.data[window.at : end]
        try:
            elements = [bytes(element) for element in _decode_array(b"[" + text + b"]")]
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            end -= 1
            continue
        lines = _element_lines(text, elements, window.line)
        window.consume(end)
        return elements, lines
    return None


def _find_last_object_end(window: JsonWindow, end: int) -> int:
    """The end of the last object before `end` that a comma follows; -1 if there is none."""
    for _ in range(100 * _MAX_TRIES):
        end = window.data.rfind(b"}", window.at, end)
        if end < 0 or _COMMA.match(window.data, end):
            break
    return end + 1 if end >= 0 else -1


def _element_lines(text: bytes, elements: Sequence[bytes], line: int) -> list[int]:
    """The line where each element begins; the first begins in `line`."""
    if b"\n" not in text:
        return [line] * len(elements)
    lines: list[int] = []
    at = 0
    for element in elements:
        between = _SEPARATOR.match(text, at)
        start = between.end() if between else at
        line += text.count(b"\n", at, start)
        lines.append(line)
        at = start + len(element)
        line += element.count(b"\n")
    return lines


def _scan_window(window: JsonWindow) -> ElementBatch | None:
    """The complete elements of this window, found by their brackets; None if there is none."""
    elements: list[bytes] = []
    lines: list[int] = []
    end = find_value_end(window, window.at, whole=window.ended)
    while end >= 0:
        lines.append(window.line)
        elements.append(window.consume(end))
        following = _find_next_element(window) if len(elements) < _MAX_BATCH_ELEMENTS else -1
        end = find_value_end(window, following, whole=window.ended) if following >= 0 else -1
        if end >= 0:
            window.consume(following)
    return (elements, lines) if elements else None


def _find_next_element(window: JsonWindow) -> int:
    """The start of the next element after a comma; -1 if it is beyond this window."""
    match = _SEPARATOR.match(window.data, window.at)
    if match is None or match[0].count(b",") != 1 or match.end() == len(window.data):
        return -1
    return -1 if window.data[match.end() : match.end() + 1] in b"]}" else match.end()
