"""Converts cells of an XLSX sheet to JSON by their type (`t`) and style: single cells, or many of one column at once.

The fast scan passes a column's cells as the bytes between tags, b"" for an empty cell. Whole columns are checked and
converted by a few calls on all cells joined, which is faster than a Python step for each cell.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from domain.columns import is_date, is_datetime
from interfaces.formats.workbook.cells import (
    BOOLEAN,
    DATE,
    DATE_KINDS,
    DATETIME,
    DECIMAL,
    ERROR,
    INTEGER,
    MIDNIGHT,
    NULL,
    TEXT,
    TIME,
    WHOLE,
    display_text,
    error_cell,
    is_null_cell,
    number_cell,
    shorten_float,
    text_cell,
    text_kind,
)
from interfaces.formats.workbook.numbers.dates import DAY_MS, CellStyle, NumberStyle, format_time, temporal_cell
from interfaces.formats.workbook.numbers.padded_numbers import PaddedStyle, padded_number_cell
from interfaces.formats.workbook.parts import corrupt_error
from interfaces.formats.workbook.sheet_rows import ColumnCells
from interfaces.formats.xlsx.column_cells import find_first_filled, read_each, replace_nulls, text_cells

_MAX_CACHED = 100_000
_PLAIN_INTEGER = r"0|-?[1-9][0-9]{0,200}"
_INTEGERS = re.compile(rf"(?:(?:{_PLAIN_INTEGER})?,)*".encode())
_POINTS = re.compile(rf"(?:(?:(?:{_PLAIN_INTEGER}|-0(?=\.0*[1-9]))(?:\.[0-9]{{1,200}})?)?,)*".encode())
_LONG = re.compile(rb"[0-9.]{18}")
"""May be a fraction with the 17 digits of a float."""
_WHOLE = re.compile(rb"\.0+,")
_FRACTION = re.compile(rb"\.[0-9]*[1-9]")
_SPECIAL = re.compile(rb'[\x00-\x1f"\\&]|_x')
_DAYS = re.compile(rb"(?:(?:[1-9][0-9]{0,6}(?:\.[0-9]{1,30})?)?,)*")
_BOOLEANS = {b"": b"", b"1": b"true", b"true": b"true", b"0": b"false", b"false": b"false"}
_TIME = re.compile(rb"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?")

TextDecoder = Callable[[bytes], bytes]
"""Converts the bytes between tags to a JSON string."""


class CellReader(Protocol):
    """Converts cells of one type and style."""

    def read_cell(self, raw: bytes) -> tuple[int, bytes]:
        """Kind and JSON of a cell with a value."""

    def read_column(self, raw: list[bytes], known_kinds: int) -> ColumnCells:
        """Many cells of a column; `known_kinds` are those seen in it before."""


@dataclass(frozen=True, slots=True)
class XlsxContext:
    """What the cells of a workbook are read with: shared strings as JSON, number styles, the decoder of text.

    Cells in `nulls` become null.
    """

    strings: Sequence[bytes]
    styles: Sequence[CellStyle]
    epoch_1904: bool
    decode_text: TextDecoder
    nulls: frozenset[bytes] = frozenset()
    unknown_styles: set[int] = field(default_factory=set)

    def cell_reader(self, type: str, style: int) -> CellReader:
        """The reader for cells of a type and style. Raises Invalid for an unknown type."""
        match type:
            case "s":
                return _SharedCellReader(self)
            case "n":
                kind = self._style(style)
                if isinstance(kind, PaddedStyle):
                    return _PaddedCellReader(self, kind)
                return _NumberCellReader(self) if kind is NumberStyle.NUMBER else _TemporalCellReader(self, kind)
            case "str" | "inlineStr":
                return _TextCellReader(self)
            case "b" | "e" | "d":
                return _OtherCellReader(self, {"b": _read_boolean, "e": _read_error, "d": _read_iso_date}[type])
        raise corrupt_error(f"a cell has the unknown type {type[:20]!r}")

    def _style(self, style: int) -> CellStyle:
        if style < len(self.styles):
            return self.styles[style]
        if style:
            self.unknown_styles.add(style)
        return NumberStyle.NUMBER

    def apply_nulls(self, kind: int, cell: bytes) -> tuple[int, bytes]:
        """Kind and cell, or null if the cell is one of `nulls`."""
        return (0, NULL) if self.nulls and is_null_cell(cell, self.nulls) else (kind, cell)


@dataclass(slots=True)
class _SharedCellReader:
    context: XlsxContext

    def read_cell(self, raw: bytes) -> tuple[int, bytes]:
        if not raw.isdigit():
            raise corrupt_error(f"a cell refers to the text {raw[:20].decode()!r}, which is not a number")
        found = _look_up_strings(self.context.strings, [raw])[0]
        return (0, NULL) if found == NULL else (text_kind(found), found)

    def read_column(self, raw: list[bytes], known_kinds: int) -> ColumnCells:
        if b"" in raw:
            cells = iter(_look_up_strings(self.context.strings, [index for index in raw if index]))
            return text_cells([next(cells) if index else b"" for index in raw], known_kinds)
        return text_cells(_look_up_strings(self.context.strings, raw), known_kinds)


@dataclass(slots=True)
class _TextCellReader:
    context: XlsxContext

    def read_cell(self, raw: bytes) -> tuple[int, bytes]:
        found = self.context.decode_text(raw)
        return self.context.apply_nulls(text_kind(found), found)

    def read_column(self, raw: list[bytes], known_kinds: int) -> ColumnCells:
        if _SPECIAL.search(b"".join(raw)):
            text = self.context.decode_text
            cells = [text(value) if value else b"" for value in raw]
        else:
            cells = (b'"' + b'"\n"'.join(raw) + b'"').split(b"\n")
            if b'""' in cells:
                cells = [b"" if cell == b'""' else cell for cell in cells]
        return text_cells(replace_nulls(cells, self.context.nulls), known_kinds)


@dataclass(slots=True)
class _NumberCellReader:
    context: XlsxContext

    def read_cell(self, raw: bytes) -> tuple[int, bytes]:
        kind, cell = number_cell(raw)
        return self.context.apply_nulls(kind, self.context.decode_text(raw) if kind == TEXT else cell)

    def read_column(self, raw: list[bytes], known_kinds: int) -> ColumnCells:
        joined = b",".join(raw) + b","
        if joined.count(b",") > len(raw):
            return read_each(self.read_cell, raw, known_kinds)
        if _LONG.search(joined):
            raw = [shorten_float(value) if _LONG.search(value) else value for value in raw]
            joined = b",".join(raw) + b","
        if _INTEGERS.fullmatch(joined):
            found = INTEGER
        elif _POINTS.fullmatch(joined):
            found = INTEGER | (WHOLE if _WHOLE.search(joined) else 0) | (DECIMAL if _FRACTION.search(joined) else 0)
        else:
            return read_each(self.read_cell, raw, known_kinds)
        index = find_first_filled(raw)
        first_indexes = {kind: index for kind in (INTEGER, WHOLE, DECIMAL) if kind & found} if index >= 0 else {}
        return ColumnCells(replace_nulls(raw, self.context.nulls), first_indexes)


@dataclass(slots=True)
class _PaddedCellReader:
    context: XlsxContext
    style: PaddedStyle

    def read_cell(self, raw: bytes) -> tuple[int, bytes]:
        return self.context.apply_nulls(*padded_number_cell(raw, self.style))

    def read_column(self, raw: list[bytes], known_kinds: int) -> ColumnCells:
        return read_each(self.read_cell, raw, known_kinds)


@dataclass(slots=True)
class _TemporalCellReader:
    """Reads dates and times. Days are cached and times of day added to them, because whole times rarely repeat."""

    context: XlsxContext
    style: NumberStyle
    _cache: dict[bytes, tuple[int, bytes]] = field(default_factory=dict)

    def read_cell(self, raw: bytes) -> tuple[int, bytes]:
        if (found := self._cache.get(raw)) is None:
            if len(self._cache) > _MAX_CACHED:
                self._cache.clear()
            kind, cell = temporal_cell(raw, self.style, self.context.epoch_1904)
            found = self.context.apply_nulls(kind, cell)
            self._cache[raw] = found
        return found

    def read_column(self, raw: list[bytes], known_kinds: int) -> ColumnCells:
        joined = b",".join(raw) + b","
        if self.style is NumberStyle.DURATION or self.context.nulls or not _DAYS.fullmatch(joined):
            return read_each(self.read_cell, raw, known_kinds)
        cells = []
        first_indexes: dict[int, int] = {}
        for index, value in enumerate(raw):
            day, _, fraction = value.partition(b".")
            if fraction and (milliseconds := round(float(b"." + fraction) * DAY_MS)) % DAY_MS:
                kind, cell = self.read_cell(day)
                if kind & DATE_KINDS:
                    kind, cell = DATETIME, cell[:11] + b"T" + format_time(milliseconds) + b'"'
                else:
                    kind, cell = self.read_cell(value)
            elif value:
                kind, cell = self.read_cell(value)
            else:
                cells.append(b"")
                continue
            cells.append(cell)
            if kind & ~known_kinds and kind not in first_indexes:
                first_indexes[kind] = index
        return ColumnCells(cells, first_indexes)


@dataclass(slots=True)
class _OtherCellReader:
    context: XlsxContext
    read: Callable[[bytes, XlsxContext], tuple[int, bytes]]

    def read_cell(self, raw: bytes) -> tuple[int, bytes]:
        return self.context.apply_nulls(*self.read(raw, self.context))

    def read_column(self, raw: list[bytes], known_kinds: int) -> ColumnCells:
        if self.read is _read_boolean and not self.context.nulls:
            cells = list(map(_BOOLEANS.get, raw))
            if None not in cells:
                return ColumnCells(cells, {BOOLEAN: find_first_filled(raw)})  # type: ignore[arg-type]
        return read_each(self.read_cell, raw, known_kinds)


def _read_boolean(raw: bytes, context: XlsxContext) -> tuple[int, bytes]:
    found = _BOOLEANS.get(raw.strip())
    return (BOOLEAN, found) if found else (TEXT, context.decode_text(raw))


def _read_error(raw: bytes, context: XlsxContext) -> tuple[int, bytes]:
    return ERROR, error_cell(display_text(context.decode_text(raw)) or "#N/A")


def _read_iso_date(raw: bytes, context: XlsxContext) -> tuple[int, bytes]:
    """A date, time or time of day in the notation of ISO 8601."""
    text = raw.decode()
    if is_date(text):
        return DATE, text_cell(text)
    if is_datetime(text):
        return MIDNIGHT if text.endswith("T00:00:00") else DATETIME, text_cell(text)
    return TIME if _TIME.fullmatch(raw) else TEXT, context.decode_text(raw)


def _look_up_strings(strings: Sequence[bytes], raw: list[bytes]) -> list[bytes]:
    try:
        return list(map(strings.__getitem__, map(int, raw)))
    except (IndexError, ValueError):
        raise corrupt_error(f"a cell refers to a text beyond the {len(strings):,} it has") from None
