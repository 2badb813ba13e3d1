"""A window that moves over a JSON file, so that an array of gigabytes needs only some megabytes of memory.

It recognizes brackets and quotes only; the values between them are validated where they are decoded.
"""

import re
from typing import BinaryIO

from domain.errors import Invalid
from interfaces.formats.json.scanning.text import check_utf8

BLOCK_BYTES = 1 << 20

_SPACE = re.compile(rb"[ \t\r\n]*")
_STRING_OR_BRACKET = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{}"]', re.DOTALL)
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_SCALAR = re.compile(rb'[^ \t\r\n,:\]}\[{"]+')
_CLOSING = {b"{": b"}", b"[": b"]"}


class JsonWindow:
    """`data[at:]` is what was read but not consumed; `line` is the file's line at `at`."""

    def __init__(self, file: BinaryIO, max_bytes: int) -> None:
        self.data = b""
        self.at = 0
        self.line = 1
        self.ended = False
        self._file = file
        self._max_bytes = max_bytes
        self._cut = b""

    def read_more(self) -> bool:
        """Read the next block; False at the end of the file.

        The window doubles each time, so that long values take linear time. Raises Invalid for a value longer than the
        maximum.
        """
        rest = self.data[self.at :]
        if len(rest) > self._max_bytes:
            detail = f"The value that begins in line {self.line:,} is longer than {self._max_bytes:,} bytes."
            raise Invalid("line-too-long", detail)
        block = self._file.read(max(BLOCK_BYTES, len(rest)))
        self.ended = self.ended or not block
        self.data, self.at = rest + self._complete_characters(block, rest), 0
        return not self.ended

    def consume(self, end: int) -> bytes:
        """Move to `end` and return the bytes before it."""
        consumed = self.data[self.at : end]
        self.line += consumed.count(b"\n")
        self.at = end
        return consumed

    def peek(self) -> bytes:
        """Skip blanks and return the next byte without consuming it; empty at the end of the file."""
        while True:
            end = self._blanks_end()
            if end < len(self.data) or self.ended:
                self.consume(end)
                return self.data[end : end + 1]
            self.consume(end)
            self.read_more()

    def read_value(self) -> bytes:
        """Consume the next value and return it. Raises Invalid if there is none or it is incomplete."""
        self.peek()
        while (end := find_value_end(self, self.at, whole=self.ended)) < 0:
            if self.ended:
                raise truncated_error(self.line)
            self.read_more()
        return self.consume(end)

    def expect(self, mark: bytes) -> None:
        """Consume the next byte that is not blank. Raises Invalid if it is not `mark`."""
        actual = self.peek()
        if actual != mark:
            raise unexpected_error(actual, self.line, mark.decode())
        self.at += 1

    def _blanks_end(self) -> int:
        match = _SPACE.match(self.data, self.at)
        return match.end() if match else self.at

    def _complete_characters(self, block: bytes, rest: bytes) -> bytes:
        """`block` without an incomplete character at its end, which is kept for the next block.

        Raises UnsupportedFormat for invalid UTF-8.
        """
        data = self._cut + block
        self._cut = b""
        if block and not data.isascii():
            for length in (1, 2, 3):
                if data[-length] >= 0xC0:
                    data, self._cut = data[:-length], data[-length:]
                    break
                if data[-length] < 0x80:
                    break
        check_utf8(data, self.line + rest.count(b"\n"), self._file.tell() - len(data) - len(self._cut))
        return data


def find_value_end(window: JsonWindow, start: int, *, whole: bool) -> int:
    """The end of the value that begins at `start`; -1 if it continues beyond the window.

    `whole` means that the window reaches to the end of the file. Raises Invalid for mismatched brackets.
    """
    data = window.data
    first = data[start : start + 1]
    if first == b'"':
        string = _STRING.match(data, start)
        return string.end() if string else -1
    if first not in _CLOSING:
        scalar = _SCALAR.match(data, start)
        if scalar is None:
            raise unexpected_error(first, window.line + data.count(b"\n", window.at, start), "a value")
        return scalar.end() if scalar.end() < len(data) or whole else -1
    open_brackets: list[bytes] = []
    for match in _STRING_OR_BRACKET.finditer(data, start):
        mark = match[0]
        if mark in _CLOSING:
            open_brackets.append(_CLOSING[mark])
        elif mark == b'"':
            return -1
        elif len(mark) == 1:
            if mark != open_brackets.pop():
                raise unexpected_error(
                    mark, window.line + data.count(b"\n", window.at, match.start()), "its counterpart"
                )
            if not open_brackets:
                return match.end()
    return -1


def truncated_error(line: int) -> Invalid:
    """The error for a file that ends within a value; the value begins in `line`."""
    return Invalid("truncated-file", f"The file ends within the value that begins in line {line:,}.")


def unexpected_error(actual: bytes, line: int, expected: str) -> Invalid:
    """The error for text without the structure of JSON. An empty `actual` is the end of the file."""
    if not actual:
        return Invalid("truncated-file", f"The file ends in line {line:,}, where {expected} is expected.")
    shown = actual.decode(errors="replace")
    return Invalid("invalid-json", f"Line {line:,} has {shown!r} where {expected} is expected.")
