"""Newline-delimited JSON: an object a line, or arrays below an array of names. Numbers keep every digit.

Blank lines are skipped. A line that is no JSON or no object is a reject (`row-error`), an object that names
something twice too (`duplicate-label`), and a row with a value that cannot be stored (`type-error`).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack

import msgspec

from domain.errors import Invalid
from interfaces.formats.json import json_table
from interfaces.formats.json.json_table import JsonTable
from interfaces.formats.json.rows import JsonRows, open_json_rows
from interfaces.formats.json.shapes import (
    ArrayShape,
    ObjectShape,
    RowShape,
    check_column_count,
    parse_header,
)
from interfaces.formats.json.text import Utf8Text, check_utf8, convert_to_utf8, decode_head
from interfaces.formats.source import InputFile, KeyFault, ParsedBlock
from interfaces.formats.spool import keys

ROW_SIZE_FACTOR = 16
"""A row may be as long as so many of the longest cells."""

_BLOCK_BYTES = 1 << 20


def detect(head: bytes) -> bool:
    """Whether a file with these first bytes (some kilobytes) is NDJSON: two lines with an object or array each."""
    lines = [line.strip() for line in decode_head(head).split(b"\n", 64)]
    filled = [line for line in lines if line]
    if len(filled) < 2:
        return False
    ends = {b"{": b"}", b"[": b"]"}
    end = ends.get(filled[0][:1])
    return end is not None and filled[0][-1:] == end and filled[1][:1] == filled[0][:1]


def describe(source: InputFile, *, exhaustive: bool = False) -> JsonTable:
    """The columns and types of all rows, `exhaustive` or not. Raises Invalid, TooLarge or UnsupportedFormat."""
    text = convert_to_utf8(source)
    longest = ROW_SIZE_FACTOR * source.limits.cell_bytes
    rows: JsonRows | None = None
    with ExitStack() as stack:
        for elements, lines in _read_filled_lines(text, longest):
            if rows is None:
                shape = _detect_shape(elements[0], source.limits.columns)
                rows = stack.enter_context(open_json_rows(source, shape))
                if isinstance(shape, ArrayShape):
                    elements, lines = elements[1:], lines[1:]
            rows.take(elements, lines)
    if rows is None:
        raise Invalid("empty-file", "The file is empty: it has no row.")
    found = {"format": "ndjson", "encoding": text.encoding}
    return json_table.build_table(rows, (), found, source.path.stat().st_size)


def key_faults(source: InputFile, table: JsonTable, key: Sequence[str]) -> Mapping[int, KeyFault]:
    """Faults by row number; of rows with one key the first is kept. Raises Invalid if there are too many."""
    return keys.find_spool_key_faults(source, table, table.spool, key)


def rows(
    source: InputFile, table: JsonTable, *, excluded: Mapping[int, KeyFault] | None = None
) -> Iterator[ParsedBlock]:
    """All rows but the excluded ones, then the rejects, in blocks. Raises TooLarge."""
    return json_table.read_blocks(source, table, excluded)


def _detect_shape(first: bytes, limit: int) -> RowShape:
    if first.lstrip()[:1] != b"[":
        return ObjectShape(limit)
    names = parse_header(first)
    if names is None:
        detail = "The first line is an array, but no array of names; each line is to be an object."
        raise Invalid("invalid-json", detail)
    check_column_count(len(names), limit)
    return ArrayShape(names)


def _read_filled_lines(text: Utf8Text, longest: int) -> Iterator[tuple[Sequence[bytes], Sequence[int]]]:
    """Filled lines and their numbers, about a megabyte at a time."""
    number, offset = 1, text.start
    for block in _read_line_blocks(text, longest):
        check_utf8(block, number, offset)
        offset += len(block)
        lines = block.split(b"\n")
        last = lines.pop()
        count = len(lines) + bool(last)
        if last:
            _check_last_line(last, number + len(lines))
        found: Sequence[bytes] = [*lines, last] if last else lines
        numbers: Sequence[int] = range(number, number + count)
        if any(not line or line.isspace() for line in found):
            filled = [at for at, line in enumerate(found) if line.strip()]
            found, numbers = [found[at] for at in filled], [number + at for at in filled]
        number += count
        if found:
            yield found, numbers


def _check_last_line(last: bytes, number: int) -> None:
    """The last line, if no line end follows it, must not be cut off."""
    try:
        msgspec.json.decode(last, type=msgspec.Raw)
    except msgspec.DecodeError as error:
        if "truncated" in str(error) and not last.isspace():
            raise Invalid("truncated-file", f"The file ends within line {number:,}.") from None
    except RecursionError:
        return


def _read_line_blocks(text: Utf8Text, longest: int) -> Iterator[bytes]:
    """The file in blocks that end with a line. Raises Invalid at a line that is too long."""
    rest: list[bytes] = []
    size, line = 0, 1
    with text.path.open("rb", buffering=0) as file:
        file.seek(text.start)
        while block := file.read(_BLOCK_BYTES):
            end = block.rfind(b"\n") + 1
            if size + (block.find(b"\n") if end else len(block)) > longest:
                raise Invalid("line-too-long", f"Line {line:,} is longer than {longest:,} bytes.")
            if end:
                whole = b"".join([*rest, block[:end]])
                line += whole.count(b"\n")
                yield whole
                rest, size = [], 0
            rest.append(block[end:])
            size += len(block) - end
    if size:
        yield b"".join(rest)
