"""A view of a JSON text that moves over the file, so that an array of gigabytes needs some megabytes of memory.

Only brackets and quotes are understood here; what stands between them is judged where the values are read.
"""

import re
from typing import BinaryIO

from domain.errors import Invalid
from interfaces.formats.json.text import check_utf8

BLOCK_BYTES = 1 << 20

_SPACE = re.compile(rb"[ \t\r\n]*")
_STRING_OR_BRACKET = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{}"]', re.DOTALL)
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_SCALAR = re.compile(rb'[^ \t\r\n,:\]}\[{"]+')
_CLOSING = {b"{": b"}", b"[": b"]"}


class JsonWindow:
    """`data[at:]` is what was read and not yet taken; `line` is the file's line at `at`."""

    def __init__(self, file: BinaryIO, longest: int) -> None:
        self.data = b""
        self.at = 0
        self.line = 1
        self.ended = False
        self._file = file
        self._longest = longest
        self._cut = b""

    def more(self) -> bool:
        """Read on; False at the end of the file. What is kept doubles, so that long values cost no more."""
        rest = self.data[self.at :]
        if len(rest) > self._longest:
            detail = f"The value that begins in line {self.line:,} is longer than {self._longest:,} bytes."
            raise Invalid("line-too-long", detail)
        block = self._file.read(max(BLOCK_BYTES, len(rest)))
        self.ended = self.ended or not block
        self.data, self.at = rest + self._whole(block, rest), 0
        return not self.ended

    def take(self, end: int) -> bytes:
        """What stands up to `end`, and move there."""
        taken = self.data[self.at : end]
        self.line += taken.count(b"\n")
        self.at = end
        return taken

    def peek(self) -> bytes:
        """The next byte that is no blank, which is moved to; empty at the end of the file."""
        while True:
            end = self._spaces_end()
            if end < len(self.data) or self.ended:
                self.take(end)
                return self.data[end : end + 1]
            self.take(end)
            self.more()

    def value(self) -> bytes:
        """The value that begins here. Raises Invalid at what cannot be one or is not whole."""
        self.peek()
        while (end := find_value_end(self, self.at, whole=self.ended)) < 0:
            if self.ended:
                raise truncated_error(self.line)
            self.more()
        return self.take(end)

    def expect(self, mark: bytes) -> None:
        """Move over the next byte, which must be `mark`. Raises Invalid."""
        found = self.peek()
        if found != mark:
            raise unexpected_error(found, self.line, mark.decode())
        self.at += 1

    def _spaces_end(self) -> int:
        match = _SPACE.match(self.data, self.at)
        return match.end() if match else self.at

    def _whole(self, block: bytes, rest: bytes) -> bytes:
        """`block` without a character that its end cuts. Raises UnsupportedFormat at a byte that is no UTF-8."""
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
    """Where the value that begins at `start` ends; -1 if it goes on beyond the window, unless that is `whole`."""
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
    """The refusal of a file that ends too early; the value that is not whole begins in `line`."""
    return Invalid("truncated-file", f"The file ends within what begins in line {line:,}.")


def unexpected_error(found: bytes, line: int, wanted: str) -> Invalid:
    """The refusal of text that has no JSON's structure."""
    if not found:
        return Invalid("truncated-file", f"The file ends in line {line:,}, where {wanted} is expected.")
    shown = found.decode(errors="replace")
    return Invalid("invalid-json", f"Line {line:,} has {shown!r} where {wanted} is expected.")
