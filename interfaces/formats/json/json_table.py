"""What is known of a JSON file once it was described, and its rows as they are handed on."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec
import orjson

from domain.errors import Invalid
from domain.schema import unique_names
from interfaces.formats.json.columns import ColumnState, describe_kinds
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
from interfaces.formats.spool.reject_file import RejectFile, SpooledReject
from interfaces.formats.spool.row_spool import RowSpool
from interfaces.formats.spool.rows import spooled_blocks

_REJECTS_PER_BLOCK = 1_000
_decode_tokens = msgspec.json.Decoder(list[msgspec.Raw]).decode


@dataclass(frozen=True, slots=True)
class JsonTable(ParsedTable):
    """`spool` has the rows, which are as wide as `widths` say; `texts` are the columns whose numbers are stored as
    strings."""

    shape: RowShape
    spool: RowSpool
    rejected: RejectFile
    widths: Sequence[tuple[int, int]]
    texts: frozenset[int]
    size: int


def build_table(rows: JsonRows, notes: Sequence[str], found: Mapping[str, object], size: int) -> JsonTable:
    """The table once all elements were taken. Raises Invalid where there is none."""
    first = rows.rejects.first
    if not rows.spool.rows and first is not None:
        code = "nesting" if TOO_DEEP in first.detail else "invalid-json"
        raise Invalid(code, f"No row could be read. Line {first.line:,}: {first.detail}.")
    if not rows.shape.keys:
        raise Invalid("empty-file", "The file has no columns: there is no object with a name in it.")
    names = unique_names(rows.shape.keys)
    rows.add_columns()
    columns = tuple(ParsedColumn(name, state.type) for name, state in zip(names, rows.columns, strict=True))
    every = (*notes, *_table_notes(rows, names))
    as_text = frozenset(at for at, state in enumerate(rows.columns) if state.numbers_as_text)
    widths = rows.widths or [(0, len(names))]
    if widths[-1][1] < len(names):
        widths = [*widths, (rows.spool.rows, len(names))]
    return JsonTable(columns, every, found, rows.shape, rows.spool, rows.rejects, widths, as_text, size)


def read_blocks(
    source: InputFile, table: JsonTable, excluded: Mapping[int, KeyFault] | None
) -> Iterator[ParsedBlock]:
    """All rows but the excluded ones, then the rejects. Raises TooLarge."""
    left_out = excluded or {}
    prepared = _line_converter(table)
    size = 0
    late: list[ParsedReject] = []
    for block, taken in spooled_blocks(table.spool, left_out, prepared, table.size):
        size += len(block.lines)
        check_unpacked_size(size, source)
        late = [_build_excluded_reject(table, left_out[number], line, row) for number, line, row in taken]
        yield ParsedBlock(block.lines, block.count, block.read, tuple(late), block.runs)
    gathered: list[ParsedReject] = []
    for rejected in table.rejected:
        gathered.append(_build_reject(table, rejected))
        if len(gathered) == _REJECTS_PER_BLOCK:
            yield ParsedBlock(b"", 0, table.size, tuple(gathered))
            gathered = []
    if gathered:
        yield ParsedBlock(b"", 0, table.size, tuple(gathered))


def _line_converter(table: JsonTable) -> Callable[[bytes, int], bytes]:
    """What is done with lines of the spool, given the number of their first row, before they are handed on."""

    def prepared(lines: bytes, first: int) -> bytes:
        whole = pad_lines(lines, first, table.widths)
        return (
            b"".join([_numbers_to_strings(line, table.texts) for line in whole.splitlines()])
            if table.texts
            else whole
        )

    return prepared


def _numbers_to_strings(line: bytes, columns: frozenset[int]) -> bytes:
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


def _table_notes(rows: JsonRows, names: Sequence[str]) -> Iterator[str]:
    for name, state in zip(names, rows.columns, strict=True):
        yield from _column_notes(name, state)
    if tuple(rows.shape.keys) != names:
        yield "Some names were trimmed, empty or alike and were changed."
    for name in rows.source.options.columns:
        if name not in names:
            yield f"The type given for {name!r} was not needed: there is no such column."


def _column_notes(name: str, state: ColumnState) -> Iterator[str]:
    if state.mixed_line is not None:
        line = f"line {state.mixed_line:,}"
        yield f"Column {name!r} has {describe_kinds(state.kinds)}, the first of another kind in {line}: kept as JSON."
    if state.huge_line is not None:
        yield f"Column {name!r} has a number too large to count with in line {state.huge_line:,}: it is kept as text."
