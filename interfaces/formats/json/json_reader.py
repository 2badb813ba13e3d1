"""Reads JSON files (RFC 8259): an array of rows, an object that contains one, or a single object. Numbers keep every
digit.

The first element of the array decides the shape of all: objects (values by name), arrays (values by position; the
first array may be a header of names) or single values (one column, `value`). An object is a wrapper if the array of
rows is its only member, or if the array's name is in `WRAPPER_NAMES` and the other members are plain values or listed
in `METADATA_NAMES`. Any other object has rows by key, or columns, or is one row (see `object_rows`). `options.rows`
says where the rows are. An array is read in pieces and never held in memory as a whole; a single object is, up to the
longest row allowed.

Rejects: an element of another shape (`row-error`), an object with a repeated name (`duplicate-label`), a row with a
value that cannot be stored (`type-error`). Invalid JSON between elements refuses the whole file.
"""

import json
import re
from contextlib import ExitStack
from dataclasses import dataclass

import msgspec

from domain.errors import Invalid
from interfaces.formats.json import ndjson
from interfaces.formats.json.json_table import JsonTable, build_table, key_faults, rows
from interfaces.formats.json.nested import TOO_DEEP
from interfaces.formats.json.object_rows import RowsAndNotes, read_object
from interfaces.formats.json.pointer import read_at_pointer
from interfaces.formats.json.rows import JsonRows, open_json_rows
from interfaces.formats.json.scanning.elements import read_elements
from interfaces.formats.json.scanning.members import read_names
from interfaces.formats.json.scanning.text import Utf8Text, convert_to_utf8, decode_head
from interfaces.formats.json.scanning.window import JsonWindow
from interfaces.formats.json.shapes import (
    ArrayShape,
    ObjectShape,
    RowShape,
    ValueShape,
    check_column_count,
    parse_header,
)
from interfaces.formats.source import InputFile

__all__ = ["describe", "detect", "key_faults", "rows"]

WRAPPER_NAMES = (
    "data",
    "records",
    "rows",
    "items",
    "results",
    "value",
    "values",
    "features",
    "entries",
    "list",
    "result",
)
METADATA_NAMES = ("meta", "metadata", "info", "links", "_links", "page", "paging", "pagination", "crs", "schema")

_JSON_START = re.compile(rb'\[\s*(?:[\[\]{"0-9-]|true|false|null|$)|\{\s*(?:["}]|$)')


def detect(head: bytes) -> bool:
    """Whether a file with these first bytes (some kilobytes) is JSON but not NDJSON."""
    text = decode_head(head).lstrip()
    return _JSON_START.match(text) is not None and not _is_cell(text) and not ndjson.detect(head)


def describe(source: InputFile, *, exhaustive: bool = False) -> JsonTable:
    """Read all rows into the spool and return the columns with their types; `exhaustive` makes no difference.

    Raises Invalid, TooLarge or UnsupportedFormat.
    """
    text = convert_to_utf8(source)
    with ExitStack() as stack:
        try:
            rows, notes = _read_document(source, text, stack)
        except _NoWrapper:
            rows, notes = _read_outermost_object(source, text, stack)
    layout = {"format": "json", "encoding": text.encoding}
    return build_table(rows, notes, layout, source.path.stat().st_size)


def _is_cell(text: bytes) -> bool:
    """Whether the text begins with a cell that only looks like JSON: other cells follow in the same line."""
    line = text.split(b"\n", 1)[0].decode(errors="replace").rstrip()
    try:
        _, end = json.JSONDecoder().raw_decode(line)
    except (ValueError, RecursionError):
        return False
    return line[end:].lstrip(" ")[:1] in tuple(",;|:\t")


class _NoWrapper(Exception):
    """The outermost object is not a wrapper: its members are rows, or it is itself a row."""


@dataclass(slots=True)
class _WrapperObject:
    """The outermost object while it is read: `name` is the name of the array of rows, once found."""

    name: str | None = None
    members: int = 0

    def allows(self, name: str, value: bytes) -> bool:
        """Whether a wrapper may have this member in addition to the rows; `value` is its first byte."""
        return value not in (b"{", b"[") or (value == b"{" and name in METADATA_NAMES)

    def is_wrapped(self) -> bool:
        """Whether the object, once read, was a wrapper."""
        return self.name is not None and (self.members == 1 or self.name in WRAPPER_NAMES)


