"""The rows of a Parquet file as DuckDB wrote them: faulty and excluded ones are taken out and reported."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from domain.columns import ColumnType, shown
from domain.errors import Invalid
from interfaces.formats.json.shapes import text
from interfaces.formats.json.tokens import told
from interfaces.formats.parquet.types import MARK
from interfaces.formats.source import MAX_RAW_CHARACTERS, FileColumn, KeyFault, Limits, Reject

_MARK = MARK.encode()
_EXPECTED = {
    ColumnType.STRING: "a text without the character U+0000",
    ColumnType.INTEGER: "an integer",
    ColumnType.DECIMAL: "a number that is finite",
    ColumnType.BOOLEAN: "true or false",
    ColumnType.DATE: "a day of the years 1 to 9999",
    ColumnType.DATETIME: "a time of the years 1 to 9999",
    ColumnType.JSON: "values that JSON can hold",
}
_tokens = msgspec.json.Decoder(list[msgspec.Raw]).decode


@dataclass(slots=True)
class Accepted:
    """How far the reading is: `row` rows, `well_formed` of them without a fault, `kept` of those not excluded."""

    columns: Sequence[FileColumn]
    parsed: frozenset[int]
    limits: Limits
    excluded: Mapping[int, KeyFault]
    row: int = 0
    well_formed: int = 0
    kept: int = 0
    rejected: int = 0
    following: int = -1


Taken = tuple[bytes, int, list[Reject], list[tuple[int, int]]]


def accepted(state: Accepted, lines: bytes, count: int) -> Taken:
    """Of these rows the lines to store, how many, the rejects among them, and the runs that begin in them."""
    if not _needs_care(state, lines, count):
        runs = [] if state.row == state.following else [(state.kept, state.row + 1)]
        state.row += count
        state.well_formed += count
        state.kept += count
        state.following = state.row
        return lines, count, [], runs
    kept: list[bytes] = []
    rejects: list[Reject] = []
    runs = []
    for line in lines.splitlines(keepends=True):
        found = _judged(state, line)
        if isinstance(found, Reject):
            rejects.append(found)
            _count(state)
        else:
            if state.row != state.following:
                runs.append((state.kept, state.row + 1))
            state.kept += 1
            state.following = state.row + 1
            kept.append(found)
        state.row += 1
    return b"".join(kept), len(kept), rejects, runs


def _needs_care(state: Accepted, lines: bytes, count: int) -> bool:
    longest = state.limits.cell_bytes
    if _MARK in lines or state.parsed or (len(lines) > longest and max(map(len, lines.split(b"\n"))) > longest):
        return True
    return bool(state.excluded) and any(
        number in state.excluded for number in range(state.well_formed, state.well_formed + count)
    )


def _judged(state: Accepted, line: bytes) -> bytes | Reject:
    """The line to store, or why its row is left out."""
    if _MARK in line:
        return _marked(state, line)
    if state.parsed or len(line) > state.limits.cell_bytes:
        tokens = [bytes(token) for token in _tokens(line)]
        for at, token in enumerate(tokens):
            if len(token) > state.limits.cell_bytes:
                detail = f"the value has {len(token):,} bytes; {state.limits.cell_bytes:,} are allowed"
                return _reject(state, tokens, at, detail)
            if at in state.parsed and token != b"null":
                try:
                    tokens[at] = told(_json_of(token))[1]
                except ValueError as error:
                    return _reject(state, tokens, at, str(error))
        line = b"[" + b",".join(tokens) + b"]\n" if state.parsed else line
    fault = state.excluded.get(state.well_formed)
    state.well_formed += 1
    if fault is None:
        return line
    cells = tuple(map(text, _tokens(line)))
    return Reject(state.row + 1, fault.column, fault.code, fault.detail, _raw(line), cells)


def _json_of(token: bytes) -> bytes:
    """The JSON that stands in a string. Raises ValueError if there is none."""
    written = msgspec.json.decode(token, type=str).encode()
    try:
        return bytes(msgspec.json.decode(written, type=msgspec.Raw)).strip()
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError(f"this is no JSON: {error}") from None


def _marked(state: Accepted, line: bytes) -> Reject:
    """The reject of a row that has a value marked as without a JSON form."""
    stand_in = b"MARK"
    while stand_in in line:
        stand_in += b"K"
    tokens = [bytes(token) for token in _tokens(line.replace(_MARK, stand_in))]
    at = next(at for at, token in enumerate(tokens) if stand_in in token)
    tokens = [token.replace(stand_in, b"") for token in tokens]
    column = state.columns[at]
    value = text(tokens[at]) or ""
    return _reject(state, tokens, at, f"expected {_EXPECTED[column.type]}, got {shown(value)}")


def _reject(state: Accepted, tokens: Sequence[bytes], at: int, detail: str) -> Reject:
    cells = tuple(map(text, tokens))
    raw = _raw(b"[" + b",".join(tokens) + b"]")
    return Reject(state.row + 1, state.columns[at].name, "type-error", detail, raw, cells)


def _raw(line: bytes) -> str:
    return line.decode().rstrip("\n")[:MAX_RAW_CHARACTERS]


def _count(state: Accepted) -> None:
    state.rejected += 1
    if state.rejected > state.limits.rejects:
        raise Invalid("too-many-rejects", f"More than {state.limits.rejects:,} rows were rejected.")
