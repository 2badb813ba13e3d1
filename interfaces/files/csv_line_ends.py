"""The search for the line that ends otherwise than the first. Slow: run only when reading has gone wrong."""

import re
from pathlib import Path

from domain.errors import Invalid
from interfaces.files.source import MAX_LINE_BYTES

_NAMES = {b"\n": "LF", b"\r\n": "CRLF", b"\r": "a lone CR"}


def check_line_ends(path: Path) -> None:
    """Raise Invalid if lines end in more than one way, or all with a lone carriage return."""
    first, line, outside = b"", 1, True
    with path.open("rb") as file:
        while text := file.readline(MAX_LINE_BYTES):
            for part in re.split(rb'(")', text):
                if part == b'"':
                    outside = not outside
                for match in re.finditer(rb"\r\n|\n|\r", part) if outside else ():
                    first = first or match[0]
                    if match[0] != first:
                        raise _mixed(first, match[0], line)
            line += text.endswith(b"\n")
    if first == b"\r":
        raise lone_returns()


def lone_returns() -> Invalid:
    """The refusal of a file in the manner of the old Macintosh."""
    detail = "Lines end with a lone carriage return (CR); save the file with LF or CRLF line ends."
    return Invalid("cr-line-ends", detail)


def _mixed(first: bytes, other: bytes, line: int) -> Invalid:
    detail = f"Lines end with {_NAMES[first]} at first, but line {line:,} has {_NAMES[other]}; save with one kind."
    return Invalid("mixed-line-ends", detail)
