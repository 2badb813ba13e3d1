"""Removes faulty and excluded rows from the lines that DuckDB wrote for a Parquet file, and reports them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from domain.columns import ColumnType, quote_value
from domain.errors import Invalid
from interfaces.formats.json.embedded import parse_embedded
from interfaces.formats.json.shapes import display_text
from interfaces.formats.parquet.types import INVALID_MARK
from interfaces.formats.source import (
    MAX_RAW_CHARACTERS,
    KeyFault,
    ParsedColumn,
    ParsedReject,
    SourceLimits,
)

_MARK = INVALID_MARK.encode()
_EXPECTED = {
    ColumnType.STRING: "a text without the character U+0000",
    ColumnType.INTEGER: "an integer",
    ColumnType.DECIMAL: "a number that is finite",
    ColumnType.BOOLEAN: "true or false",
    ColumnType.DATE: "a day of the years 1 to 9999",
    ColumnType.DATETIME: "a time of the years 1 to 9999",
    ColumnType.JSON: "values that JSON can hold",
}
_decode_tokens = msgspec.json.Decoder(list[msgspec.Raw]).decode


@dataclass(slots=True)
class ParquetReadState:
    """The progress of reading: `row` rows read, `well_formed` of them without a fault, `kept` of those not excluded.

    `next_in_run` is the row that would continue the current run.
    """

    columns: Sequence[ParsedColumn]
    json_texts: frozenset[int]
    limits: SourceLimits
    excluded: Mapping[int, KeyFault]
    row: int = 0
    well_formed: int = 0
    kept: int = 0
    rejected: int = 0
    next_in_run: int = -1


AcceptedRows = tuple[bytes, int, list[ParsedReject], list[tuple[int, int]]]


def accept_rows(state: ParquetReadState, lines: bytes, count: int) -> AcceptedRows:
    """The lines to store, their number, the rejects, and the runs that begin in these lines."""
    if not _needs_row_checks(state, lines, count):
        runs = [] if state.row == state.next_in_run else [(state.kept, state.row + 1)]
        state.row += count
        state.well_formed += count
        state.kept += count
        state.next_in_run = state.row
        return lines, count, [], runs
    kept: list[bytes] = []
    rejects: list[ParsedReject] = []
    runs = []
    for line in lines.splitlines(keepends=True):
        found = _check_row(state, line)
        if isinstance(found, ParsedReject):
            rejects.append(found)
            _count_reject(state)
        else:
            if state.row != state.next_in_run:
                runs.append((state.kept, state.row + 1))
            state.kept += 1
            state.next_in_run = state.row + 1
            kept.append(found)
        state.row += 1
    return b"".join(kept), len(kept), rejects, runs


def _needs_row_checks(state: ParquetReadState, lines: bytes, count: int) -> bool:
    longest = state.limits.cell_bytes
    if _MARK in lines or state.json_texts or (len(lines) > longest and max(map(len, lines.split(b"\n"))) > longest):
        return True
    return bool(state.excluded) and any(
        number in state.excluded for number in range(state.well_formed, state.well_formed + count)
    )


def _check_row(state: ParquetReadState, line: bytes) -> bytes | ParsedReject:
    """The line to store, or the reject."""
    if _MARK in line:
        return _marked_reject(state, line)
    if state.json_texts or len(line) > state.limits.cell_bytes:
        tokens = [bytes(token) for token in _decode_tokens(line)]
        for at, token in enumerate(tokens):
            if len(token) > state.limits.cell_bytes:
                detail = f"the value has {len(token):,} bytes; {state.limits.cell_bytes:,} are allowed"
                return _build_reject(state, tokens, at, detail)
            if at in state.json_texts and token != b"null":
                try:
                    tokens[at] = parse_embedded(token)
                except ValueError as error:
                    return _build_reject(state, tokens, at, str(error))
        line = b"[" + b",".join(tokens) + b"]\n" if state.json_texts else line
    fault = state.excluded.get(state.well_formed)
    state.well_formed += 1
    if fault is None:
        return line
    cells = tuple(map(display_text, _decode_tokens(line)))
    return ParsedReject(state.row + 1, fault.column, fault.code, fault.detail, _raw_text(line), cells)


def _marked_reject(state: ParquetReadState, line: bytes) -> ParsedReject:
    """The reject for a row with a value marked as invalid."""
    placeholder = b"MARK"
    while placeholder in line:
        placeholder += b"K"
    tokens = [bytes(token) for token in _decode_tokens(line.replace(_MARK, placeholder))]
    at = next(at for at, token in enumerate(tokens) if placeholder in token)
    tokens = [token.replace(placeholder, b"") for token in tokens]
    column = state.columns[at]
    value = display_text(tokens[at]) or ""
    return _build_reject(state, tokens, at, f"expected {_EXPECTED[column.type]}, got {quote_value(value)}")


def _build_reject(state: ParquetReadState, tokens: Sequence[bytes], at: int, detail: str) -> ParsedReject:
    cells = tuple(map(display_text, tokens))
    raw = _raw_text(b"[" + b",".join(tokens) + b"]")
    return ParsedReject(state.row + 1, state.columns[at].name, "type-error", detail, raw, cells)


def _raw_text(line: bytes) -> str:
    return line.decode().rstrip("\n")[:MAX_RAW_CHARACTERS]


def _count_reject(state: ParquetReadState) -> None:
    state.rejected += 1
    if state.rejected > state.limits.rejects:
        raise Invalid("too-many-rejects", f"More than {state.limits.rejects:,} rows were rejected.")
