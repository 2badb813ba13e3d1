"""What is known of a JSON file once it was described, and its rows as they are handed on."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec
import orjson

from domain.errors import Invalid
from domain.schema import unique_names
from interfaces.formats.json.columns import ColumnState, words
from interfaces.formats.json.nested import TOO_DEEP
from interfaces.formats.json.rows import Rows, check_size, padded
from interfaces.formats.json.shapes import Shape, text, texts
from interfaces.formats.source import (
    MAX_RAW_CHARACTERS,
    Block,
    FileColumn,
    KeyFault,
    Reject,
    Source,
    Table,
)
from interfaces.formats.spool.reject_file import Rejected, RejectFile
from interfaces.formats.spool.row_spool import Spool
from interfaces.formats.spool.rows import spooled

_REJECTS = 1_000
_tokens = msgspec.json.Decoder(list[msgspec.Raw]).decode


@dataclass(frozen=True, slots=True)
class JsonTable(Table):
    """`spool` has the rows, which are as wide as `widths` say; `texts` are the columns whose numbers are stored as
    strings."""

    shape: Shape
    spool: Spool
    rejected: RejectFile
    widths: Sequence[tuple[int, int]]
    texts: frozenset[int]
    size: int


def table_of(rows: Rows, notes: Sequence[str], found: Mapping[str, object], size: int) -> JsonTable:
    """The table once all elements were taken. Raises Invalid where there is none."""
    first = rows.rejects.first
    if not rows.spool.rows and first is not None:
        code = "nesting" if TOO_DEEP in first.detail else "invalid-json"
        raise Invalid(code, f"No row could be read. Line {first.line:,}: {first.detail}.")
    if not rows.shape.keys:
        raise Invalid("empty-file", "The file has no columns: there is no object with a name in it.")
    names = unique_names(rows.shape.keys)
    rows.add_columns()
    columns = tuple(FileColumn(name, state.type) for name, state in zip(names, rows.columns, strict=True))
    every = (*notes, *_notes(rows, names))
    as_text = frozenset(at for at, state in enumerate(rows.columns) if state.numbers_as_text)
    widths = rows.widths or [(0, len(names))]
    if widths[-1][1] < len(names):
        widths = [*widths, (rows.spool.rows, len(names))]
    return JsonTable(columns, every, found, rows.shape, rows.spool, rows.rejects, widths, as_text, size)


def blocks(source: Source, table: JsonTable, excluded: Mapping[int, KeyFault] | None) -> Iterator[Block]:
    """All rows but the excluded ones, then the rejects. Raises TooLarge."""
    left_out = excluded or {}
    prepared = _prepared(table)
    size = 0
    late: list[Reject] = []
    for block, taken in spooled(table.spool, left_out, prepared, table.size):
        size += len(block.lines)
        check_size(size, source)
        late = [_excluded(table, left_out[number], line, row) for number, line, row in taken]
        yield Block(block.lines, block.count, block.read, tuple(late), block.runs)
    gathered: list[Reject] = []
    for rejected in table.rejected:
        gathered.append(_reject(table, rejected))
        if len(gathered) == _REJECTS:
            yield Block(b"", 0, table.size, tuple(gathered))
            gathered = []
    if gathered:
        yield Block(b"", 0, table.size, tuple(gathered))


def _prepared(table: JsonTable) -> Callable[[bytes, int], bytes]:
    """What is done with lines of the spool, given the number of their first row, before they are handed on."""

    def prepared(lines: bytes, first: int) -> bytes:
        whole = padded(lines, first, table.widths)
        return b"".join([_as_text(line, table.texts) for line in whole.splitlines()]) if table.texts else whole

    return prepared


def _as_text(line: bytes, columns: frozenset[int]) -> bytes:
    tokens = [bytes(token) for token in _tokens(line)]
    for at in columns:
        if tokens[at] != b"null" and tokens[at][:1] != b'"':
            tokens[at] = b'"' + tokens[at] + b'"'
    return b"[" + b",".join(tokens) + b"]\n"


def _reject(table: JsonTable, rejected: Rejected) -> Reject:
    raw = rejected.element[:MAX_RAW_CHARACTERS]
    cells = texts(table.shape, rejected.element.encode())
    return Reject(rejected.line, rejected.column, rejected.code, rejected.detail, raw, cells)


def _excluded(table: JsonTable, fault: KeyFault, line: int, row: bytes) -> Reject:
    tokens = _tokens(row)
    pairs = zip(table.names, tokens, strict=True)
    raw = b"{" + b",".join(orjson.dumps(name) + b":" + token for name, token in pairs) + b"}"
    shortened = raw.decode()[:MAX_RAW_CHARACTERS]
    return Reject(line, fault.column, fault.code, fault.detail, shortened, tuple(map(text, tokens)))


def _notes(rows: Rows, names: Sequence[str]) -> Iterator[str]:
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
        yield f"Column {name!r} has {words(state.kinds)}, the first of another kind in {line}: kept as JSON."
    if state.huge_line is not None:
        yield f"Column {name!r} has a number too large to count with in line {state.huge_line:,}: it is kept as text."
