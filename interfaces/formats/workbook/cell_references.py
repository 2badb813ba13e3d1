"""Parses cell references: `XFD12` is column 16,383 (from 0) and row 12."""

import re
from functools import lru_cache

from interfaces.formats.workbook.header import MergedRange

_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})", re.ASCII)
MAX_COLUMN = 16_383


@lru_cache(maxsize=20_000)
def column_number(letters: bytes) -> int:
    """The column's number, from 0. `letters` must be upper case."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def column_letters(column: int) -> bytes:
    """The letters of a column's number, which counts from 0."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters.encode()


def parse_reference(text: str) -> tuple[int, int] | None:
    """(row from 1, column from 0); None if the reference is invalid."""
    if not (match := _REFERENCE.fullmatch(text)):
        return None
    column = column_number(match[1].encode())
    return (int(match[2]), column) if column <= MAX_COLUMN else None


def parse_merged_range(text: str) -> MergedRange | None:
    """A range such as `A1:C2`; None if it is invalid."""
    first, _, last = text.partition(":")
    start, end = parse_reference(first), parse_reference(last)
    return (*start, *end) if start and end else None
