"""Reads newline-delimited JSON (ndjson.org): one object per line, or one array per line after a header array.

Numbers keep every digit. Blank lines are skipped. Rejects: a line that is not JSON or not an object (`row-error`), an
object with a repeated name (`duplicate-label`), a row with a value that cannot be stored (`type-error`).
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack

import msgspec

from domain.errors import Fault, Invalid
from interfaces.formats.json.json_table import JsonTable, build_table, key_faults, rows
from interfaces.formats.json.rows import JsonRows, open_json_rows
from interfaces.formats.json.scanning.text import Utf8Text, check_utf8, convert_to_utf8, decode_head
from interfaces.formats.json.shapes import (
    ArrayShape,
    ObjectShape,
    RowShape,
    check_column_count,
    parse_header,
)
from interfaces.formats.source import InputFile

__all__ = ["describe", "detect", "key_faults", "rows"]

ROW_SIZE_FACTOR = 16
"""A row may have as many bytes as this number of cells of maximum size."""

_BLOCK_BYTES = 1 << 20


def detect(head: bytes) -> bool:
    """Whether a file with these first bytes (some kilobytes) is NDJSON: an object or array in each of two lines."""
    lines = [line.strip() for line in decode_head(head).split(b"\n", 64)]
    filled = [line for line in lines if line]
    if len(filled) < 2:
        return False
    ends = {b"{": b"}", b"[": b"]"}
    end = ends.get(filled[0][:1])
    return end is not None and filled[0][-1:] == end and filled[1][:1] == filled[0][:1]


def describe(source: InputFile, *, exhaustive: bool = False) -> JsonTable:
    """Read all rows into the spool and return the columns with their types; `exhaustive` makes no difference.

    Raises Invalid, TooLarge or UnsupportedFormat.
    """
    if source.options.rows is not None:
        detail = "options.rows is for a JSON document; this file has a JSON value in each line, which is a row"
        raise Invalid("invalid-options", detail, (Fault("options/rows", "invalid-options", detail),))
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
            rows.add(elements, lines)
    if rows is None:
        raise Invalid("empty-file", "The file is empty: it has no row.")
    layout = {"format": "ndjson", "encoding": text.encoding}
    return build_table(rows, (), layout, source.path.stat().st_size)


def _detect_shape(first: bytes, limit: int) -> RowShape:
    if first.lstrip()[:1] != b"[":
        return ObjectShape(limit)
    names = parse_header(first)
    if names is None:
        detail = "The first line is an array, but not an array of column names. Each line must be an object."
        raise Invalid("invalid-json", detail)
    check_column_count(len(names), limit)
    return ArrayShape(names)


def _read_filled_lines(text: Utf8Text, longest: int) -> Iterator[tuple[Sequence[bytes], Sequence[int]]]:
    """Yield the lines that are not blank with their numbers, about a megabyte at a time."""
    number, offset = 1, text.start
    for block in _read_line_blocks(text, longest):
        check_utf8(block, number, offset)
        offset += len(block)
        lines = block.split(b"\n")
        last = lines.pop()
        count = len(lines) + bool(last)
        if last:
            _check_last_line(last, number + len(lines))
        elements: Sequence[bytes] = [*lines, last] if last else lines
        numbers: Sequence[int] = range(number, number + count)
        if any(not line or line.isspace() for line in elements):
            filled = [at for at, line in enumerate(elements) if line.strip()]
            elements, numbers = [elements[at] for at in filled], [number + at for at in filled]
        number += count
        if elements:
            yield elements, numbers


def _check_last_line(last: bytes, number: int) -> None:
    """Raise Invalid if the last line, which no line end follows, is truncated."""
    try:
        msgspec.json.decode(last, type=msgspec.Raw)
    except msgspec.DecodeError as error:
        if "truncated" in str(error) and not last.isspace():
            raise Invalid("truncated-file", f"The file ends within line {number:,}.") from None
    except RecursionError:
        return


def _read_line_blocks(text: Utf8Text, longest: int) -> Iterator[bytes]:
    """Yield the file in blocks of whole lines. Raises Invalid for a line that is too long."""
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