def _read_document(source: InputFile, text: Utf8Text, stack: ExitStack) -> RowsAndNotes:
    with text.path.open("rb", buffering=0) as file:
        file.seek(text.start)
        window = JsonWindow(file, _max_row_bytes(source))
        if source.options.rows is not None:
            rows, notes = read_at_pointer(window, source.options.rows, lambda at: _read_rows(source, at, stack))
        else:
            match window.peek():
                case b"{":
                    rows, notes = _read_wrapper(source, window, stack)
                case b"":
                    raise Invalid("empty-file", "The file is empty: it has no row.")
                case _:
                    rows, notes = _read_rows(source, window, stack)
        _check_end(window)
        return rows, notes


def _read_rows(source: InputFile, window: JsonWindow, stack: ExitStack) -> RowsAndNotes:
    """The rows of an array or an object, whose members are not looked into for an array of rows."""
    match window.peek():
        case b"[":
            return _read_array(source, window, stack), ()
        case b"{":
            return read_object(source, window, _max_row_bytes(source), stack)
        case _:
            raise Invalid("invalid-json", _not_rows(source))


def _not_rows(source: InputFile) -> str:
    where = f"The value at {source.options.rows!r}" if source.options.rows else "The file"
    return f"{where} is neither a JSON array of rows nor an object."


def _read_wrapper(source: InputFile, window: JsonWindow, stack: ExitStack) -> RowsAndNotes:
    """The rows within the outermost object. Raises _NoWrapper if the object is not a wrapper."""
    wrapper, rows = _WrapperObject(), None
    for name in read_names(window):
        if rows is not None and wrapper.name not in WRAPPER_NAMES:
            raise _NoWrapper
        wrapper.members += 1
        first = window.peek()
        if first == b"[" and _is_array_of_objects(window):
            if rows is not None:
                raise _NoWrapper
            wrapper.name, rows = name, _read_array(source, window, stack)
        elif not wrapper.allows(name, first):
            raise _NoWrapper
        else:
            window.read_value()
    if rows is None or not wrapper.is_wrapped():
        raise _NoWrapper
    return rows, (f"The rows are under {wrapper.name!r}; the other members of the object were ignored.",)


def _is_array_of_objects(window: JsonWindow) -> bool:
    """Whether the first element of the array at the window's position is an object."""
    while (match := re.compile(rb"\[[ \t\r\n]*").match(window.data, window.at)) and match.end() == len(window.data):
        if not window.read_more():
            return False
    return match is not None and window.data[match.end() : match.end() + 1] == b"{"


def _read_outermost_object(source: InputFile, text: Utf8Text, stack: ExitStack) -> RowsAndNotes:
    """Read the outermost object again, as rows by key, as columns, or as one row."""
    with text.path.open("rb", buffering=0) as file:
        file.seek(text.start)
        window = JsonWindow(file, _max_row_bytes(source))
        rows, notes = read_object(source, window, _max_row_bytes(source), stack)
        _check_end(window)
    return rows, notes


def _read_array(source: InputFile, window: JsonWindow, stack: ExitStack) -> JsonRows:
    rows: JsonRows | None = None
    for elements, lines in read_elements(window):
        if rows is None:
            shape = _detect_shape(elements[0], source.limits.columns)
            rows = stack.enter_context(open_json_rows(source, shape))
            if isinstance(shape, ArrayShape) and parse_header(elements[0]) is not None:
                elements, lines = elements[1:], lines[1:]
        rows.add(elements, lines)
    if rows is None:
        raise Invalid("empty-file", "The array is empty: it has neither columns nor rows.")
    return rows


def _detect_shape(first: bytes, limit: int) -> RowShape:
    match first[:1]:
        case b"{":
            return ObjectShape(limit)
        case b"[":
            return ArrayShape(_array_names(first, limit))
        case _:
            return ValueShape()


def _array_names(first: bytes, limit: int) -> list[str]:
    names = parse_header(first)
    if names is None:
        try:
            names = [""] * len(msgspec.json.decode(first, type=list[msgspec.Raw]))
        except RecursionError:
            raise Invalid("nesting", f"The first row of the array is {TOO_DEEP}.") from None
        except msgspec.MsgspecError as error:
            raise Invalid("invalid-json", f"The first row of the array is not a JSON array: {error}.") from None
    check_column_count(len(names), limit)
    return names


def _check_end(window: JsonWindow) -> None:
    if mark := window.peek():
        detail = f"Line {window.line:,} has {mark.decode(errors='replace')!r} after the end of the JSON value."
        raise Invalid("invalid-json", detail)


def _max_row_bytes(source: InputFile) -> int:
    return ndjson.ROW_SIZE_FACTOR * source.limits.cell_bytes
