"""The description of a JSON or NDJSON file, and its rows from the spool."""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec
import orjson

from domain.columns import ColumnType
from domain.errors import Invalid
from domain.schema import unique_names
from interfaces.formats.json.columns import ColumnState, describe_kinds
from interfaces.formats.json.mixed_columns import find_near_types
from interfaces.formats.json.nested import TOO_DEEP
from interfaces.formats.json.rows import JsonRows, check_unpacked_size, pad_lines
from interfaces.formats.json.shapes import RowShape, display_text, display_texts
from interfaces.formats.source import (
    MAX_RAW_CHARACTERS,
    InputFile,
    KeyFault,
    ParsedBlock,
    ParsedColumn,
    ParsedReject,
    ParsedTable,
)
from interfaces.formats.spool import keys
from interfaces.formats.spool.reject_file import RejectFile, SpooledReject
from interfaces.formats.spool.row_spool import RowSpool
from interfaces.formats.spool.rows import spooled_blocks
from interfaces.formats.values.mismatch_notes import NearType, mismatches_note

_REJECTS_PER_BLOCK = 1_000
_decode_tokens = msgspec.json.Decoder(list[msgspec.Raw]).decode


@dataclass(frozen=True, slots=True)
class JsonTable(ParsedTable):
    """A described file. `spool` has its rows, `rejected` its rejects.

    `widths` are (row, number of values) pairs: the width of the spool's rows from that row on. Numbers and booleans
    in the columns `stringified` are converted to strings when rows are read. `size` is the file's, in bytes.
    """

    shape: RowShape
    spool: RowSpool
    rejected: RejectFile
    widths: Sequence[tuple[int, int]]
    stringified: frozenset[int]
    size: int


def build_table(read: JsonRows, notes: Sequence[str], layout: Mapping[str, object], size: int) -> JsonTable:
    """The table after all elements were added. Raises Invalid if there is no row or no column."""
    first = read.rejects.first
    if not read.spool.rows and first is not None:
        code = "nesting" if TOO_DEEP in first.detail else "invalid-json"
        raise Invalid(code, f"No row could be read. Line {first.line:,}: {first.detail}.")
    if not read.shape.keys:
        raise Invalid("empty-file", "The file has no columns: there is no object with a name in it.")
    names = unique_names(read.shape.keys)
    read.add_columns()
    columns = tuple(ParsedColumn(name, state.type) for name, state in zip(names, read.columns, strict=True))
    all_notes = (*notes, *_table_notes(read, names, find_near_types(read)))
    stringified = frozenset(at for at, state in enumerate(read.columns) if state.scalars_as_text)
    widths = read.widths or [(0, len(names))]
    if widths[-1][1] < len(names):
        widths = [*widths, (read.spool.rows, len(names))]
    return JsonTable(columns, all_notes, layout, read.shape, read.spool, read.rejects, widths, stringified, size)


def key_faults(source: InputFile, table: JsonTable, key: Sequence[str]) -> Mapping[int, KeyFault]:
    """Rows with a missing or repeated key, by row number. The first row with a key has no fault.

    Raises Invalid if there are too many.
    """
    return keys.find_spool_key_faults(source, table, table.spool, key)


def rows(
    source: InputFile, table: JsonTable, *, excluded: Mapping[int, KeyFault] | None = None
) -> Generator[ParsedBlock]:
    """Yield all rows except the excluded ones, then the rejects, in blocks. Raises TooLarge."""
    faults = excluded or {}
    size = 0
    for block, excluded_rows in spooled_blocks(table.spool, faults, _line_converter(table), table.size):
        size += len(block.lines)
        check_unpacked_size(size, source)
        rejects = [_build_excluded_reject(table, faults[number], line, row) for number, line, row in excluded_rows]
        yield ParsedBlock(block.lines, block.count, block.read, tuple(rejects), block.runs)
    pending: list[ParsedReject] = []
    for rejected in table.rejected:
        pending.append(_build_reject(table, rejected))
        if len(pending) == _REJECTS_PER_BLOCK:
            yield ParsedBlock(b"", 0, table.size, tuple(pending))
            pending = []
    if pending:
        yield ParsedBlock(b"", 0, table.size, tuple(pending))


def _line_converter(table: JsonTable) -> Callable[[bytes, int], bytes]:
    """A function that completes lines of the spool, given the number of their first row."""

    def convert(lines: bytes, first: int) -> bytes:
        whole = pad_lines(lines, first, table.widths)
        return (
            b"".join([_scalars_to_strings(line, table.stringified) for line in whole.splitlines()])
            if table.stringified
            else whole
        )

    return convert


def _scalars_to_strings(line: bytes, columns: frozenset[int]) -> bytes:
    tokens = [bytes(token) for token in _decode_tokens(line)]
    for at in columns:
        if tokens[at] != b"null" and tokens[at][:1] != b'"':
            tokens[at] = b'"' + tokens[at] + b'"'
    return b"[" + b",".join(tokens) + b"]\n"


def _build_reject(table: JsonTable, rejected: SpooledReject) -> ParsedReject:
    raw = rejected.element[:MAX_RAW_CHARACTERS]
    cells = display_texts(table.shape, rejected.element.encode())
    return ParsedReject(rejected.line, rejected.column, rejected.code, rejected.detail, raw, cells)


def _build_excluded_reject(table: JsonTable, fault: KeyFault, line: int, row: bytes) -> ParsedReject:
    tokens = _decode_tokens(row)
    pairs = zip(table.names, tokens, strict=True)
    raw = b"{" + b",".join(orjson.dumps(name) + b":" + token for name, token in pairs) + b"}"
    shortened = raw.decode()[:MAX_RAW_CHARACTERS]
    return ParsedReject(line, fault.column, fault.code, fault.detail, shortened, tuple(map(display_text, tokens)))


def _table_notes(rows: JsonRows, names: Sequence[str], near: Mapping[int, NearType]) -> Iterator[str]:
    for at, (name, state) in enumerate(zip(names, rows.columns, strict=True)):
        yield from _column_notes(name, state, near.get(at))
    if tuple(rows.shape.keys) != names:
        yield "Some column names were empty, repeated or had surrounding blanks, and were changed."
    options = rows.source.options
    for name in options.columns:
        if name not in names and name not in (options.known_names or ()):
            yield f"The type given for {name!r} was ignored: there is no such column."


def _column_notes(name: str, state: ColumnState, near: NearType | None) -> Iterator[str]:
    if near is not None:
        yield mismatches_note(name, near)
    elif state.mixed_line is not None:
        line = f"line {state.mixed_line:,}"
        kept = "kept as JSON" if state.type is ColumnType.JSON else "all are kept as text"
        yield f"Column {name!r} has {describe_kinds(state.kinds)}, the first of another kind in {line}: {kept}."
    if state.huge_line is not None:
        yield f"Column {name!r} has a number out of range in line {state.huge_line:,}: it is kept as text."
