"""The rows of a Parquet file as DuckDB wrote them: faulty and excluded ones are taken out and reported."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from domain.columns import ColumnType, quote_value
from domain.errors import Invalid
from interfaces.formats.json.shapes import display_text
from interfaces.formats.json.tokens import classify_token
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
    """How far the reading is: `row` rows, `well_formed` of them without a fault, `kept` of those not excluded."""

    columns: Sequence[ParsedColumn]
    parsed: frozenset[int]
    limits: SourceLimits
    excluded: Mapping[int, KeyFault]
    row: int = 0
    well_formed: int = 0
    kept: int = 0
    rejected: int = 0
    following: int = -1


AcceptedRows = tuple[bytes, int, list[ParsedReject], list[tuple[int, int]]]


def accept_rows(state: ParquetReadState, lines: bytes, count: int) -> AcceptedRows:
    """Of these rows the lines to store, how many, the rejects among them, and the runs that begin in them."""
    if not _needs_row_checks(state, lines, count):
        runs = [] if state.row == state.following else [(state.kept, state.row + 1)]
        state.row += count
        state.well_formed += count
        state.kept += count
        state.following = state.row
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
            if state.row != state.following:
                runs.append((state.kept, state.row + 1))
            state.kept += 1
            state.following = state.row + 1
            kept.append(found)
        state.row += 1
    return b"".join(kept), len(kept), rejects, runs


def _needs_row_checks(state: ParquetReadState, lines: bytes, count: int) -> bool:
    longest = state.limits.cell_bytes
    if _MARK in lines or state.parsed or (len(lines) > longest and max(map(len, lines.split(b"\n"))) > longest):
        return True
    return bool(state.excluded) and any(
        number in state.excluded for number in range(state.well_formed, state.well_formed + count)
    )


def _check_row(state: ParquetReadState, line: bytes) -> bytes | ParsedReject:
    """The line to store, or why its row is left out."""
    if _MARK in line:
        return _marked_reject(state, line)
    if state.parsed or len(line) > state.limits.cell_bytes:
        tokens = [bytes(token) for token in _decode_tokens(line)]
        for at, token in enumerate(tokens):
            if len(token) > state.limits.cell_bytes:
                detail = f"the value has {len(token):,} bytes; {state.limits.cell_bytes:,} are allowed"
                return _build_reject(state, tokens, at, detail)
            if at in state.parsed and token != b"null":
                try:
                    tokens[at] = classify_token(_parse_json_string(token))[1]
                except ValueError as error:
                    return _build_reject(state, tokens, at, str(error))
        line = b"[" + b",".join(tokens) + b"]\n" if state.parsed else line
    fault = state.excluded.get(state.well_formed)
    state.well_formed += 1
    if fault is None:
        return line
    cells = tuple(map(display_text, _decode_tokens(line)))
    return ParsedReject(state.row + 1, fault.column, fault.code, fault.detail, _raw_text(line), cells)


def _parse_json_string(token: bytes) -> bytes:
    """The JSON that stands in a string. Raises ValueError if there is none."""
    written = msgspec.json.decode(token, type=str).encode()
    try:
        return bytes(msgspec.json.decode(written, type=msgspec.Raw)).strip()
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError(f"this is no JSON: {error}") from None


def _marked_reject(state: ParquetReadState, line: bytes) -> ParsedReject:
    """The reject of a row that has a value marked as without a JSON form."""
    stand_in = b"MARK"
    while stand_in in line:
        stand_in += b"K"
    tokens = [bytes(token) for token in _decode_tokens(line.replace(_MARK, stand_in))]
    at = next(at for at, token in enumerate(tokens) if stand_in in token)
    tokens = [token.replace(stand_in, b"") for token in tokens]
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
