"""The elements of a long JSON array, one window of the file after the other, each with the line it begins in.

A window is cut behind its last object and handed to the parser; if that accepts it, the cut was right, as a
bracket that is followed by a comma can stand in a string or deeper only in what is no JSON then. Otherwise
elements are sought one by one.
"""

import re
from collections.abc import Iterator, Sequence

import msgspec

from interfaces.formats.json.window import (
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
    """The elements of the array that begins here, and their lines; the window is moved behind it. Raises Invalid."""
    begun = window.line
    window.expect(b"[")
    if window.peek() == b"]":
        window.at += 1
        return
    while True:
        batch = _parse_window(window) or _scan_window(window)
        if batch is not None:
            yield batch
            if _skip_separator(window, begun):
                return
        elif not window.more() and find_value_end(window, window.at, whole=True) < 0:
            raise truncated_error(window.line)


def _skip_separator(window: JsonWindow, begun: int) -> bool:
    """Whether the array ends behind an element; moves behind the comma otherwise."""
    mark = window.peek()
    if mark not in (b",", b"]"):
        raise unexpected_error(mark, window.line, "a comma or ]") if mark else truncated_error(begun)
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
            found = [bytes(element) for element in _decode_array(b"[" + text + b"]")]
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            end -= 1
            continue
        lines = _element_lines(text, found, window.line)
        window.take(end)
        return found, lines
    return None


def _find_last_object_end(window: JsonWindow, end: int) -> int:
    """Where the last object ends that a comma follows, before `end`; -1 if there is none."""
    for _ in range(100 * _MAX_TRIES):
        end = window.data.rfind(b"}", window.at, end)
        if end < 0 or _COMMA.match(window.data, end):
            break
    return end + 1 if end >= 0 else -1


def _element_lines(text: bytes, found: Sequence[bytes], line: int) -> list[int]:
    """The lines that the elements begin in; the first in `line`."""
    if b"\n" not in text:
        return [line] * len(found)
    lines: list[int] = []
    at = 0
    for element in found:
        between = _SEPARATOR.match(text, at)
        start = between.end() if between else at
        line += text.count(b"\n", at, start)
        lines.append(line)
        at = start + len(element)
        line += element.count(b"\n")
    return lines


def _scan_window(window: JsonWindow) -> ElementBatch | None:
    """Whole elements of this window, found by their brackets; None if there is none."""
    found: list[bytes] = []
    lines: list[int] = []
    end = find_value_end(window, window.at, whole=window.ended)
    while end >= 0:
        lines.append(window.line)
        found.append(window.take(end))
        following = _find_next_element(window) if len(found) < _MAX_BATCH_ELEMENTS else -1
        end = find_value_end(window, following, whole=window.ended) if following >= 0 else -1
        if end >= 0:
            window.take(following)
    return (found, lines) if found else None


def _find_next_element(window: JsonWindow) -> int:
    """Where the next element begins, behind a comma; -1 if this window does not tell."""
    match = _SEPARATOR.match(window.data, window.at)
    if match is None or match[0].count(b",") != 1 or match.end() == len(window.data):
        return -1
    return -1 if window.data[match.end() : match.end() + 1] in b"]}" else match.end()
