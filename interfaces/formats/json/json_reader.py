"""JSON files: an array of rows, an object around one, or one object that is a row. Numbers keep every digit.

An array's elements are objects (rows by name), arrays (rows by position, below an array of names where the first
is one) or single values (a column called `value`), as the first one is. An object is wrapped around the rows if
they are its only member, or stand under one of the names in `WRAPPERS` beside plain values and what is in `ASIDE`.
An array is read piece by piece and never held as a whole; a single object is, up to the longest row.

An element that is no row is a reject (`row-error`), an object that names something twice too (`duplicate-label`),
and a row with a value that cannot be stored (`type-error`); what is wrong between elements refuses the file.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import msgspec

from domain.errors import Invalid
from interfaces.formats.json import json_table, ndjson
from interfaces.formats.json.elements import elements
from interfaces.formats.json.json_table import JsonTable
from interfaces.formats.json.nested import TOO_DEEP
from interfaces.formats.json.rows import Rows, begun
from interfaces.formats.json.shapes import Arrays, Objects, Shape, Values, check_width, header
from interfaces.formats.json.text import Text, decoded_head, text_of
from interfaces.formats.json.window import Window
from interfaces.formats.source import Block, KeyFault, Source
from interfaces.formats.spool import keys

WRAPPERS = ("data", "records", "rows", "items", "results", "value", "values", "features", "entries", "list", "result")
ASIDE = ("meta", "metadata", "info", "links", "_links", "page", "paging", "pagination", "crs", "schema")

_BEGINS = re.compile(rb'\[\s*(?:[\[\]{"0-9-]|true|false|null|$)|\{\s*(?:["}]|$)')


def detect(head: bytes) -> bool:
    """Whether a file with these first bytes (some kilobytes) is JSON, unless it is NDJSON."""
    return _BEGINS.match(decoded_head(head).lstrip()) is not None and not ndjson.detect(head)


def describe(source: Source, *, exhaustive: bool = False) -> JsonTable:
    """The columns and types of all rows, `exhaustive` or not. Raises Invalid, TooLarge or UnsupportedFormat."""
    text = text_of(source)
    with ExitStack() as stack:
        try:
            rows, notes = _wrapped_or_plain(source, text, stack)
        except _SingleObject:
            rows, notes = _single(source, text, stack)
    found = {"format": "json", "encoding": text.encoding}
    return json_table.table_of(rows, notes, found, source.path.stat().st_size)


def key_faults(source: Source, table: JsonTable, key: Sequence[str]) -> Mapping[int, KeyFault]:
    """Faults by row number; of rows with one key the first is kept. Raises Invalid if there are too many."""
    return keys.key_faults(source, table, table.spool, key)


def rows(source: Source, table: JsonTable, *, excluded: Mapping[int, KeyFault] | None = None) -> Iterator[Block]:
    """All rows but the excluded ones, then the rejects, in blocks. Raises TooLarge."""
    return json_table.blocks(source, table, excluded)


class _SingleObject(Exception):
    """The outermost object is a row itself."""


@dataclass(slots=True)
class _Wrapper:
    """The members of the outermost object as they pass by: `name` is that of the rows."""

    name: str | None = None
    members: int = 0

    def allows(self, name: str, value: bytes) -> bool:
        """Whether a member that is not the rows may stand beside them."""
        return value not in (b"{", b"[") or (value == b"{" and name in ASIDE)

    def is_wrapped(self) -> bool:
        return self.name is not None and (self.members == 1 or self.name in WRAPPERS)


def _wrapped_or_plain(source: Source, text: Text, stack: ExitStack) -> tuple[Rows, tuple[str, ...]]:
    with text.path.open("rb", buffering=0) as file:
        file.seek(text.start)
        window = Window(file, _longest(source))
        match window.peek():
            case b"[":
                rows = _array_rows(source, window, stack)
                notes: tuple[str, ...] = ()
            case b"{":
                rows, notes = _wrapped(source, window, stack)
            case b"":
                raise Invalid("empty-file", "The file is empty: it has no row.")
            case _:
                raise Invalid("invalid-json", "The file is neither a JSON array of rows nor an object.")
        _check_end(window)
        return rows, notes


def _wrapped(source: Source, window: Window, stack: ExitStack) -> tuple[Rows, tuple[str, ...]]:
    """The rows within the outermost object. Raises _SingleObject if that is a row itself."""
    wrapper, rows = _Wrapper(), None
    window.expect(b"{")
    if window.peek() == b"}":
        raise _SingleObject
    while True:
        name = _name(window)
        wrapper.members += 1
        first = window.peek()
        if first == b"[" and _holds_objects(window):
            if rows is not None:
                raise _SingleObject
            wrapper.name, rows = name, _array_rows(source, window, stack)
        elif not wrapper.allows(name, first):
            raise _SingleObject
        else:
            window.value()
        if window.peek() == b"}":
            window.expect(b"}")
            break
        window.expect(b",")
        if rows is not None and wrapper.name not in WRAPPERS:
            raise _SingleObject
    if rows is None or not wrapper.is_wrapped():
        raise _SingleObject
    return rows, (f"The rows stand under {wrapper.name!r}; what stands beside them is left out.",)


def _name(window: Window) -> str:
    if window.peek() != b'"':
        window.expect(b'"')
    line = window.line
    try:
        name = msgspec.json.decode(window.value(), type=str)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Invalid("invalid-json", f"Line {line:,} has a name that is no JSON string: {error}.") from None
    window.expect(b":")
    return name


def _holds_objects(window: Window) -> bool:
    """Whether the array that begins here has an object for its first element, or nothing."""
    while (match := re.compile(rb"\[[ \t\r\n]*").match(window.data, window.at)) and match.end() == len(window.data):
        if not window.more():
            return False
    return match is not None and window.data[match.end() : match.end() + 1] == b"{"


def _single(source: Source, text: Text, stack: ExitStack) -> tuple[Rows, tuple[str, ...]]:
    """The outermost object as the only row."""
    with text.path.open("rb", buffering=0) as file:
        file.seek(text.start)
        window = Window(file, _longest(source))
        window.peek()
        line = window.line
        element = window.value()
        _check_end(window)
    rows = stack.enter_context(begun(source, Objects(source.limits.columns)))
    rows.take([element], [line])
    return rows, ("The file is one object: one row.",)


def _array_rows(source: Source, window: Window, stack: ExitStack) -> Rows:
    rows: Rows | None = None
    for found, lines in elements(window):
        if rows is None:
            shape = _shape(found[0], source.limits.columns)
            rows = stack.enter_context(begun(source, shape))
            if isinstance(shape, Arrays) and header(found[0]) is not None:
                found, lines = found[1:], lines[1:]
        rows.take(found, lines)
    if rows is None:
        raise Invalid("empty-file", "The array is empty: it has neither columns nor rows.")
    return rows


def _shape(first: bytes, limit: int) -> Shape:
    match first[:1]:
        case b"{":
            return Objects(limit)
        case b"[":
            return Arrays(_header_or_numbers(first, limit))
        case _:
            return Values()


def _header_or_numbers(first: bytes, limit: int) -> list[str]:
    names = header(first)
    if names is None:
        try:
            names = [""] * len(msgspec.json.decode(first, type=list[msgspec.Raw]))
        except RecursionError:
            raise Invalid("nesting", f"The first row of the array is {TOO_DEEP}.") from None
        except msgspec.MsgspecError as error:
            raise Invalid("invalid-json", f"The first row of the array is no JSON array: {error}.") from None
    check_width(len(names), limit)
    return names


def _check_end(window: Window) -> None:
    if mark := window.peek():
        detail = f"Line {window.line:,} has {mark.decode(errors='replace')!r} where the file was to end."
        raise Invalid("invalid-json", detail)


def _longest(source: Source) -> int:
    return ndjson.ROW_CELLS * source.limits.cell_bytes
