"""Find the few values that keep a column of a JSON file from having a type."""

from collections.abc import Iterator, Mapping
from itertools import islice

import msgspec
import orjson

from application.imports.file_format import RequestedType
from domain import exact_json
from domain.columns import ColumnType
from interfaces.formats.json.columns import ColumnState
from interfaces.formats.json.declared_types import TYPE_TITLES, convert_token
from interfaces.formats.json.rows import JsonRows
from interfaces.formats.json.tokens import JsonKind, classify_token
from interfaces.formats.values.blanks import BLANKS
from interfaces.formats.values.declared_text import TextReader, declared_text_reader
from interfaces.formats.values.mismatch_notes import Mismatch, NearType, Remedy
from interfaces.formats.values.mixed_values import Majority, MixedValues, ValueGroup

_PROBED_ROWS = 1_000
"""Rows that are examined to find out whether strings may be dates or times."""
_STRING_GROUPS = {
    JsonKind.DATE: ValueGroup.DATE,
    JsonKind.LOCAL: ValueGroup.TIME,
    JsonKind.OFFSET: ValueGroup.OFFSET_TIME,
}
_TYPES = {
    ValueGroup.BOOLEAN: ColumnType.BOOLEAN,
    ValueGroup.DATE: ColumnType.DATE,
    ValueGroup.TIME: ColumnType.DATETIME,
    ValueGroup.OFFSET_TIME: ColumnType.DATETIME,
}
_Block = list[tuple[int, list[msgspec.Raw]]]
_decode_rows = msgspec.json.Decoder(list[list[msgspec.Raw]]).decode


def find_near_types(read: JsonRows) -> Mapping[int, NearType]:
    """The types that columns would have without a few of their values."""
    mixed = {
        at: MixedValues(_classify)
        for at, column in enumerate(read.columns)
        if column.is_mixed or (column.declared is None and column.type is ColumnType.STRING)
    }
    if not mixed:
        return {}
    for index, block in enumerate(_read_blocks(read)):
        for at, values in mixed.items():
            values.add((line, bytes(tokens[at])) for line, tokens in block if at < len(tokens))
        if not index:
            mixed = {at: each for at, each in mixed.items() if read.columns[at].is_mixed or each.find_majority()}
            if not mixed:
                return {}
    found = {at: values.find_majority() for at, values in mixed.items()}
    return {at: _near_type(each, read.columns[at], read) for at, each in found.items() if each}


def _read_blocks(read: JsonRows) -> Iterator[_Block]:
    """The lines and values of the rows; few rows first."""
    numbers = read.spool.line_numbers
    for lines, _ in read.spool.blocks():
        rows = lines.splitlines()
        for part in (rows[:_PROBED_ROWS], rows[_PROBED_ROWS:]):
            yield list(zip(islice(numbers, len(part)), _decode_rows(b"[" + b",".join(part) + b"]"), strict=True))


def _classify(token: bytes) -> ValueGroup | None:
    """The group of a spooled value; None for null."""
    match token[:1]:
        case b'"':
            return _STRING_GROUPS.get(classify_token(token)[0], ValueGroup.TEXT)
        case b"{" | b"[":
            return ValueGroup.NESTED
        case b"t" | b"f":
            return ValueGroup.BOOLEAN
        case b"n":
            return None
    return ValueGroup.NUMBER


def _near_type(majority: Majority, column: ColumnState, read: JsonRows) -> NearType:
    number = ColumnType.DECIMAL if column.kinds & JsonKind.DECIMAL else ColumnType.INTEGER
    type = _TYPES.get(majority.group, number)
    reader = declared_text_reader(RequestedType(type), read.source.options.decimal)
    examples = [
        Mismatch(_shown_value(token), f"line {line:,}", _find_remedy(token, type, reader))
        for line, token in majority.others
    ]
    kept = "JSON" if column.type is ColumnType.JSON else "text"
    return NearType(TYPE_TITLES[type], type, examples, majority.more, kept)


def _shown_value(token: bytes) -> object:
    """The value for a message: an array or object is only called so."""
    if token[:1] in (b"[", b"{"):
        return [] if token[:1] == b"[" else {}
    return exact_json.loads(token)


def _find_remedy(token: bytes, type: ColumnType, reader: TextReader | None) -> Remedy:
    if _converts(token, type, reader):
        return Remedy.DECLARE
    if token[:1] == b'"':
        text = msgspec.json.decode(token, type=str)
        if (trimmed := text.strip(BLANKS)) != text and _converts(orjson.dumps(trimmed), type, reader):
            return Remedy.TRIM_AND_DECLARE
    return Remedy.NONE


def _converts(token: bytes, type: ColumnType, reader: TextReader | None) -> bool:
    try:
        convert_token(type, token, reader)
    except ValueError:
        return False
    return True
